/** What a host repeats of our secrets reaches nobody: in error bodies, headers, streams, logs, on every way. */
import { describe, expect, test } from "bun:test";
import type { WireName } from "../../../src/core/provider.ts";
import { leakyHost, pieces, WAYS, type LeakyHost } from "../../support/leaky-host.ts";
import { ResponsesSocket } from "../../support/responses-socket.ts";
import { FORMS, givesAway } from "../../support/secret-forms.ts";
import { foundAt, serving, until, type Serving } from "../serving.ts";

const KEY = "7f3ab2c9d41e/Zx";
const HEADER = "hdr-55aa77ccee";
const BASIC = "basic-pass-9182";
const SECRETS = [KEY, HEADER, BASIC];
const PATHS: [client: WireName, host: WireName][] = [
  ["responses", "chat"],
  ["responses", "responses"],
  ["responses", "messages"],
  ["chat", "chat"],
  ["chat", "responses"],
  ["messages", "messages"],
  ["messages", "chat"],
];

const through = (host: LeakyHost, wire: WireName): Promise<Serving> =>
  serving(async () => [
    foundAt(host.url, ["m"], "up", {
      wires: [wire],
      api_key: KEY,
      headers: {
        "X-Token": `Bearer ${HEADER}`,
        "Proxy-Authorization": `Basic ${Buffer.from(`me:${BASIC}`).toString("base64")}`,
      },
    }),
  ]);

async function told(on: Serving, client: WireName, stream: boolean): Promise<string> {
  const { path, body } = WAYS[client];
  const before = on.lines.length;
  const answer = await fetch(on.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body("hi"), stream }),
  });
  const text = await answer.text().catch(String);
  await until("it is logged", () => on.lines.length > before);
  return [JSON.stringify([...answer.headers]), text, ...on.lines.slice(before)].join("\n");
}

function expectNone(what: unknown, all: string): void {
  const found = SECRETS.filter((secret) => givesAway(all, secret));
  expect([what, found, found.length === 0 ? "" : all]).toEqual([what, [], ""]);
}

const JSON_TYPE = { "content-type": "application/json" };
const SSE = { "content-type": "text/event-stream" };

describe.each(PATHS)("%s clients on a host of %s", (client, wire) => {
  test.each(Object.keys(FORMS))(
    "an error body: %s",
    async (form) => {
      await using host = leakyHost();
      await using on = await through(host, wire);
      for (const secret of SECRETS) {
        const words = FORMS[form]?.(secret) ?? "";
        const bodies: [string, Record<string, string>][] = [
          [`{"error":{"message":"no such key: ${words}","type":"x","code":"${words}","param":"${words}"}}`, JSON_TYPE],
          [`{"detail":[{"msg":"wrong: ${words}","input":"Bearer ${words}"}]}`, JSON_TYPE],
          [`no such key: ${words}, says the proxy`, { "content-type": "text/plain" }],
          [`<html><title>${words}</title><body>${words}</body></html>`, { "content-type": "text/html" }],
        ];
        for (const [body, headers] of bodies)
          for (const status of [401, 500]) {
            host.answer = () => new Response(pieces(body, 11), { status, headers });
            const all = await told(on, client, false);
            expectNone([form, status, body], all);
            expect(all).toContain("[secret]");
          }
      }
    },
    60_000,
  );

  test("headers, and addresses that it sends on to", async () => {
    await using host = leakyHost();
    await using on = await through(host, wire);
    for (const secret of SECRETS)
      for (const name of ["as it is", "percent-encoded", "as \\u escapes", "in base64"]) {
        const value = (FORMS[name]?.(secret) ?? "").replaceAll(/[^\x21-\x7e]/g, "");
        const names = ["x-request-id", "request-id", "retry-after", "x-ratelimit-limit-tokens", "openai-version"];
        const headers = Object.fromEntries(names.map((name) => [name, value]));
        host.answer = () =>
          new Response('{"error":{"message":"no"}}', { status: 400, headers: { ...JSON_TYPE, ...headers } });
        expectNone(value, await told(on, client, false));
        host.answer = () =>
          new Response("", { status: 302, headers: { location: `http://elsewhere.example/${value}/x` } });
        expectNone(value, await told(on, client, false));
        const { begin, end } = WAYS[wire];
        host.answer = () => new Response(begin + end, { headers: { ...SSE, ...headers } });
        expectNone(value, await told(on, client, true));
      }
  }, 60_000);

  test.each([1, 13, 100_000])(
    "events that say it has failed, in pieces of %i bytes",
    async (size) => {
      await using host = leakyHost();
      await using on = await through(host, wire);
      const { begin, failed } = WAYS[wire];
      for (const form of [
        "as it is",
        "percent-encoded",
        "with slashes escaped",
        "as \\u escapes",
        "in base64 for URLs",
      ])
        for (const secret of SECRETS)
          for (const event of failed(`bad key ${FORMS[form]?.(secret)}`))
            for (const text of [
              event,
              begin + event,
              (begin + event).replaceAll("\n", "\r\n"),
              begin + event.trimEnd(),
            ]) {
              host.answer = () => new Response(pieces(text, size), { headers: SSE });
              const all = await told(on, client, true);
              expectNone([form, text], all);
              // The form is the other one than was asked for.
              expectNone([form, text], await told(on, client, false));
            }
    },
    60_000,
  );

  test("a body that says it has failed, and status 200", async () => {
    await using host = leakyHost();
    await using on = await through(host, wire);
    for (const form of Object.values(FORMS))
      for (const secret of SECRETS)
        for (const text of WAYS[wire].failed(form(secret)).filter((each) => !each.includes('\ndata: "'))) {
          const body = text.replace(/^(?:event: .*\n)?data: /, "").trim();
          for (const stream of [false, true]) {
            host.answer = () => new Response(pieces(`\n \n${body}`, 17), { headers: JSON_TYPE });
            expectNone(body, await told(on, client, stream));
          }
        }
  }, 60_000);
});

test("a WebSocket client is told no more", async () => {
  for (const wire of ["responses", "chat"] as const) {
    await using host = leakyHost();
    await using on = await through(host, wire);
    await using socket = await ResponsesSocket.open(on.url);
    for (const form of Object.values(FORMS))
      for (const event of WAYS[wire].failed(`bad key ${form(KEY)}`)) {
        host.answer = () => new Response(event, { headers: SSE });
        const { messages } = await socket.ask({ model: "m", input: "hi" });
        expectNone(event, JSON.stringify(messages));
        host.answer = () => new Response(form(KEY), { status: 401 });
        expectNone(form(KEY), JSON.stringify((await socket.ask({ model: "m", input: "hi" })).messages));
      }
    expectNone("the log", on.lines.join("\n"));
  }
});

describe("what succeeds is handed on as it is", () => {
  test.each<[WireName, string]>([
    ["responses", "response.output_text.delta"],
    ["chat", "content"],
    ["messages", "text_delta"],
  ])("%s", async (wire) => {
    const { begin, end } = WAYS[wire];
    // A model may read our key in a file of the user's, and write it down.
    const said = begin.replaceAll('"Hi"', JSON.stringify(`"error": {"message": "${KEY}"} \n\n"detail" failed`));
    for (const text of [said + end, `: ping\n\n${said}: ping\n\n${end}`, (said + end).replaceAll("\n", "\r\n")])
      for (const size of [1, 7, 100_000]) {
        await using host = leakyHost(() => new Response(pieces(text, size), { headers: SSE }));
        await using on = await through(host, wire);
        const { path, body } = WAYS[wire];
        const answer = await fetch(on.url + path, {
          method: "POST",
          body: JSON.stringify({ ...body("hi"), stream: true }),
        });
        expect(await answer.text()).toBe(text);
      }
  });

  test("however large its events are, and of one that fails nothing is let through", async () => {
    const { begin, end } = WAYS.responses;
    const big = "x".repeat(3 * 1024 * 1024);
    const good = `event: response.completed\ndata: {"type":"response.completed","response":{"id":"r","status":"completed","error":null,"instructions":"${big} ${KEY}","output":[]}}\n\n`;
    const bad = `event: response.failed\ndata: {"type":"response.failed","response":{"id":"r","status":"failed","error":{"message":"${KEY}"},"instructions":"${big} ${KEY}","output":[]}}\n\n`;
    await using host = leakyHost();
    await using on = await through(host, "responses");
    const answer = async (text: string): Promise<string> => {
      host.answer = () => new Response(pieces(text, 50_000), { headers: SSE });
      return (
        await fetch(`${on.url}/responses`, { method: "POST", body: '{"model":"m","input":"hi","stream":true}' })
      ).text();
    };
    expect((await answer(begin + good)) === begin + good).toBe(true);
    expect((await answer(begin + bad)).includes(KEY)).toBe(false);
    expect(await answer(begin + end)).toBe(begin + end);
  });
});
