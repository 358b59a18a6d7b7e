/** What a key that is bound to models cannot reach by any field of any request, row by row of the table. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { ACCOUNT_FIELD_ROWS } from "../../src/config/presets/account-fields.ts";
import { AccountFields, type AccountField, type NamedObject } from "../../src/core/account-fields.ts";
import type { Json } from "../support/response-rules.ts";
import { growth, MOST_GROWTH } from "../support/growth.ts";
import { ResponsesSocket } from "../support/responses-socket.ts";
import { Host, tenants, type Tenants } from "./setting.ts";

/** Many servers are started, and the machine may be busy. */
setDefaultTimeout(60_000);

const WIRES = ["responses", "chat", "messages"] as const;
/** A host that is handed on all that it can be: what it keeps for its account clients may name. */
const NATIVE = { hosted_tools: true, native_compaction: true, keeps_responses: true };
const around = (url: string, more: object = {}) => ({
  keys: { bound: ["m", "host/other"], free: "all" } as const,
  providers: {
    host: {
      url,
      wires: WIRES,
      models: ["m", "other", "secret"],
      dialect: NATIVE,
      passthrough: "always" as const,
      ...more,
    },
  },
  store: true,
});

const USER = { role: "user", content: "hi" };
const PATHS: Record<string, Json> = {
  "/responses": { input: "hi", store: false },
  "/responses/compact": { input: "hi" },
  "/responses/input_tokens": { input: "hi" },
  "/messages": { max_tokens: 5, messages: [USER] },
  "/messages/count_tokens": { messages: [USER] },
  "/chat/completions": { messages: [USER] },
  "/completions": { prompt: "hi" },
  "/embeddings": { input: "hi" },
};
/** By the name of each client wire. */
const WIRE_OF: Record<string, string> = {
  "/responses": "responses",
  "/responses/compact": "compact",
  "/responses/input_tokens": "responses",
  "/messages": "messages",
  "/messages/count_tokens": "messages",
  "/chat/completions": "chat",
  "/completions": "completions",
  "/embeddings": "embeddings",
};

/** A value that the row means, and what must stand beside it. */
function meantBy({ path, names, when }: AccountField): { value: unknown; beside: Json } {
  const VALUES: unknown[] = [
    names === "models" ? "secret" : "fallback",
    "id_theirs",
    { id: "id_theirs" },
    "file:///etc/passwd",
    "fileid://file-theirs",
    "fusion",
    "image_generation_call",
  ];
  const value = VALUES.find((each) => !when || when(each, {}));
  if (value === undefined) throw new Error(`no value for ${path}`);
  return { value, beside: {} };
}

/** A body in which this stands at the row's path, as deep as the row says. */
function placed(body: Json, row: AccountField, name: string): Json {
  const { value } = meantBy(row);
  const deep = row.path.startsWith("**.");
  const steps = (deep ? row.path.slice(3) : row.path).split(".");
  steps[steps.length - 1] = (steps.at(-1) ?? "").replace(/^\*(?=_)/, name);
  // At any depth: within a tool that a host runs.
  const inner = steps.toReversed().reduce<unknown>((last, step) => {
    const list = step.endsWith("[]");
    return { [list ? step.slice(0, -2) : step]: list ? [last] : last };
  }, value) as Json;
  if (!deep) return merged(body, inner);
  return merged(body, { tools: [{ type: "host:tool", parameters: { more: [inner] } }] });
}

/** Lists that are there keep what they hold. */
function merged(body: Json, more: Json): Json {
  const out: Json = { ...body };
  for (const [key, value] of Object.entries(more)) {
    const before = out[key];
    if (Array.isArray(before) && Array.isArray(value))
      out[key] = [...before, ...value.map((each) => ({ ...USER, ...(each as Json) }))];
    else out[key] = value;
  }
  return out;
}

const asked = (shim: Tenants, path: string, body: Json, key: string) => shim.ask(path, { model: "m", ...body }, key);

describe("each row of the table", () => {
  for (const row of ACCOUNT_FIELD_ROWS) {
    test(row.path, async () => {
      await using host = new Host();
      await using shim = await tenants(around(host.url));
      await using closed = await tenants({ ...around(host.url, { account_objects: false }), keys: { free: "all" } });
      for (const [path, body] of Object.entries(PATHS)) {
        const wire = WIRE_OF[path] ?? "";
        const root = !row.path.includes(".") && !row.path.includes("[");
        if (row.wires && !row.wires.includes(wire)) continue;
        // The state of a key's own at the root is looked up before; the body's own input is what it is.
        if (root && row.owned_on?.includes(wire)) continue;
        if (root && row.path in body) continue;
        const sent = placed(body, row, "any");
        const refused = await asked(shim, path, sent, "bound");
        expect([path, refused.status, refused.text]).toEqual([path, 403, expect.stringContaining("bound")]);
        expect(host.heard).toEqual([]);
        if (row.names === "object") {
          const shut = await asked(closed, path, sent, "free");
          expect([path, shut.status, shut.text]).toEqual([path, 403, expect.stringContaining("account_objects")]);
          expect(host.heard).toEqual([]);
        }
        // Whoever is bound to nothing goes on as before.
        const free = await asked(shim, path, sent, "free");
        expect([path, free.status, free.text]).toEqual([path, 200, expect.any(String)]);
        host.heard.length = 0;
      }
      if (!row.carried) return;
      // A translation would hold it as well.
      await using chat = await tenants(around(host.url, { wires: ["chat"], passthrough: "never", dialect: {} }));
      for (const path of ["/responses", "/messages", "/chat/completions"]) {
        const body = PATHS[path] ?? {};
        if (row.path in body) continue;
        const refused = await asked(chat, path, placed(body, row, "any"), "bound");
        expect([path, refused.status, host.heard.length]).toEqual([path, 403, 0]);
      }
    });
  }

  test("as clients would write it, on the way through a translation", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url, { wires: ["chat"], passthrough: "never", dialect: {} }));
    const file = "fileid://file-theirs";
    const image = { type: "input_image", image_url: "ms://file-theirs" };
    const source = { type: "url", url: "ms://file-theirs" };
    const bodies: [string, Json][] = [
      ["/responses", { input: "sum it up", instructions: file }],
      ["/responses", { input: file }],
      ["/responses", { input: [{ role: "system", content: ` \n${file},fileid://other` }, USER] }],
      ["/responses", { input: [{ role: "user", content: [image] }] }],
      ["/messages", { max_tokens: 5, messages: [USER], system: file }],
      ["/messages", { max_tokens: 5, messages: [USER], system: [{ type: "text", text: file }] }],
      ["/messages", { max_tokens: 5, messages: [{ role: "user", content: [{ type: "image", source }] }] }],
      ["/chat/completions", { messages: [{ role: "system", content: file }, USER] }],
    ];
    for (const [path, body] of bodies) {
      const answer = await asked(shim, path, body, "bound");
      expect([path, body, answer.status, host.heard.length]).toEqual([path, body, 403, 0]);
    }
  });
});

describe("names of models", () => {
  const bodies: [what: string, more: Json, status: number][] = [
    ["the very model again", { models: ["m"] }, 200],
    ["in another case, as names here are", { models: ["M"] }, 200],
    ["another one of the key's", { models: ["m", "host/other"], fallbacks: [{ m: ["other"] }] }, 200],
    ["one that it lacks, behind those", { models: ["m", "secret"] }, 403],
    ["in a table of fallbacks", { fallbacks: [{ m: ["secret"] }] }, 403],
    ["with messages of its own", { fallbacks: [{ model: "secret", messages: [USER] }] }, 403],
    ["a key of that table is none", { fallbacks: [{ m: ["m"] }] }, 200],
    ["in extra_body", { extra_body: { models: ["secret"] } }, 403],
    ["at the root of extra_body", { extra_body: { engine: "secret" } }, 403],
    ["in extra_body of extra_body", { extra_body: { extra_body: { model: "secret" } } }, 403],
    ["an image tool's", { tools: [{ type: "image_generation", model: "secret" }] }, 403],
    ["an image tool without one", { tools: [{ type: "image_generation" }] }, 200],
    ["an advisor's", { tools: [{ type: "host:advisor", parameters: { model: "secret" } }] }, 403],
    ["an advisor of the host's choice", { tools: [{ type: "host:advisor" }] }, 403],
    ["an advisor's that the key has", { tools: [{ type: "host:advisor", parameters: { model: "m" } }] }, 200],
    ["of a gateway within", { providerOptions: { gateway: { models: ["secret"] } } }, 403],
    ["in another case of the field", { extra_body: { Models: ["secret"] } }, 403],
    ["in another case, deeper", { provider_options: { MODEL: "secret" } }, 403],
    ["with the Kelvin sign", { fallbacKs: ["secret"] }, 403],
    ["a word of metadata", { metadata: { model: "secret" } }, 403],
    ["other words of metadata", { metadata: { planned_model: "secret", file_id: "x" } }, 200],
    ["nothing", { models: [], fallbacks: null, route: "", preset: null }, 200],
  ];
  test.each(bodies)("%s", async (_, more, status) => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    for (const path of ["/chat/completions", "/responses", "/messages"]) {
      host.heard.length = 0;
      const answer = await asked(shim, path, { ...PATHS[path], ...more }, "bound");
      expect([path, answer.status, answer.text]).toEqual([path, status, expect.any(String)]);
      expect([path, host.heard.length]).toEqual([path, status === 200 ? 1 : 0]);
      expect((await asked(shim, path, { ...PATHS[path], ...more }, "free")).status).toBe(200);
    }
  });

  test("the refusal names field, model and key, in the client's shape", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    const { status, error } = await asked(shim, "/chat/completions", { messages: [USER], models: ["secret"] }, "bound");
    expect([status, error["message"], error["param"]]).toEqual([
      403,
      "`models` names `secret`, which the key `bound` may not ask for",
      "models",
    ]);
    const claude = await asked(shim, "/messages", { ...PATHS["/messages"], container: "cnt_theirs" }, "bound");
    expect([claude.json["type"], claude.error["type"]]).toEqual(["error", "permission_error"]);
  });
});

describe("words of the client's own are none of it", () => {
  const CALL = { type: "function_call", call_id: "c", name: "f", arguments: '{"model":"secret","file_id":"x"}' };
  const schema = {
    type: "object",
    properties: { model: { type: "string" }, file_id: {}, container: { id: "x" } },
    $defs: { a: { properties: { models: {} } } },
  };
  test.each<[string, Json]>([
    ["/responses", { input: [USER, CALL, { type: "function_call_output", call_id: "c", output: "x" }] }],
    ["/responses", { tools: [{ type: "function", name: "f", parameters: schema }] }],
    ["/responses", { text: { format: { type: "json_schema", name: "a", schema } } }],
    ["/responses", { tools: [{ type: "code_interpreter", container: { type: "auto" } }] }],
    ["/responses", { client_metadata: { model: "secret", thread_id: "x" }, prompt_cache_key: "x" }],
    ["/responses", { input: [{ type: "image_generation_call", id: "ig_1", result: "aGk=" }, USER] }],
    ["/responses", { tools: [{ type: "mcp", server_label: "a", connector_id: "connector_x", authorization: "mine" }] }],
    ["/messages", { tools: [{ name: "f", input_schema: schema }] }],
    [
      "/messages",
      {
        messages: [
          USER,
          {
            role: "assistant",
            content: [{ type: "tool_use", id: "t", name: "f", input: { model: "secret", file_id: "x" } }],
          },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "the model: secret" }] },
        ],
      },
    ],
    ["/messages", { container: { skills: [{ type: "anthropic", skill_id: "pptx", version: "latest" }] } }],
    ["/chat/completions", { tools: [{ type: "function", function: { name: "f", parameters: schema } }] }],
    [
      "/chat/completions",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example/b.png" } }] }] },
    ],
    ["/chat/completions", { messages: [{ role: "user", content: "see fileid://x, or file:///etc/passwd" }] }],
    ["/completions", { prompt: "fileid is no word of mine" }],
    ["/completions", { prompt: ["a", "b"] }],
    ["/embeddings", { input: ["model", "file_id"] }],
  ])("%s %j", async (path, more) => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    const answer = await asked(shim, path, { ...PATHS[path], ...more }, "bound");
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    expect(host.heard).toHaveLength(1);
  });
});

describe("on other ways", () => {
  const STOLEN = { tools: [{ type: "file_search", vector_store_ids: ["vs_theirs"] }] };

  test("a WebSocket, and one that is only warmed up before", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    await using socket = await ResponsesSocket.open(shim.on.url, { authorization: "Bearer bound" });
    const { last } = await socket.ask({ model: "m", input: "hi", ...STOLEN });
    expect(JSON.stringify(last)).toContain("vector_store_ids");
    const ran = {
      type: "code_interpreter_call",
      id: "ci_1",
      status: "completed",
      code: "",
      outputs: [],
      container_id: "c_theirs",
    };
    const warm = await socket.ask({ model: "m", input: [USER, ran], generate: false });
    const gone_on = await socket.ask({ model: "m", input: "hi", previous_response_id: warm.response["id"] });
    expect([warm.last["type"], JSON.stringify(gone_on.last)]).toEqual([
      "response.completed",
      expect.stringContaining("input[1].container_id"),
    ]);
    expect(host.heard).toEqual([]);
  });

  test("a conversation into which it was put before", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    const file = { type: "message", role: "user", content: [{ type: "input_file", file_id: "file_theirs" }] };
    const { json } = await shim.ask("/conversations", { items: [file] }, "bound");
    const answer = await asked(shim, "/responses", { input: "hi", conversation: json["id"] }, "bound");
    expect([answer.status, answer.error["param"]]).toEqual([403, "input[0].content[0].file_id"]);
    expect(host.heard).toEqual([]);
  });

  test("a route does not go on to another candidate", async () => {
    await using host = new Host();
    await using second = new Host();
    const { keys, providers, ...rest } = around(host.url);
    const all = { name: "all", candidates: "all", prefer: "ordered", local_only: false } as const;
    await using shim = await tenants({
      ...rest,
      keys: { ...keys, bound: ["all"] },
      routes: [all],
      providers: { ...providers, second: { url: second.url, wires: ["chat"] } },
    });
    const answer = await shim.ask("/responses", { model: "all", input: "hi", store: false, ...STOLEN }, "bound");
    expect([answer.status, host.heard.length, second.heard.length]).toEqual([403, 0, 0]);
  });

  test("in the background", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    const answer = await asked(shim, "/responses", { input: "hi", store: true, background: true, ...STOLEN }, "bound");
    expect([answer.status >= 400, host.heard.length]).toEqual([true, 0]);
  });

  test("a host that keeps responses goes on with a key's own, and with no other's", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    const first = await asked(shim, "/responses", { input: "hi", store: true }, "bound");
    const own = await asked(
      shim,
      "/responses",
      { input: "on", store: true, previous_response_id: first.json["id"] },
      "bound",
    );
    expect([own.status, host.last.json["previous_response_id"]]).toEqual([200, first.json["id"]]);
    const theirs = await asked(
      shim,
      "/responses",
      { input: "on", store: true, previous_response_id: first.json["id"] },
      "free",
    );
    expect([theirs.status, host.heard.length]).toEqual([400, 2]);
    for (const more of REFERENCES(String(first.json["id"]))) {
      const reached = await asked(shim, "/responses", { input: "on", ...more }, "bound");
      expect([reached.status >= 400, host.heard.length]).toEqual([true, 2]);
    }
  });

  test("a header by which hosts know a request again is one for each key", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    const seen = new Set<string | null>();
    for (const key of ["bound", "free", "free"]) {
      await fetch(`${shim.on.url}/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "idempotency-key": "the-same" },
        body: JSON.stringify({ model: "m", messages: [USER] }),
      });
      seen.add(host.last.headers.get("idempotency-key"));
    }
    expect(seen.size).toBe(2);
    expect([...seen].join(" ")).not.toContain("the-same");
  });
});

/** Ways to an item that another key's thread holds at the host. */
const REFERENCES = (response: string): Json[] => [
  { extra_body: { previous_response_id: response } },
  ...[
    { type: "item_reference", id: "msg_h1" },
    { type: "item_reference", id: "msg_h1", role: "user" },
    { type: "item_reference", id: "msg_h1", role: "user", content: "x" },
    { type: null, id: "msg_h1", role: null },
    { id: "msg_h1" },
    { id: "msg_h1", role: "user" },
    { id: "msg_h1", a: 1, b: 2, c: 3 },
  ].map((item) => ({ input: [item, { role: "user", content: "on" }] })),
];

describe("keys that are bound to nothing", () => {
  test("reach what is theirs at a host that keeps responses, however they refer to it", async () => {
    await using host = new Host();
    await using shim = await tenants({ ...around(host.url), keys: { one: "all", two: "all" } });
    const theirs = await asked(shim, "/responses", { input: "secret", store: true }, "one");
    const [, ...references] = REFERENCES(String(theirs.json["id"]));
    for (const more of references)
      for (const store of [true, false]) {
        const reached = await asked(shim, "/responses", { store, ...more }, "two");
        expect([more, store, reached.status >= 400, host.heard.length]).toEqual([more, store, true, 1]);
      }
  });
});

describe("the walk", () => {
  const fields = new AccountFields(ACCOUNT_FIELD_ROWS);
  const found = (body: unknown, wire = "chat"): NamedObject[] => {
    const all: NamedObject[] = [];
    fields.visit(body, wire, (named) => void all.push(named));
    return all;
  };

  test("tells where each stands", () => {
    const body = { model: "m", tools: [{}, { model: "a" }], x: { "\u001b[31m": { file_id: "f" } } };
    expect(found(body).map(({ kind, path, models }) => [kind, path, ...models])).toEqual([
      ["models", "tools[1].model", "a"],
      ["object", "x.?[31m.file_id"],
    ]);
  });

  test("grows with the length of a body only", () => {
    const SHAPES: Record<string, (n: number) => unknown> = {
      wide: (n) => ({
        messages: Array.from({ length: n }, (_, i) => ({ role: "user", content: [{ type: "text", text: `${i}` }] })),
      }),
      deep: (n) => JSON.parse(`${'{"a":['.repeat(n / 20)}1${"]}".repeat(n / 20)}`),
      "all of it named": (n) => ({ tools: Array.from({ length: n }, () => ({ model: "a", file_id: "b" })) }),
      "names within names": (n) => ({ models: Array.from({ length: n }, () => [["a"]]) }),
      "many underscores": (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`a_b_c_${i}_model`, 1])),
    };
    for (const [name, shape] of Object.entries(SHAPES)) {
      const run = (n: number) => {
        const body = shape(n);
        return () => fields.visit(body, "chat", () => {});
      };
      const times = growth(run, 1000);
      expect([name, times < MOST_GROWTH, times]).toEqual([name, true, times]);
    }
  });

  test("of a body that is nested too deep is refused, and not the end", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    const deep = `${'{"a":['.repeat(20_000)}${"]}".repeat(20_000)}`;
    const answer = await shim.ask("/chat/completions", `{"model":"m","messages":[],"x":${deep}}`, "bound");
    expect(answer.status).toBe(400);
    expect((await asked(shim, "/chat/completions", { messages: [USER] }, "bound")).status).toBe(200);
  });
});
