/**
 * Every recorded reply of every upstream wire, streamed and not, as Codex and as a plain client get it: each event and
 * each body against the published documents.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { SseDecoder } from "../../src/core/sse.ts";
import { RequestBody } from "../../src/wires/responses/client/schema.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../src/wires/index.ts";
import type { ClientFacts, ClientWire, Encoder, UpstreamWire } from "../../src/wires/wire.ts";
import { CODEX, PLAIN, testSurroundings } from "../support/around.ts";
import { readEvents } from "../support/response-events.ts";
import type { Json } from "../support/response-rules.ts";
import { fieldsOfRequest, PublishedSchema } from "../support/response-schemas.ts";
import { WAIVERS } from "../support/response-waivers.ts";
import { readFixtures as chatFixtures, type Fixture } from "./chat/upstream/fixtures.ts";
import { readFixtures as messagesFixtures } from "./messages/upstream/fixtures.ts";
import { readFixtures as responsesFixtures } from "./responses/upstream/fixtures.ts";

const SCHEMAS = [new PublishedSchema("openai"), new PublishedSchema("open-responses")];

const UPSTREAMS: [string, UpstreamWire, Fixture[]][] = [
  ["chat", UPSTREAM_WIRES.chat, chatFixtures()],
  ["messages", UPSTREAM_WIRES.messages, messagesFixtures()],
  ["responses", UPSTREAM_WIRES.responses, responsesFixtures()],
];

const TOOLS = [
  { type: "function", name: "exec_command", parameters: { type: "object", properties: { cmd: { type: "string" } } } },
  { type: "custom", name: "apply_patch" },
  { type: "namespace", name: "mcp__tiny", description: "", tools: [{ type: "function", name: "echo" }] },
  { type: "tool_search", execution: "client", description: "Finds.", parameters: { type: "object" } },
  { type: "web_search" },
];

const CLIENTS: [string, ClientFacts, Json][] = [
  [
    "Codex",
    CODEX,
    {
      tools: TOOLS,
      tool_choice: "auto",
      parallel_tool_calls: true,
      reasoning: { effort: "high", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      store: false,
      prompt_cache_key: "thread",
      text: { verbosity: "low" },
    },
  ],
  [
    "a plain client",
    PLAIN,
    {
      tools: TOOLS.slice(0, 1),
      tool_choice: { type: "function", name: "exec_command" },
      metadata: { purpose: "test" },
      text: { format: { type: "json_schema", name: "answer", schema: { type: "object" } } },
      temperature: 0.5,
      user: "somebody",
      truncation: "auto",
      max_output_tokens: 4000,
      instructions: "Be brief.",
    },
  ],
  ["a client that sets nothing", PLAIN, {}],
];

function encoded(wire: ClientWire, fixture: Fixture, upstream: UpstreamWire, client: ClientFacts, more: Json): Encoder {
  const around = testSurroundings();
  const { turn, encoder } = wire.lift({ model: "m", input: "Go on.", ...more }, client, around);
  encoder.open();
  if (client.codex) encoder.heartbeat();
  const decoder = upstream.decoder(turn, (event) => encoder.write(event), around);
  const feed = (data: string): void => decoder.feed(data);
  if (fixture.kind === "json") feed(new TextDecoder().decode(fixture.bytes));
  else {
    const sse = new SseDecoder();
    sse.push(fixture.bytes, feed);
    sse.end(feed);
  }
  decoder.end();
  return encoder;
}

describe.each(CLIENTS)("as %s gets it", (_, client, more) => {
  for (const [name, upstream, fixtures] of UPSTREAMS)
    test.each(fixtures.map((fixture): [string, Fixture] => [fixture.name, fixture]))(
      `${name}: %s`,
      (_name, fixture) => {
        const { responses } = CLIENT_WIRES;
        const events = readEvents(encoded(responses, fixture, upstream, client, { ...more, stream: true }).take());
        const body = encoded(responses, fixture, upstream, client, more).body() as Json;
        const problems = SCHEMAS.flatMap((schema) => [
          ...events.flatMap((event) => schema.event(event)),
          ...schema.body(body),
        ]);
        expect(problems.join("\n")).toBe("");
      },
    );
});

test.each(
  ["text", "reasoning-content"]
    .flatMap((name) => chatFixtures().filter((fixture) => fixture.name.startsWith(name)))
    .map((fixture): [string, Fixture] => [fixture.name, fixture]),
)("a compaction: %s", (_, fixture) => {
  const body = encoded(CLIENT_WIRES.compact, fixture, UPSTREAM_WIRES.chat, PLAIN, {}).body() as Json;
  expect(SCHEMAS.flatMap((schema) => schema.body(body)).join("\n")).toBe("");
});

test.each(["openai", "open-responses"] as const)("every field that a request may have by %s is known", (document) => {
  const fields = fieldsOfRequest(document);
  expect(fields.length).toBeGreaterThan(20);
  expect(fields.filter((field) => !(field in RequestBody.shape))).toEqual([]);
});

afterAll(() => {
  // A waiver that nothing needs any more hides the next mistake.
  const used = new Set(SCHEMAS.flatMap((schema) => [...schema.used]));
  expect(WAIVERS.filter((waiver) => !used.has(waiver)).map(({ what }) => what)).toEqual([]);
});
