/** A Chat Completions server that plays one host: it answers in that host's way, and refuses what that host refuses. */
import { isObject, type Json } from "../response-rules.ts";
import { framesOf, sayingOf, toolsOf, type Wish } from "./replies.ts";
import { COMMON } from "./rules.ts";
import type { Asked, Failure, FailureName, Message, Refused, Said, Variant, Vendor } from "./types.ts";

export const RIGHT_KEY = "right-key";

export interface Logged {
  body: Json;
  /** Headers that name the conversation. */
  session: Record<string, string>;
  /** Rule that refused it, and its words. */
  refusal?: string;
  said?: Said;
}

export class Simulator implements AsyncDisposable {
  readonly vendor: Vendor;
  readonly requests: Logged[] = [];
  /** What the host would have lost without a word. */
  readonly losses: string[] = [];
  /** What the model is to say next; taken when a request is answered. */
  readonly wishes: Wish[] = [];
  private readonly variant: Variant;
  private readonly said: Said[] = [];
  private readonly server: Bun.Server<undefined>;

  constructor(vendor: Vendor, variant: Variant) {
    this.vendor = vendor;
    this.variant = variant;
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => this.answer(request),
      development: false,
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(true);
  }

  private async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method === "GET" && pathname === "/v1/models")
      return Response.json({ object: "list", data: [{ id: this.vendor.model, object: "model" }] });
    if (request.method !== "POST" || pathname !== "/v1/chat/completions")
      return new Response("not found", { status: 404 });
    const body = (await request.json()) as Json;
    const logged: Logged = { body, session: sessionOf(request.headers) };
    this.requests.push(logged);
    const asked: Asked = {
      body,
      messages: (Array.isArray(body["messages"]) ? body["messages"].filter(isObject) : []) as Message[],
      tools: toolsOf(body),
      headers: request.headers,
      said: this.said,
    };
    const turnedAway = this.turnedAway(asked);
    if (turnedAway) return this.failed(turnedAway, logged);
    const refused = this.refusalOf(asked);
    if (!refused) return this.granted(asked, logged);
    logged.refusal = `${refused.rule}: ${refused.message}`;
    return Response.json(this.vendor.error(refused), { status: refused.status });
  }

  /** The wrong key, or a model that is not there. */
  private turnedAway({ body, headers }: Asked): FailureName | undefined {
    const { auth, failures, model } = this.vendor;
    const shown = headers.get(auth === "api-key" ? "api-key" : "authorization")?.replace("Bearer ", "");
    if (typeof failures.wrong_key !== "string" && shown !== RIGHT_KEY) return "wrong_key";
    return typeof failures.unknown_model !== "string" && body["model"] !== model ? "unknown_model" : undefined;
  }

  private failed(name: FailureName, logged: Logged): Response {
    const failure = this.vendor.failures[name];
    if (typeof failure === "string") throw new Error(`${this.vendor.id} has no ${name}: ${failure}`);
    logged.refusal = name;
    return responseOf(failure);
  }

  private refusalOf(asked: Asked): (Refused & { rule: string }) | undefined {
    let refused: (Refused & { rule: string }) | undefined;
    for (const { id, certain, check } of [...COMMON, ...this.vendor.rules]) {
      if (!certain && this.variant === "lenient") continue;
      const found = check(asked);
      if (!found) continue;
      if ("lost" in found) this.losses.push(`${id}: ${found.lost}`);
      else refused ??= { ...found, rule: id };
    }
    return refused;
  }

  private granted(asked: Asked, logged: Logged): Response {
    const wish = this.wishes.shift();
    if (!wish)
      return Response.json(this.vendor.error({ status: 500, message: "no further answer is scripted" }), {
        status: 500,
      });
    if (wish.fails === "overflow" || wish.fails === "rate_limit") return this.failed(wish.fails, logged);
    const said = sayingOf(wish, asked, this.vendor, this.requests.length);
    this.said.push(said);
    logged.said = said;
    const frames = [...framesOf(said, asked.body, this.vendor, this.endOf(wish))].join("");
    if (asked.body["stream"] !== true) throw new Error("only streams are simulated");
    return new Response(frames, { headers: { "content-type": "text/event-stream" } });
  }

  private endOf(wish: Wish): Parameters<typeof framesOf>[3] {
    if (wish.fails === "cut") return "cut";
    const failure = this.vendor.failures.in_stream;
    if (wish.fails === "in_stream" && typeof failure !== "string") return { frame: String(failure.body) };
    return wish.cut_by_length ? "length" : "proper";
  }
}

function responseOf({ status, body, headers = {} }: Failure): Response {
  return typeof body === "string" ? new Response(body, { status, headers }) : Response.json(body, { status, headers });
}

const SESSION_HEADERS = ["x-session-id", "x-session-affinity", "session_id"];

function sessionOf(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    SESSION_HEADERS.flatMap((name) => (headers.has(name) ? [[name, String(headers.get(name))]] : [])),
  );
}
