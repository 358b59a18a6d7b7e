/** What a host repeats of a prompt stays out of the log, in any form, on every way; the client reads it. */
import { describe, expect, test } from "bun:test";
import type { WireName } from "../../../src/core/provider.ts";
import { jsonLog } from "../../../src/server/log.ts";
import { loggedNote } from "../../../src/server/telemetry/known-words.ts";
import { turnOf } from "../../../src/server/telemetry/turns.ts";
import { leakyHost, pieces, WAYS, type LeakyHost } from "../../support/leaky-host.ts";
import { expectNoPrompt, JSON_TEXT, PROMPTS, QUOTES } from "../../support/prompt-echoes.ts";
import { foundAt, serving, until, type Serving } from "../serving.ts";

const through = (host: LeakyHost, wire: WireName): Promise<Serving> =>
  serving(async () => [foundAt(host.url, ["m"], "up", { wires: [wire] })]);

async function asked(
  on: Serving,
  client: WireName,
  prompt: string,
  stream: boolean,
): Promise<{ answer: string; log: string }> {
  const { path, body } = WAYS[client];
  const before = on.lines.length;
  const reply = await fetch(on.url + path, { method: "POST", body: JSON.stringify({ ...body(prompt), stream }) });
  const answer = await reply.text().catch(String);
  await until("it is logged", () => on.lines.length > before);
  return { answer, log: on.lines.slice(before).join("\n") };
}

const JSON_TYPE = { "content-type": "application/json" };
const SSE = { "content-type": "text/event-stream" };
const PATHS: [client: WireName, host: WireName][] = [
  ["responses", "chat"],
  ["responses", "responses"],
  ["responses", "messages"],
  ["chat", "chat"],
  ["messages", "messages"],
];

describe.each(PATHS)("%s clients on a host of %s", (client, wire) => {
  test.each(Object.keys(QUOTES))(
    "a refusal: %s",
    async (quote) => {
      await using host = leakyHost();
      await using on = await through(host, wire);
      for (const prompt of PROMPTS) {
        const words = QUOTES[quote]?.(prompt) ?? "";
        const bodies: [string, Record<string, string>][] = [
          [
            `{"error":{"message":"${words}","type":"invalid_request_error","code":"${words}","param":"${words}"}}`,
            JSON_TYPE,
          ],
          [
            `{"detail":[{"loc":["body","messages",0],"msg":"${words}","input":"${words}"}],"message":"${words}"}`,
            JSON_TYPE,
          ],
          [`${words}`, { "content-type": "text/plain" }],
          [`{"error":{"message":"${words}"`, JSON_TYPE],
        ];
        for (const [body, headers] of bodies) {
          host.answer = () =>
            new Response(body, {
              status: 400,
              headers: { ...headers, "request-id": prompt.replaceAll(/\W/g, "-").slice(0, 60) },
            });
          const { log } = await asked(on, client, prompt, false);
          expectNoPrompt(body, log, prompt);
          expect(log).toContain("returned 400: ");
        }
      }
    },
    60_000,
  );

  test.each(Object.keys(QUOTES))(
    "a failure within the answer: %s",
    async (quote) => {
      await using host = leakyHost();
      await using on = await through(host, wire);
      const { begin, failed } = WAYS[wire];
      for (const prompt of PROMPTS.slice(0, 9)) {
        const words = QUOTES[quote]?.(prompt) ?? "";
        for (const event of failed(words)) {
          host.answer = () => new Response(pieces(begin + event, 300), { headers: SSE });
          expectNoPrompt(event, (await asked(on, client, prompt, true)).log, prompt);
          expectNoPrompt(event, (await asked(on, client, prompt, false)).log, prompt);
        }
      }
    },
    60_000,
  );

  test("all else that a host can put its words into", async () => {
    await using host = leakyHost();
    await using on = await through(host, wire);
    const { begin, end } = WAYS[wire];
    for (const prompt of PROMPTS) {
      const text = JSON_TEXT(prompt);
      const answers = [
        () => new Response("", { status: 307, headers: { location: `/login?next=${encodeURIComponent(prompt)}` } }),
        () =>
          new Response("", { status: 302, headers: { location: `http://x.invalid/${encodeURIComponent(prompt)}/y` } }),
        () => new Response(`data: {"${text}\n\n`, { headers: SSE }),
        () =>
          new Response(begin.replaceAll(/"finish_reason":null/g, `"finish_reason":"${text}"`) + end, { headers: SSE }),
        () => new Response((begin + end).replaceAll(/"(completed|end_turn|stop)"/g, `"${text}"`), { headers: SSE }),
        () =>
          new Response(`{"id":"r","status":"completed","output":[],"reasoning":{"effort":"${text}"}}`, {
            headers: JSON_TYPE,
          }),
        () => new Response(`{"id":"r","status":"${text}","output":[],"error":null}`, { headers: JSON_TYPE }),
        () =>
          new Response(`{"choices":[{"message":{"content":"x"},"finish_reason":"${text}"}],"service_tier":"${text}"}`, {
            headers: JSON_TYPE,
          }),
        () => new Response(`${text}`, { headers: JSON_TYPE }),
        () =>
          new Response(`<html><title>${prompt}</title></html>`, {
            status: 502,
            headers: { "content-type": "text/html" },
          }),
      ];
      for (const [i, answer] of answers.entries()) {
        host.answer = answer;
        for (const stream of [false, true]) {
          const { log } = await asked(on, client, prompt, stream);
          expectNoPrompt([i, stream], log, prompt);
        }
      }
    }
  }, 60_000);
});

test("the client reads the host's words in full", async () => {
  for (const [client, wire] of PATHS) {
    await using host = leakyHost();
    await using on = await through(host, wire);
    for (const prompt of PROMPTS.slice(0, 10)) {
      const words = JSON_TEXT(`cannot read ${prompt} at all`);
      host.answer = () => new Response(`{"error":{"message":"${words}"}}`, { status: 400, headers: JSON_TYPE });
      const { answer } = await asked(on, client, prompt, false);
      const { error } = JSON.parse(answer) as { error: { message: string } };
      expect(error.message).toContain(`cannot read ${prompt} at all`);
    }
  }
});

test("a body that cannot be read is not quoted in the log either", async () => {
  await using on = await serving(async () => []);
  for (const body of ['{"input": "say "quinoa" now"}', '{"input": zanzibar}', '"marzipan', '{"a":"b"} zeppelin']) {
    const reply = await fetch(`${on.url}/responses`, { method: "POST", body });
    expect(reply.status).toBe(400);
  }
  await until("all are logged", () => on.lines.length >= 3);
  const log = on.lines.join("\n");
  expect(log).toContain("the request body is not valid JSON");
  expect(log).not.toMatch(/quinoa|zanzibar|marzipan|zeppelin/);
});

test("names that a model makes up are logged as far as they are names", () => {
  expect(loggedNote("undeclared_tool", "mcp__files__read")).toBe("mcp__files__read");
  expect(loggedNote("call_left_as_text", "shell, apply_patch")).toBe("shell, apply_patch");
  expect(loggedNote("undeclared_tool", "the drawer below the window")).toBe("[…]");
  expect(loggedNote("call_left_as_text", "a\nb")).toBe("[…]");
  expect(loggedNote("citations_lost", "7")).toBe("7");
  expect(loggedNote("answer_reshaped", "in one piece")).toBe("in one piece");
});

test("what is kept for `last`, and the log in JSON, are made of the same line", async () => {
  await using host = leakyHost(() => new Response('{"error":{"message":"no zebra"}}', { status: 400 }));
  await using on = await through(host, "chat");
  const { log } = await asked(on, "responses", "zebra", false);
  expect(log).toContain("returned 400: […]");
  const line = { outcome: log, ignored: [], notes: [], model: "m", served: "m", duration_ms: 1 } as never;
  const out: string[] = [];
  jsonLog(
    (each) => void out.push(each),
    () => new Date(0),
  ).request(line);
  expect(JSON.stringify(turnOf(line, new Date(0))) + out.join("")).not.toContain("zebra");
});
