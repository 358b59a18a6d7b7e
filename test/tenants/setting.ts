/** A host that answers on every wire and keeps what it was sent, and a server before it with keys of several tenants. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfiguredRoute } from "../../src/config/file/config-file.ts";
import type { ProviderInput } from "../../src/config/resolve.ts";
import { Access } from "../../src/server/access/access.ts";
import { LOOPBACK_ONLY } from "../../src/server/access/browser-guard.ts";
import { sha256, type ClientKey } from "../../src/server/access/client-keys.ts";
import { AccessGuard } from "../../src/server/access/guard.ts";
import { State } from "../../src/server/state/state.ts";
import { openStore } from "../../src/server/store/open.ts";
import type { Store } from "../../src/server/store/store.ts";
import type { ModelInfo } from "../../src/server/upstreams/model-list.ts";
import type { Json } from "../support/response-rules.ts";
import { foundAt, serving, type Serving } from "../server/serving.ts";

export interface Heard {
  method: string;
  path: string;
  text: string;
  json: Json;
  headers: Headers;
}

type Special = (heard: Heard) => Response | undefined;

/** `special` may answer in its place. */
export class Host implements AsyncDisposable {
  readonly heard: Heard[] = [];
  private readonly server: Bun.Server<undefined>;

  /** `ids` begin so: several hosts whose responses are kept in one store must give different ones. */
  constructor(special: Special = () => undefined, ids = "h") {
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      development: false,
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        const text = await request.text();
        const json = text.startsWith("{") ? (JSON.parse(text) as Json) : {};
        const heard = { method: request.method, path: pathname + search, text, json, headers: request.headers };
        if (request.method === "POST") this.heard.push(heard);
        return special(heard) ?? answerTo(heard, `${ids}${this.heard.length}`);
      },
    });
  }

  get port(): number {
    return this.server.port as number;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  /** What it was sent last. */
  get last(): Heard {
    const last = this.heard.at(-1);
    if (!last) throw new Error("the host was asked nothing");
    return last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(true);
  }
}

const USAGE = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };

function answerTo({ method, path, json }: Heard, n: string): Response {
  if (method === "GET" && path.endsWith("/models")) return Response.json({ object: "list", data: [{ id: "m" }] });
  if (path.endsWith("/chat/completions")) {
    const message = { role: "assistant", content: "Hi." };
    const choices = [{ index: 0, message, delta: message, finish_reason: "stop" }];
    const body = { id: `c${n}`, object: "chat.completion", created: 1, model: "m", choices };
    return json["stream"] === true ? stream([body, "[DONE]"]) : Response.json(body);
  }
  if (path.endsWith("/messages"))
    return Response.json({
      id: `msg_${n}`,
      type: "message",
      role: "assistant",
      model: "m",
      stop_reason: "end_turn",
      content: [{ type: "text", text: "Hi." }],
      usage: USAGE,
    });
  if (path.endsWith("/responses") || path.endsWith("/compact")) {
    const content = [{ type: "output_text", text: "Hi.", annotations: [] }];
    const output = [{ type: "message", id: `msg_${n}`, role: "assistant", status: "completed", content }];
    // Some hosts echo what they were sent, and this one everything.
    const { model: _, input: __, ...echo } = json;
    const body = {
      ...echo,
      id: `resp_${n}`,
      object: "response",
      status: "completed",
      model: "m",
      output,
      usage: USAGE,
    };
    return json["stream"] === true
      ? stream([
          { type: "response.created", response: { ...body, status: "in_progress", output: [] } },
          { type: "response.completed", response: body },
        ])
      : Response.json(body);
  }
  if (path.endsWith("tokens")) return Response.json({ object: "response.input_tokens", input_tokens: 7 });
  if (path.endsWith("/embeddings")) return Response.json({ object: "list", data: [], usage: USAGE });
  if (path.endsWith("/completions")) return Response.json({ id: "c", object: "text_completion", choices: [] });
  return new Response("not here", { status: 404 });
}

function stream(events: readonly (object | string)[]): Response {
  const texts = events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`);
  return new Response(texts.join(""), { headers: { "content-type": "text/event-stream" } });
}

export interface Tenants extends AsyncDisposable {
  on: Serving;
  store: Store | undefined;
  /** Everything in the store's file, as it lies on the disk. */
  stored(): string;
  ask(path: string, body: object | string, key?: string, method?: string): Promise<Answer>;
}

export interface Answer {
  status: number;
  text: string;
  json: Json;
  /** Of an error, whatever the wire. */
  error: Json;
  headers: Headers;
}

export interface Around {
  /** By the key itself: the models that it is bound to, or all. */
  keys?: Record<string, readonly string[] | "all">;
  /** By id; each lists `m`, or what `models` says. */
  providers: Record<
    string,
    { url: string; models?: readonly (string | ModelInfo)[] } & Omit<Partial<ProviderInput>, "models">
  >;
  routes?: readonly ConfiguredRoute[];
  local_only?: boolean;
  store?: boolean;
}

export async function tenants({
  keys,
  providers,
  routes = [],
  local_only = false,
  store = false,
}: Around): Promise<Tenants> {
  const folder = mkdtempSync(join(tmpdir(), "juscode-tenants-"));
  const file = join(folder, "responses.sqlite");
  const place = { kind: "sqlite" as const, file };
  const open = store
    ? await openStore({ enabled: true, place, max_age_days: 30, max_mb: 100, warn: () => {} })
    : undefined;
  const state = open && new State(open, "replica");
  const found = Object.entries(providers).map(([id, { url, models = ["m"], ...more }]) => ({
    ...foundAt(url, [], id, more),
    models: models.map((each) => (typeof each === "string" ? { id: each } : each)),
  }));
  const on = await serving(async () => found, {
    routes,
    local_only,
    ...(state && { state }),
    ...(keys && { door: doorFor(keys) }),
  });
  return {
    on,
    store: open,
    stored: () => {
      const files = Array.from(new Bun.Glob("*").scanSync({ cwd: folder, onlyFiles: true, dot: true }));
      return files.map((each) => readFileSync(join(folder, each), "latin1")).join("");
    },
    ask: (path, body, key, method) => ask(on.url, path, body, key, method),
    async [Symbol.asyncDispose]() {
      await on[Symbol.asyncDispose]();
      await state?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function doorFor(keys: NonNullable<Around["keys"]>): AccessGuard {
  const known = Object.entries(keys).map(([secret, models]): ClientKey => ({
    name: secret,
    sha256: sha256(secret).toString("hex"),
    use: "models",
    ...(models !== "all" && { models }),
    created_at: "2026-01-01T00:00:00.000Z",
  }));
  return new AccessGuard(new Access(known, true, () => performance.now()), LOOPBACK_ONLY);
}

/** `url` is a base URL with `/v1`. */
export async function ask(
  url: string,
  path: string,
  body: object | string | undefined,
  key?: string,
  method = "POST",
): Promise<Answer> {
  const reply = await fetch(url + path, {
    method,
    headers: { "content-type": "application/json", ...(key !== undefined && { authorization: `Bearer ${key}` }) },
    ...(method !== "GET" && method !== "DELETE" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await reply.text();
  const json = text.startsWith("{") ? (JSON.parse(text) as Json) : {};
  return { status: reply.status, text, json, error: (json["error"] ?? {}) as Json, headers: reply.headers };
}
