/** A dialect's limit of an answer's length holds on every way: forwarded and translated, with tools and without. */
import { describe, expect, test } from "bun:test";
import { WIRE_NAMES, type WireName } from "../../../src/core/provider.ts";
import { foundAt, serving } from "../serving.ts";

const LIMIT = 8192;
const TEXT = { role: "user", content: "hi" };
const SCHEMA = { type: "object", properties: {} };

interface Client {
  path: string;
  field: string;
  body: Record<string, unknown>;
  tools: unknown[];
}

const CLIENTS: Record<WireName, Client> = {
  chat: {
    path: "/chat/completions",
    field: "max_tokens",
    body: { messages: [TEXT] },
    tools: [{ type: "function", function: { name: "f", parameters: SCHEMA } }],
  },
  messages: {
    path: "/messages",
    field: "max_tokens",
    body: { messages: [TEXT] },
    tools: [{ name: "f", input_schema: SCHEMA }],
  },
  responses: {
    path: "/responses",
    field: "max_output_tokens",
    body: { input: [TEXT] },
    tools: [{ type: "function", name: "f", parameters: SCHEMA }],
  },
};

const LIMITS = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

/** The limit that reaches the upstream, and what the client hears of it. */
async function sentLimit(client: WireName, upstream: WireName, tools: boolean, asked: number): Promise<unknown> {
  let sent: Record<string, unknown> = {};
  await using host = Object.assign(
    Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        sent = (await request.json()) as Record<string, unknown>;
        return new Response("no", { status: 418 });
      },
    }),
    { [Symbol.asyncDispose]: () => host.stop(true) },
  );
  const url = `http://127.0.0.1:${host.port}/v1`;
  await using shim = await serving(async () => [
    foundAt(url, [], "box", { wires: [upstream], dialect: { max_output_tokens: LIMIT } }),
  ]);
  const { path, field, body, tools: declared } = CLIENTS[client];
  await fetch(shim.url + path, {
    method: "POST",
    body: JSON.stringify({ model: "m", ...body, [field]: asked, ...(tools && { tools: declared }) }),
  });
  return LIMITS.map((name) => sent[name]).find((value) => value !== undefined);
}

describe.each(WIRE_NAMES.flatMap((client) => WIRE_NAMES.map((upstream) => [client, upstream] as const)))(
  "%s client, %s upstream",
  (client, upstream) => {
    test.each([true, false])("with tools: %p", async (tools) => {
      expect(await sentLimit(client, upstream, tools, 32_000)).toBe(LIMIT);
      expect(await sentLimit(client, upstream, tools, 4000)).toBe(4000);
    });
  },
);
