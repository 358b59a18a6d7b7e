/** Scripted search services that check every request, each as its documentation tells, and answer in its own shape. */
import type { Json } from "./response-rules.ts";

export interface Page {
  url: string;
  title: string;
  text: string;
}

export interface SearchRequest {
  query: string;
  /** All that was asked, by the service's own names. */
  asked: Json;
  headers: Headers;
  /** The client left before it was answered. */
  aborted: boolean;
}

/** Pages; a status; a text that is sent as it is; or nothing for ever. */
export type Answer = readonly Page[] | number | string | "hang";

const KEY = "search-key-1234567890";
export const SEARCH_KEY = KEY;

interface Kind {
  path: string;
  method: "GET" | "POST";
  key(headers: Headers): string | null;
  query(asked: Json): unknown;
  known: readonly string[];
  answer(pages: readonly Page[]): unknown;
}

export const KINDS = {
  searxng: {
    path: "/search",
    method: "GET",
    key: () => KEY,
    query: (asked) => (asked["format"] === "json" ? asked["q"] : undefined),
    known: ["q", "format", "language"],
    answer: (pages) => ({ query: "", results: pages.map(({ url, title, text }) => ({ url, title, content: text })) }),
  },
  brave: {
    path: "/res/v1/web/search",
    method: "GET",
    key: (headers) => headers.get("x-subscription-token"),
    query: (asked) => asked["q"],
    known: ["q", "count", "country", "text_decorations"],
    answer: (pages) => ({
      type: "search",
      web: { results: pages.map(({ url, title, text }) => ({ url, title, description: text })) },
    }),
  },
  tavily: {
    path: "/search",
    method: "POST",
    key: (headers) => headers.get("authorization")?.replace("Bearer ", "") ?? null,
    query: (asked) => asked["query"],
    known: ["query", "max_results", "include_domains"],
    answer: (pages) => ({ results: pages.map(({ url, title, text }) => ({ url, title, content: text, score: 0.5 })) }),
  },
} as const satisfies Record<string, Kind>;
export type KindName = keyof typeof KINDS;

export class SearchServer implements AsyncDisposable {
  readonly requests: SearchRequest[] = [];
  readonly problems: string[] = [];
  private readonly kind: Kind;
  private readonly name: KindName;
  private readonly answers: Answer[];
  private readonly server: Bun.Server<undefined>;

  /** The last answer is given again and again. */
  constructor(name: KindName, ...answers: Answer[]) {
    this.name = name;
    this.kind = KINDS[name];
    this.answers = answers;
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      development: false,
      fetch: (request) => this.respond(request),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}${this.kind.path}`;
  }

  /** Lines of a config that name it. */
  config(...more: string[]): string {
    return ["[web_search]", `service = "${this.name}"`, `url = "${this.url}"`, ...more, ""].join("\n");
  }

  check(): void {
    if (this.problems.length > 0) throw new Error(`the search service found fault:\n${this.problems.join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(true);
  }

  private async respond(request: Request): Promise<Response> {
    const { kind } = this;
    const url = new URL(request.url);
    const asked = kind.method === "GET" ? Object.fromEntries(url.searchParams) : ((await request.json()) as Json);
    const query = kind.query(asked);
    const record: SearchRequest = { query: String(query), asked, headers: request.headers, aborted: false };
    request.signal.addEventListener("abort", () => (record.aborted = true));
    this.requests.push(record);
    const wrong = [
      ...(request.method === kind.method && url.pathname === kind.path ? [] : [`${request.method} ${url.pathname}`]),
      ...(kind.key(request.headers) === KEY ? [] : [`the key is ${String(kind.key(request.headers))}`]),
      ...(typeof query === "string" && query !== "" ? [] : ["there is no query"]),
      ...Object.keys(asked).flatMap((name) => (kind.known.includes(name) ? [] : [`${name} is not known`])),
    ];
    this.problems.push(...wrong);
    if (wrong.length > 0) return Response.json({ error: wrong.join("; ") }, { status: 422 });
    const answer = this.answers[Math.min(this.requests.length, this.answers.length) - 1] ?? [];
    if (answer === "hang") await new Promise(() => {});
    if (typeof answer === "number") return Response.json({ error: `no, ${KEY}` }, { status: answer });
    if (typeof answer === "string") return new Response(answer, { headers: { "content-type": "application/json" } });
    return Response.json(kind.answer(answer as readonly Page[]));
  }
}
