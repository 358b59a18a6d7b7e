/** What is told to whom: a stranger learns that somebody is there, a bound key only of what it may ask for. */
import { describe, expect, test } from "bun:test";
import { Access } from "../../../src/server/access/access.ts";
import { LOOPBACK_ONLY } from "../../../src/server/access/browser-guard.ts";
import { sha256, type ClientKey } from "../../../src/server/access/client-keys.ts";
import { AccessGuard } from "../../../src/server/access/guard.ts";
import { ITSELF, ProviderSearch } from "../../../src/server/provider-search.ts";
import { AS_CODEX, ask } from "../../support/ask.ts";
import { ChatUpstream } from "../../support/chat-upstream.ts";
import { foundAt, INSTANCE, serving, type Serving, type ServingOptions } from "../serving.ts";
import { RawClient } from "./raw-client.ts";

const keyOf = (secret: string, more: Partial<ClientKey> = {}): ClientKey => ({
  name: secret,
  sha256: sha256(secret).toString("hex"),
  use: "models",
  created_at: "2026-01-01T00:00:00.000Z",
  ...more,
});
const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

const KEYS = [
  keyOf("free"),
  keyOf("eyes", { use: "metrics" }),
  keyOf("bound", { models: ["small", "box/*", "house-route"] }),
];

/** A server with keys: one that lists other models answers beside one that does not. */
function served(upstream: ChatUpstream, more: ServingOptions = {}): Promise<Serving> {
  const access = new Access(KEYS, true, () => performance.now());
  const hosts = [
    foundAt(upstream.url, ["small", "secret-large"], "box"),
    foundAt(upstream.url, ["small", "secret-other"], "secret-host"),
    { ...foundAt("http://127.0.0.1:1/v1", [], "secret-down"), problem: "does not answer" },
  ];
  const routes = ["house-route", "secret-route"].map(
    (name) => ({ name, candidates: "all", prefer: "ordered", local_only: false }) as const,
  );
  return serving(() => Promise.resolve(hosts), {
    door: new AccessGuard(access, LOOPBACK_ONLY),
    routes,
    ...more,
  });
}

/** Head and body of the answer. */
async function whole(answer: Response): Promise<string> {
  return JSON.stringify([...answer.headers]) + (await answer.text());
}

describe("a stranger", () => {
  const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
  const PATHS = [
    "/",
    "/v1",
    "/health",
    "/v1/",
    "//",
    "/health/",
    "/v1/responses",
    "/v1/models",
    "/nothing",
    "/metrics",
  ];
  const WITH: [string, Record<string, string>][] = [
    ["no key", {}],
    ["a wrong key", as("wrong")],
    ["an empty key", { "x-api-key": "" }],
  ];
  const MORE: Record<string, string>[] = [
    {},
    AS_CODEX,
    { "anthropic-version": "2023-06-01" },
    { origin: "http://localhost:1", "access-control-request-method": "POST" },
    { origin: "https://evil.example" },
    { host: "evil.example" },
    {
      upgrade: "websocket",
      connection: "upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  ];

  test("learns neither version nor instance nor paths, whatever is asked", async () => {
    await using upstream = new ChatUpstream([]);
    await using on = await served(upstream);
    const asked = [
      ...PATHS.flatMap((path) => METHODS.map((method) => ({ path, method, headers: {} }))),
      ...["/", "/health", "/v1/responses"].flatMap((path) =>
        WITH.flatMap(([, key]) => MORE.map((more) => ({ path, method: "GET", headers: { ...more, ...key } }))),
      ),
    ];
    const told = await Promise.all(
      asked.map(async ({ path, method, headers }) => {
        const answer = await fetch(on.origin + path, { method, headers });
        return `${method} ${path} ${answer.status} ${await whole(answer)}`;
      }),
    );
    for (const each of told) {
      expect(each).not.toContain("0.0.0-test");
      expect(each).not.toContain(INSTANCE);
      expect(each).not.toMatch(/chat\/completions|count_tokens|conversations|decision/);
      expect(each).not.toMatch(/secret-|small|box/);
    }
  });

  test.each(WITH)("with %s sees that somebody is there, and one with a key sees the rest", async (_, headers) => {
    await using upstream = new ChatUpstream([]);
    await using on = await served(upstream);
    for (const path of ["/", "/v1"]) {
      expect(await (await fetch(on.origin + path, { headers })).text()).toBe("juscode-shim\n");
      for (const key of ["free", "eyes", "bound"]) {
        const answer = await fetch(on.origin + path, { headers: as(key) });
        expect(answer.headers.get("x-juscode-shim")).toBe(INSTANCE);
        expect(await answer.text()).toContain("0.0.0-test\nPOST /v1/responses");
      }
    }
    const health = await fetch(`${on.origin}/health`, { headers });
    expect(health.headers.has("x-juscode-shim")).toBe(true);
    expect(await health.json()).toEqual({ status: "ok", service: "juscode-shim" });
    // Methods and paths that are none are no other than those that are.
    for (const [method, path] of [
      ["POST", "/health"],
      ["DELETE", "/"],
      ["OPTIONS", "/v1"],
      ["GET", "/nothing"],
      ["TRACE", "/v1/responses"],
    ] as const) {
      using client = new RawClient(
        Number(new URL(on.origin).port),
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      );
      expect([method, path, await client.answered()]).toEqual([method, path, 401]);
      expect(client.text).not.toContain(INSTANCE);
    }
  });

  test("that is the shim itself is known, though its upstream's key is none of ours", async () => {
    await using upstream = new ChatUpstream([]);
    await using on = await served(upstream);
    const search = new ProviderSearch({
      named: [{ input: foundAt(on.url).provider.record as never }],
      discover: false,
      common: {},
      ownPort: () => 1,
      instance: INSTANCE,
    });
    expect((await search.search()).map(({ problem }) => problem)).toEqual([ITSELF]);
  });
});

describe("a bound key", () => {
  const errorOf = async (on: Serving, key: string, model: string, path = "/responses"): Promise<string> => {
    const body =
      path === "/messages"
        ? { model, max_tokens: 9, messages: [{ role: "user", content: "hi" }] }
        : { model, input: "hi" };
    const answer = await fetch(on.url + path, { method: "POST", headers: as(key), body: JSON.stringify(body) });
    return `${answer.status} ${await whole(answer)}`;
  };

  test("is told of a name that nobody serves only what it may ask for", async () => {
    await using upstream = new ChatUpstream([]);
    await using on = await served(upstream);
    for (const path of ["/responses", "/messages"]) {
      const bound = await errorOf(on, "bound", "box-of-nobody", path);
      expect(bound).toStartWith("403 ");
      expect(bound).toContain("it may ask for small, box/*, house-route");
      expect(bound).not.toContain("secret");
    }
    await using without_box = await serving(
      () =>
        Promise.resolve([
          foundAt(upstream.url, ["small", "secret-large"], "first"),
          foundAt(upstream.url, ["secret-other"], "secret-host"),
          { ...foundAt("http://127.0.0.1:1/v1", [], "secret-down"), problem: "does not answer" },
        ]),
      { door: new AccessGuard(new Access(KEYS, true, () => 0), LOOPBACK_ONLY) },
    );
    for (const path of ["/responses", "/messages", "/messages/count_tokens", "/responses/input_tokens"]) {
      const bound = await errorOf(without_box, "bound", "box/any", path);
      expect(bound).toStartWith("404 ");
      expect(bound).toContain("there are: small");
      expect(bound).not.toContain("secret");
    }
    // The test can fail: who is bound to nothing is told all.
    const free = await errorOf(without_box, "free", "box/any");
    expect(free).toContain("first/small, first/secret-large, secret-host/secret-other");
    expect(free).toContain("does not answer");
  });

  test("is told of a name that several have only those that it may ask for", async () => {
    await using upstream = new ChatUpstream([]);
    await using on = await served(upstream);
    const bound = await errorOf(on, "bound", "small");
    expect(bound).toContain("several upstreams have a model `small`; write `box/small`");
    expect(bound).not.toContain("secret");
    expect(await errorOf(on, "free", "small")).toContain("secret-host/small");
  });

  test("is told of routes only those that it may ask for, and not whether there are others", async () => {
    await using upstream = new ChatUpstream([]);
    await using on = await served(upstream);
    const decide = (name: string, key: string): Promise<Response> =>
      fetch(`${on.url}/routes/${name}/decision`, {
        method: "POST",
        headers: as(key),
        body: JSON.stringify({ model: name, input: "hi" }),
      });
    for (const name of ["secret-route", "SECRET-ROUTE", "no-route"]) {
      const answer = await decide(name, "bound");
      expect([name, answer.status]).toEqual([name, 403]);
      const told = (await whole(answer)).replaceAll(name, "");
      expect(told).not.toContain("secret");
      expect(told).toContain("it may ask for small, box/*, house-route");
    }
    const none = await decide("box%2Froute", "bound");
    expect(none.status).toBe(404);
    expect(await none.text()).toContain("there is no route `box/route`; there are: house-route");
    expect((await decide("house-route", "bound")).status).toBe(200);
    expect(await (await decide("no-route", "free")).text()).toContain("there are: house-route, secret-route");
  });

  test("sees in no list what it may not ask for", async () => {
    await using upstream = new ChatUpstream([]);
    await using on = await served(upstream);
    for (const path of [
      "/v1/models",
      "/api/tags",
      "/props",
      "/v1/models/secret-large",
      "/v1/models/none",
      "/health",
      "/",
    ]) {
      const told = (await whole(await fetch(on.origin + path, { headers: as("bound") }))).replaceAll(
        path.slice(11),
        "",
      );
      expect([path, told.includes("secret")]).toEqual([path, false]);
    }
    expect((await ask(on.url, { model: "secret-large", input: "hi" }, as("bound"))).status).toBe(403);
  });
});
