/** Calls on routes, from the request to whoever answers it at last. */
import { describe, expect, test } from "bun:test";
import type { ConfiguredRoute } from "../../src/config/file/config-file.ts";
import type { ProviderInput } from "../../src/config/resolve.ts";
import type { ModelFacts } from "../../src/core/provider.ts";
import { AS_CODEX, ask, type Answer } from "../support/ask.ts";
import { ChatUpstream, refuse, reply, say, wait, type Reply, type Script } from "../support/chat-upstream.ts";
import { foundAt, serving, type Serving, type ServingOptions } from "./serving.ts";

const MODEL = "m";
const answers = (text: string, times = 1): Reply[] => Array.from({ length: times }, () => reply(say(text)));

interface Host {
  id: string;
  upstream: ChatUpstream | string;
  facts?: ModelFacts;
  more?: Partial<ProviderInput>;
}

const host = (
  id: string,
  upstream: ChatUpstream | string,
  facts: ModelFacts = {},
  more: Partial<ProviderInput> = {},
): Host => ({
  id,
  upstream,
  facts,
  more,
});
const route = (...candidates: string[]): ConfiguredRoute => ({
  name: "jusCode-auto",
  candidates: candidates.map((name) => ({ name, provider: name, model: MODEL })),
  prefer: "ordered",
  local_only: false,
});

function routing(hosts: readonly Host[], own: ConfiguredRoute, options: ServingOptions = {}): Promise<Serving> {
  const found = hosts.map(({ id, upstream, facts = {}, more = {} }) =>
    foundAt(typeof upstream === "string" ? upstream : upstream.url, [MODEL], id, {
      models: { [MODEL]: facts },
      ...more,
    }),
  );
  return serving(async () => found, { routes: [own], ...options });
}

const NOBODY = "http://127.0.0.1:9/v1";
const auto = (on: Serving, body: object, headers = {}): Promise<Answer> =>
  ask(on.url, { model: "jusCode-auto", ...body }, headers);
const answeredBy = ({ headers }: Answer): string =>
  `${headers.get("x-juscode-provider")}: ${headers.get("x-juscode-route-reason")}`;

describe("a route", () => {
  test("without any model tells what is wrong with the hosts", async () => {
    const found = foundAt(NOBODY, [], "gpu-box");
    const of = { ...route(), candidates: "all" as const };
    const dead = async () => [{ ...found, problem: "answers 401 to GET /models" }];
    await using on = await serving(dead, { routes: [of] });
    const { status, text } = await ask(on.url, { model: "jusCode-auto", input: "hi" });
    expect(status).toBe(404);
    expect(text).toContain(`(${NOBODY}) answers 401 to GET /models`);
  });

  test("with one model is that model, by any case of its name", async () => {
    await using one = new ChatUpstream(answers("One."));
    await using on = await routing([host("one", one)], { ...route(), candidates: "all", prefer: "cheapest" });
    const answer = await ask(on.url, { model: "JUSCODE-AUTO", input: "hi" });
    expect(answer.status).toBe(200);
    expect(answeredBy(answer)).toStartWith("one: ");
    expect(one.request(0).body.model).toBe(MODEL);
    expect(on.lines[0]).toContain("JUSCODE-AUTO → one/m");
  });

  test("is in the list of models, with the largest window of its models", async () => {
    await using on = await routing(
      [host("a", NOBODY, { context_window: 8192 }), host("b", NOBODY, { context_window: 65_536 })],
      route("a", "b"),
    );
    const { data } = (await (await fetch(`${on.url}/models`)).json()) as {
      data: { id: string; context_length: number }[];
    };
    expect(data[0]).toMatchObject({ id: "jusCode-auto", context_length: 65_536 });
  });

  test("goes to the larger window when the prompt needs it, and says so", async () => {
    await using small = new ChatUpstream(answers("Small."));
    await using large = new ChatUpstream(answers("Large."));
    await using on = await routing(
      [host("small", small, { context_window: 16_384 }), host("large", large, { context_window: 131_072 })],
      route("small", "large"),
    );
    expect(answeredBy(await auto(on, { input: "hi" }))).toStartWith("small: ");
    const long = await auto(on, { input: "word ".repeat(30_000) });
    expect(answeredBy(long)).toStartWith("large: ");
    small.check();
    large.check();
  });

  test("none of whose models can see is refused for an image, in words", async () => {
    await using on = await routing(
      [host("a", NOBODY, { images: false }), host("b", NOBODY, { images: false })],
      route("a", "b"),
    );
    const answer = await auto(on, {
      input: [{ role: "user", content: [{ type: "input_image", image_url: "data:image/png;base64,AA==" }] }],
    });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("image");
  });
});

describe("when a candidate fails before its first item, another one answers", () => {
  const FAILURES: [string, Script[number] | string][] = [
    ["nobody there", NOBODY],
    ["overloaded", refuse(503, "busy")],
    ["its key is refused", refuse(401, "bad key")],
    ["its account is used up", refuse(402, "pay first")],
    ["rate limit", refuse(429, "slow down", {}, { "retry-after": "60" })],
    ["no such model", refuse(404, "model 'm' not found", { type: "not_found_error" })],
    ["a reset after its head", { steps: [], broken: "reset" }],
  ];
  test.each(FAILURES)("%s", async (_, failure) => {
    for (const stream of [false, true]) {
      await using bad = new ChatUpstream(typeof failure === "string" ? [] : [failure]);
      await using good = new ChatUpstream(answers("Good."));
      const first = typeof failure === "string" ? failure : bad;
      await using on = await routing([host("bad", first), host("good", good)], route("bad", "good"));
      const answer = await auto(on, { input: "hi", stream }, AS_CODEX);
      expect(answer.status).toBe(200);
      expect(answer.text).toContain("Good.");
      expect(answer.response["status"]).toBe("completed");
      expect(on.lines[0]).toContain("fell_back (bad/m:");
      expect(on.lines).toHaveLength(1);
    }
  });

  test("also when the answer has begun without it", async () => {
    await using slow = new ChatUpstream([async () => (await Bun.sleep(200), refuse(503, "busy"))]);
    await using good = new ChatUpstream(answers("Good."));
    await using on = await routing([host("slow", slow), host("good", good)], route("slow", "good"), { hold_ms: 20 });
    const answer = await auto(on, { input: "hi", stream: true });
    expect(answer.events.filter(({ type }) => type === "response.created")).toHaveLength(1);
    expect(answer.response["status"]).toBe("completed");
    expect(answer.text).toContain("Good.");
    expect(on.lines[0]).toContain("→ good/m: stop");
  });

  test("not after an item: the failure is told, once", async () => {
    await using bad = new ChatUpstream([{ steps: [say("Half")], broken: "reset" }]);
    await using good = new ChatUpstream([]);
    await using on = await routing([host("bad", bad), host("good", good)], route("bad", "good"));
    const answer = await auto(on, { input: "hi", stream: true });
    expect(answer.response["status"]).toBe("failed");
    expect(answer.events.filter(({ type }) => type === "response.failed")).toHaveLength(1);
    expect(good.requests).toHaveLength(0);
  });

  test("not for what another cannot do better", async () => {
    await using bad = new ChatUpstream([refuse(400, "temperature must be a number")]);
    await using good = new ChatUpstream([]);
    await using on = await routing([host("bad", bad), host("good", good)], route("bad", "good"));
    expect((await auto(on, { input: "hi" })).status).toBe(400);
    expect(good.requests).toHaveLength(0);
  });

  test("a context that is too small moves on to a larger one only", async () => {
    const over = refuse(400, "maximum context length is 100 tokens", { code: "context_length_exceeded" });
    await using small = new ChatUpstream([over]);
    await using same = new ChatUpstream([]);
    await using large = new ChatUpstream(answers("Large."));
    const hosts = [
      host("small", small, { context_window: 32_768 }),
      host("same", same, { context_window: 32_768 }),
      host("large", large, { context_window: 131_072 }),
    ];
    await using on = await routing(hosts, route("small", "same", "large"));
    expect((await auto(on, { input: "hi" })).text).toContain("Large.");
    expect(same.requests).toHaveLength(0);
  });

  test("a host that speaks Responses itself takes over byte for byte", async () => {
    const body = '{"status":"completed","n":1.0}';
    const native = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(body, { headers: { "content-type": "application/json" } }),
    });
    const hosts = [
      host("bad", NOBODY),
      host("native", `http://127.0.0.1:${native.port}/v1`, {}, { wires: ["responses"] }),
    ];
    await using on = await routing(hosts, route("bad", "native"));
    expect((await auto(on, { input: "hi" })).text).toBe(body);
    await native.stop(true);
  });

  test("and one that speaks Responses hands over when it fails", async () => {
    const native = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json({ error: { message: "busy" } }, { status: 503 }),
    });
    await using good = new ChatUpstream(answers("Good."));
    const hosts = [
      host("native", `http://127.0.0.1:${native.port}/v1`, {}, { wires: ["responses"] }),
      host("good", good),
    ];
    await using on = await routing(hosts, route("native", "good"));
    expect((await auto(on, { input: "hi" })).text).toContain("Good.");
    await native.stop(true);
  });
});

describe("what fails is left alone for a while", () => {
  test("the next call does not even try it", async () => {
    await using good = new ChatUpstream(answers("Good.", 3));
    await using bad = new ChatUpstream([refuse(401, "bad key")]);
    await using on = await routing([host("bad", bad), host("good", good)], route("bad", "good"));
    for (let i = 0; i < 3; i++) expect((await auto(on, { input: "hi" })).text).toContain("Good.");
    expect(bad.requests).toHaveLength(1);
  });

  test("unless there is nobody else", async () => {
    await using bad = new ChatUpstream([refuse(401, "bad key"), ...answers("Better.")]);
    await using on = await routing([host("bad", bad)], route("bad"));
    expect((await auto(on, { input: "hi" })).status).toBe(401);
    expect((await auto(on, { input: "hi" })).text).toContain("Better.");
  });
});

describe("what must stay in house", () => {
  test("never leaves it, whatever fails", async () => {
    await using outside = new ChatUpstream([]);
    const hosts = [host("inside", NOBODY), host("outside", outside, {}, { local: false })];
    for (const [own, options] of [
      [{ ...route("inside", "outside"), local_only: true }, {}],
      [{ ...route("inside", "outside"), providers: ["inside"] }, {}],
      [route("inside", "outside"), { local_only: true }],
    ] as const) {
      await using on = await routing(hosts, own, options);
      for (const stream of [false, true]) {
        const answer = await auto(on, { input: "hi", stream });
        expect(answer.status).toBe(502);
      }
    }
    expect(outside.requests).toHaveLength(0);
  });
});

describe("a thread", () => {
  const turn = (thread: string): object => ({ input: "hi", prompt_cache_key: thread });

  test("stays where it is warm, and a new one goes where the route says", async () => {
    await using cheap = new ChatUpstream([refuse(503, "busy"), ...answers("Cheap.", 5)]);
    await using dear = new ChatUpstream(answers("Dear.", 5));
    await using on = await routing([host("cheap", cheap), host("dear", dear)], route("cheap", "dear"));
    expect(answeredBy(await auto(on, turn("a")))).toStartWith("dear: ");
    expect(answeredBy(await auto(on, turn("a")))).toContain("the thread stays where it is warm");
    expect((await auto(on, turn("b"))).headers.get("x-juscode-provider")).toBe("cheap");
  });

  test("waits for a busy host where it is warm, rather than be read anew by a dearer one", async () => {
    const busy = refuse(429, "slow down", {}, { "retry-after": "0" });
    await using home = new ChatUpstream([...answers("Home."), busy, ...answers("Home again.")]);
    await using dear = new ChatUpstream([]);
    const hosts = [
      host("home", home, { price: { input: 1, output: 1 } }),
      host("dear", dear, { price: { input: 10, output: 10 } }),
    ];
    await using on = await routing(hosts, { ...route("home", "dear"), prefer: "cheapest" });
    const { response } = await auto(on, turn("a"));
    const input = [
      { role: "user", content: "hi" },
      ...(response["output"] as object[]),
      { role: "user", content: "go on" },
    ];
    expect((await auto(on, { ...turn("a"), input })).text).toContain("Home again.");
    expect(home.requests).toHaveLength(3);
  });

  test("goes elsewhere when a machine in house has a queue", async () => {
    await using house = new ChatUpstream([
      ...Array.from({ length: 2 }, () => reply(wait(400), say("House."))),
      ...answers("House.", 9),
    ]);
    await using outside = new ChatUpstream(answers("Outside.", 4));
    const hosts = [host("house", house), host("outside", outside, {}, { local: false })];
    await using on = await routing(hosts, route("house", "outside"));
    const all = await Promise.all(Array.from({ length: 4 }, () => auto(on, { input: "hi" })));
    const by = all.map(({ headers }) => headers.get("x-juscode-provider"));
    expect(by.filter((provider) => provider === "house")).toHaveLength(2);
    expect(by.filter((provider) => provider === "outside")).toHaveLength(2);
  });

  test("stays also where no memory of it is: its own items tell who made them", async () => {
    await using one = new ChatUpstream(answers("One.", 1));
    await using two = new ChatUpstream(answers("Two.", 2));
    const hosts = [host("one", one), host("two", two)];
    await using first = await routing(hosts, route("two"));
    const { response } = await auto(first, { input: "hi" });
    // Another replica, which prefers another host.
    await using second = await routing(hosts, route("one", "two"));
    const input = [
      { role: "user", content: "hi" },
      ...(response["output"] as object[]),
      { role: "user", content: "go on" },
    ];
    expect(answeredBy(await auto(second, { input }))).toStartWith("two: the thread stays where it is warm");
    expect(answeredBy(await auto(second, { input: "something else" }))).toStartWith("one: ");
  });

  test("that Codex began a turn on goes on there", async () => {
    await using one = new ChatUpstream(answers("One.", 2));
    await using two = new ChatUpstream(answers("Two.", 2));
    await using on = await routing([host("one", one), host("two", two)], route("one", "two"));
    const answer = await auto(on, { input: "hi" }, { ...AS_CODEX, "x-codex-turn-state": "two/m" });
    expect(answeredBy(answer)).toBe("two: continues the turn that it began");
    expect(answer.headers.get("x-codex-turn-state")).toBe("two/m");
  });

  test("200 at once: each stays where it was", async () => {
    await using one = new ChatUpstream(answers("One.", 700));
    await using two = new ChatUpstream(answers("Two.", 700));
    const hosts = [host("one", one), host("two", two)];
    await using on = await routing(hosts, route("one", "two"));
    const threads = Array.from({ length: 200 }, (_, i) => `thread-${i}`);
    const began = (i: number): Record<string, string> => ({
      ...AS_CODEX,
      "x-codex-turn-state": i % 2 === 0 ? "one/m" : "two/m",
    });
    const first = await Promise.all(threads.map((thread, i) => auto(on, turn(thread), began(i))));
    for (let round = 0; round < 2; round++) {
      const next = await Promise.all(threads.map((thread) => auto(on, turn(thread))));
      expect(next.map(({ headers }) => headers.get("x-juscode-provider"))).toEqual(
        first.map(({ headers }) => headers.get("x-juscode-provider")),
      );
    }
  });
});

describe("why", () => {
  test("is told by the decision's own address, and nobody is asked", async () => {
    await using one = new ChatUpstream([]);
    const hosts = [
      host("one", one, { context_window: 4096, price: { input: 1, output: 2 } }),
      host("two", NOBODY, { context_window: 65_536 }),
    ];
    await using on = await routing(hosts, route("one", "two"));
    const decide = (name: string, accept: string): Promise<Response> =>
      fetch(`${on.url}/routes/${name}/decision`, {
        method: "POST",
        headers: { accept },
        body: JSON.stringify({ model: "x", input: "word ".repeat(5000) }),
      });
    const told = (await (await decide("juscode-AUTO", "application/json")).json()) as {
      chosen: string;
      candidates: { place: number | null }[];
    };
    expect(told.chosen).toBe("two/m");
    expect(told.candidates).toHaveLength(2);
    expect(await (await decide("jusCode-auto", "text/plain")).text()).toContain("two/m");
    const unknown = await decide("other", "application/json");
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toContain("there are: jusCode-auto");
    expect(one.requests).toHaveLength(0);
  });

  test("the cost is estimated before, and counted after", async () => {
    await using one = new ChatUpstream(answers("One."));
    await using on = await routing([host("one", one, { price: { input: 1, output: 10 } })], route("one"));
    const answer = await auto(on, { input: "hi" });
    expect(Number(answer.headers.get("x-juscode-cost-estimate-usd"))).toBeGreaterThan(0);
    expect(on.lines[0]).toMatch(/\| \$0\.\d{6}/);
  });
});

test("a small request of Codex's goes to the list for those", async () => {
  await using strong = new ChatUpstream([]);
  await using weak = new ChatUpstream(answers("A title."));
  const own: ConfiguredRoute = { ...route("strong"), helpers: [{ name: "weak", provider: "weak", model: MODEL }] };
  await using on = await routing([host("strong", strong), host("weak", weak)], own);
  const headers = { ...AS_CODEX, "x-codex-turn-metadata": '{"thread_source":"thread_title"}' };
  expect((await auto(on, { input: "hi" }, headers)).text).toContain("A title.");
});

test("a storm of 429: every call is answered elsewhere, and the busy host is asked once", async () => {
  await using busy = new ChatUpstream(
    Array.from({ length: 50 }, () => refuse(429, "slow down", {}, { "retry-after": "30" })),
  );
  await using calm = new ChatUpstream([...answers("Calm.", 30), reply(wait(1))]);
  await using on = await routing([host("busy", busy), host("calm", calm)], route("busy", "calm"));
  await auto(on, { input: "hi" });
  const all = await Promise.all(Array.from({ length: 20 }, () => auto(on, { input: "hi" })));
  expect(all.every(({ status }) => status === 200)).toBe(true);
  expect(busy.requests).toHaveLength(1);
});
