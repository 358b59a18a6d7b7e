/** What a second tenant tries against the compiled executable, with a key of its own that is good for one model. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describeWith, pathOf } from "../support/needs.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import type { Json } from "../support/response-rules.ts";
import { ResponsesSocket } from "../support/responses-socket.ts";
import { Shim } from "../support/shim.ts";
import { ask, Host, type Answer } from "./setting.ts";

/** Programs are started, and the machine may be busy. */
setDefaultTimeout(60_000);

const SECRET = "planted-secret";
const describe = describeWith("shim");

let home: string;
const env = (): Record<string, string> => ({ HOME: home, STATE_DIRECTORY: join(home, "state") });
const keys: Record<string, string> = {};

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "juscode-second-"));
  const make = (name: string, ...more: string[]): void => {
    const { stdout } = Bun.spawnSync([pathOf("shim"), "key", "add", name, ...more], { env: env() });
    keys[name] = stdout.toString().split("\n")[0] ?? "";
  };
  make("first");
  make("free");
  make("second", "--models", "native/m,private");
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A host that keeps responses and is handed on everything, one elsewhere, and a route that must not leave. */
async function setting(use: (shim: Shim, native: Host, far: Host) => Promise<void>): Promise<void> {
  await using native = new Host(undefined, `${crypto.randomUUID()}_`);
  await using far = new Host();
  const file = join(mkdtempSync(join(home, "c-")), "config.toml");
  writeFileSync(
    file,
    `[model_providers.native]
base_url = "${native.url}"
wire_api = ["responses", "chat", "messages"]
passthrough = "always"
[model_providers.native.dialect]
keeps_responses = true
hosted_tools = true
[model_providers.far]
base_url = "${far.url}"
wire_api = ["chat", "responses"]
local = false
[routes.private]
candidates = ["native/m", "far/m"]
helpers = ["far/m", "native/m"]
local_only = true
prefer = "ordered"
`,
  );
  await using shim = await Shim.start({ args: ["--config", file], env: env() });
  await use(shim, native, far);
}

const by = (who: string, shim: Shim, path: string, body: object | string, method?: string): Promise<Answer> =>
  ask(shim.url, path, body, keys[who], method);

/** A body in bytes, as it is. */
function raw(
  who: string,
  shim: Shim,
  path: string,
  body: Uint8Array | ReadableStream,
  headers: Record<string, string> = {},
) {
  return fetch(`${shim.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys[who]}`, "content-type": "application/json", ...headers },
    body: body as BodyInit,
  });
}

describe("a second tenant", () => {
  test("1: hides a key behind another, compressed, in pieces, behind a mark of the encoding", () =>
    setting(async (shim, native) => {
      const twice =
        '{"model":"native/m","input":"hi","previous_response_id":"resp_h1","previous\\u005fresponse_id":null}';
      const bytes = new TextEncoder().encode(twice);
      const forms: [string, Uint8Array | ReadableStream, Record<string, string>][] = [
        ["plain", bytes, {}],
        ["gzip", gzipSync(bytes), { "content-encoding": "gzip" }],
        ["brotli", brotliCompressSync(bytes), { "content-encoding": "br" }],
        ["a mark", new Uint8Array([0xef, 0xbb, 0xbf, ...bytes]), {}],
        ["pieces", new Blob([twice.slice(0, 70), twice.slice(70)]).stream(), {}],
      ];
      for (const [form, body, headers] of forms) {
        const answer = await raw("second", shim, "/responses", body, headers);
        expect([form, answer.status, await answer.text()]).toEqual([
          form,
          400,
          expect.stringContaining("stands twice"),
        ]);
      }
      // No JSON in another encoding, whatever a host would make of it.
      const utf16 = new Uint8Array(Buffer.from(`\ufeff${twice}`, "utf16le"));
      expect(
        (await raw("second", shim, "/responses", utf16, { "content-type": "application/json; charset=utf-16" })).status,
      ).toBe(400);
      expect(native.heard).toEqual([]);
    }));

  test("2: sends so much of it that the first one waits", () =>
    setting(async (shim, native) => {
      const many = `{"model":"native/m","input":[${'{"a":{"b":[1,{"c":"x"}]}},'.repeat(60_000)}{"d":1,"d":2}]}`;
      const heavy = Array.from({ length: 4 }, () => by("second", shim, "/responses", many));
      const began = performance.now();
      const served = await by("first", shim, "/chat/completions", {
        model: "native/m",
        messages: [{ role: "user", content: "hi" }],
      });
      const waited_ms = performance.now() - began;
      expect([served.status, (await Promise.all(heavy)).map(({ status }) => status)]).toEqual([
        200,
        [400, 400, 400, 400],
      ]);
      // Each of them is read once; nobody waits for long, on however slow a machine.
      expect(waited_ms).toBeLessThan(PATIENCE_MS);
      expect(native.heard).toHaveLength(1);
    }));

  test("3: names a model within a tool of the host's, twice or in another case", () =>
    setting(async (shim, native) => {
      const tool = (parameters: string): string =>
        `{"model":"native/m","input":"hi","store":false,"tools":[{"type":"host:advisor","parameters":${parameters}}]}`;
      for (const [parameters, status] of [
        ['{"model":"m"}', 200],
        ['{"model":"secret"}', 403],
        ['{"model":"m","model":"secret"}', 400],
        ['{"model":"secret","model":"m"}', 400],
        ['{"Model":"secret"}', 403],
        ['{"deep":[{"analysis_models":["m","secret"]}]}', 403],
      ] as const) {
        native.heard.length = 0;
        const answer = await by("second", shim, "/responses", tool(parameters));
        expect([parameters, answer.status, native.heard.length]).toEqual([parameters, status, status === 200 ? 1 : 0]);
      }
    }));

  test("4: follows the first one's thread at the host by an item's id, in every spelling", () =>
    setting(async (shim, native) => {
      const theirs = await by("first", shim, "/responses", { model: "native/m", input: SECRET, store: true });
      const id = String((theirs.json["output"] as Json[])[0]?.["id"]);
      for (const who of ["second", "free"])
        for (const item of [
          { type: "item_reference", id },
          { type: "item_reference", id, role: "assistant" },
          { id },
          { id, role: "user" },
          { id, x: 1, y: 2 },
        ])
          for (const store of [true, false]) {
            const answer = await by(who, shim, "/responses", {
              model: "native/m",
              store,
              input: [item, { role: "user", content: "?" }],
            });
            expect([who, item, answer.status >= 400]).toEqual([who, item, true]);
          }
      expect(native.heard).toHaveLength(1);
    }));

  test("5: takes, changes and ends what the first one has, by every path", () =>
    setting(async (shim, native) => {
      const response = String(
        (await by("first", shim, "/responses", { model: "native/m", input: SECRET, store: true })).json["id"],
      );
      const item = { type: "message", role: "user", content: SECRET };
      const conversation = String((await by("first", shim, "/conversations", { items: [item] })).json["id"]);
      const before = native.heard.length;
      const tries: [string, string, object | string][] = [
        ["GET", `/responses/${response}`, ""],
        ["GET", `/responses/${response}?stream=true&starting_after=0`, ""],
        ["GET", `/responses/${response}/input_items`, ""],
        ["POST", `/responses/${response}/cancel`, {}],
        ["DELETE", `/responses/${response}`, ""],
        ["GET", `/conversations/${conversation}`, ""],
        ["GET", `/conversations/${conversation}/items`, ""],
        ["POST", `/conversations/${conversation}`, { metadata: { a: "b" } }],
        ["POST", `/conversations/${conversation}/items`, { items: [item] }],
        ["DELETE", `/conversations/${conversation}`, ""],
        ["POST", "/responses/input_tokens", { model: "native/m", input: "?", previous_response_id: response }],
        ["POST", "/responses/compact", { model: "native/m", input: "?", previous_response_id: response }],
        ["POST", "/responses", { model: "native/m", input: "?", conversation }],
        ["POST", "/responses", { model: "native/m", input: "?", conversation: { id: conversation } }],
        ["POST", "/responses", { model: "native/m", input: "?", previous_response_id: response, background: true }],
      ];
      for (const who of ["second", "free"])
        for (const [method, path, body] of tries) {
          const answer = await by(who, shim, path, body, method);
          expect([who, method, path, [400, 404].includes(answer.status), answer.text.includes(SECRET)]).toEqual([
            who,
            method,
            path,
            true,
            false,
          ]);
        }
      expect(native.heard).toHaveLength(before);
      expect((await by("first", shim, `/conversations/${conversation}/items`, "", "GET")).text).toContain(SECRET);
    }));

  test("6: repeats a request of the first one's, by the header that hosts tell requests apart by", () =>
    setting(async (shim, native) => {
      const seen = new Set<string | null>();
      for (const who of ["first", "second"]) {
        const body = new TextEncoder().encode('{"model":"native/m","messages":[{"role":"user","content":"hi"}]}');
        await raw(who, shim, "/chat/completions", body, {
          "idempotency-key": "k-1",
          "anthropic-workspace-id": "w",
          "openai-project": "p",
        });
        seen.add(native.last.headers.get("idempotency-key"));
        for (const name of ["anthropic-workspace-id", "openai-project"])
          expect(native.last.headers.has(name)).toBe(false);
      }
      expect(seen.size).toBe(2);
    }));

  test("7: leads a route that must not leave elsewhere, by the turn's state or as a small request", () =>
    setting(async (shim, native, far) => {
      const body = new TextEncoder().encode(JSON.stringify({ model: "private", input: SECRET }));
      for (const headers of [
        { "x-codex-turn-state": "far/m" },
        { "x-codex-turn-state": "far" },
        { "x-codex-window-id": "a:0", "x-openai-subagent": "compact" },
        { "x-codex-window-id": "a:0", "x-openai-subagent": "review" },
      ] as Record<string, string>[]) {
        const answer = await raw("second", shim, "/responses", body, headers);
        expect([headers, answer.status]).toEqual([headers, 200]);
      }
      expect([native.heard.length, far.heard.length]).toEqual([4, 0]);
      // When the local one is down, nobody takes its place.
      await native[Symbol.asyncDispose]();
      const down = await by("second", shim, "/responses", { model: "private", input: SECRET });
      expect([down.status >= 500, far.heard.length]).toEqual([true, 0]);
    }));

  test("8: has a picture fetched for it, so that its address tells of the prompt", () =>
    setting(async (shim, native, far) => {
      const url = (to: string): string => `${to}/?q=${SECRET}`;
      for (const address of [
        url(far.url),
        url("HTTP://evil.example"),
        url("\n https://evil.example"),
        url("ht\ttp://evil.example"),
        url("//evil.example"),
        url("file:///etc/passwd"),
      ]) {
        for (const [path, body] of Object.entries({
          "/responses": { input: [{ role: "user", content: [{ type: "input_image", image_url: address }] }] },
          "/chat/completions": {
            messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: address } }] }],
          },
          "/messages": {
            max_tokens: 5,
            messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: address } }] }],
          },
        })) {
          native.heard.length = 0;
          // The key is bound: what leads into the host's own files is refused, whatever the route.
          const answer = await by("second", shim, path, { model: "private", ...body });
          expect([address, path, [200, 403].includes(answer.status)]).toEqual([address, path, true]);
          expect([
            address,
            path,
            native.heard
              .map(({ text }) => text)
              .join("")
              .includes(SECRET),
          ]).toEqual([address, path, false]);
        }
      }
      expect(far.heard).toEqual([]);
    }));

  test("9: asks on a connection for what it may not ask by a request", () =>
    setting(async (shim, native) => {
      await using socket = await ResponsesSocket.open(shim.url, { authorization: `Bearer ${keys["second"]}` });
      for (const more of [
        { model: "far/m" },
        { models: ["secret"] },
        { prompt: { id: "pmpt_theirs" } },
        { tools: [{ type: "file_search", vector_store_ids: ["vs_theirs"] }] },
        { tools: [{ type: "code_interpreter", container: "cntr_theirs" }] },
        { input: [{ role: "user", content: [{ type: "input_file", file_id: "file_theirs" }] }] },
        { client_metadata: { "x-openai-model": "far/m" }, model: "far/m" },
      ]) {
        const { last, response } = await socket.ask({ model: "native/m", input: "hi", ...more });
        expect([more, last["type"] === "error" || response["status"] === "failed"]).toEqual([more, true]);
      }
      expect(native.heard).toEqual([]);
      expect((await socket.ask({ model: "native/m", input: "hi" })).response["status"]).toBe("completed");
    }));

  test("10: hides a field below __proto__, deep, or behind a name that is no key of JSON's object", () =>
    setting(async (shim, native) => {
      const deep = (inner: string): string => `${'{"a":['.repeat(200)}${inner}${"]}".repeat(200)}`;
      for (const [field, status] of [
        ['"__proto__":{"models":["secret"]}', 403],
        ['"constructor":{"prototype":{"model":"secret"}}', 403],
        ['"hasOwnProperty":1,"toString":{"file_id":"x"}', 403],
        [`"x":${deep('{"vector_store_ids":["v"]}')}`, 403],
        [`"x":${deep('{"k":1,"k":2}')}`, 400],
        ['"__proto__":1,"__proto__":2', 400],
        ['"hasOwnProperty":1,"valueOf":2', 200],
      ] as const) {
        native.heard.length = 0;
        const body = `{"model":"native/m",${field},"messages":[{"role":"user","content":"hi"}]}`;
        const answer = await by("second", shim, "/chat/completions", body);
        expect([field.slice(0, 40), answer.status, native.heard.length]).toEqual([
          field.slice(0, 40),
          status,
          status === 200 ? 1 : 0,
        ]);
      }
    }));

  test("11: is refused what is stored for the account even by a key without bounds, where the config says so", () =>
    setting(async (_, native) => {
      const shut = join(mkdtempSync(join(home, "c-")), "config.toml");
      writeFileSync(
        shut,
        `[model_providers.native]\nbase_url = "${native.url}"\nwire_api = ["responses"]\naccount_objects = false\n`,
      );
      await using closed = await Shim.start({ args: ["--config", shut], env: env() });
      for (const more of [
        { prompt: { id: "p" } },
        { input: [{ role: "user", content: [{ type: "input_image", file_id: "f" }] }] },
      ]) {
        const answer = await by("free", closed, "/responses", {
          model: "native/m",
          input: "hi",
          store: false,
          ...more,
        });
        expect([answer.status, answer.text]).toEqual([
          403,
          expect.stringContaining("account_objects = false of [model_providers.native]"),
        ]);
      }
      expect(native.heard).toEqual([]);
      expect((await by("free", closed, "/responses", { model: "native/m", input: "hi" })).status).toBe(200);
    }));
});
