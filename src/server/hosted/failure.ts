/** What went wrong with a service that hosted tools ask: of which kind, and in words for models and people. */
import { ShimError, type ErrorKind } from "../../core/errors.ts";
import { reasonOf } from "../upstreams/fetching.ts";

interface Failure {
  kind: ErrorKind;
  words: string;
}

const KINDS: { readonly [status: number]: ErrorKind } = {
  400: "invalid_request",
  401: "authentication",
  402: "quota",
  403: "permission",
  404: "not_found",
  405: "not_found",
  408: "upstream_timeout",
  410: "not_found",
  422: "invalid_request",
  429: "rate_limited",
  // Tavily's, for a plan and for what is paid beyond it.
  432: "quota",
  433: "quota",
  504: "upstream_timeout",
};

/** `said`: the service's own words; some say only there that it is the key (Brave by 422). */
export function kindOfStatus(status: number, said = ""): ErrorKind {
  const kind = KINDS[status] ?? (status >= 300 && status < 400 ? "upstream_misplaced" : "upstream_failed");
  return kind === "invalid_request" && /\b(?:token|api.?key)\b/i.test(said) ? "authentication" : kind;
}

const MOST_SAID = 160;

/** The words of an error's body, where it is JSON of a known shape; empty for all else, which may be a web page. */
export function saidIn(body: string): string {
  let read: unknown;
  try {
    read = JSON.parse(body);
  } catch {
    return "";
  }
  for (let depth = 0; depth < 3; depth++) {
    if (typeof read === "string") return read.replaceAll(/\s+/g, " ").trim().slice(0, MOST_SAID).toWellFormed();
    const { detail, message, error } = (read ?? {}) as Record<string, unknown>;
    read = detail ?? message ?? error;
  }
  return "";
}

/** Of the MCP SDK, whose own words name what it tried rather than what is wrong. */
export function mcpFailure(thrown: unknown): Failure {
  if (thrown instanceof ShimError) return { kind: thrown.kind, words: thrown.message };
  const status = statusOf(thrown);
  if (status !== undefined) return { kind: kindOfStatus(status), words: wordsOf(status, thrown) };
  const [outer, ...causes] = chain(thrown);
  if (codeOf(outer) === "REQUEST_TIMEOUT") return { kind: "upstream_timeout", words: "has not answered in time" };
  for (const each of causes) {
    const code = codeOf(each);
    if (code === "CLIENT_HTTP_UNEXPECTED_CONTENT")
      return { kind: "upstream_misplaced", words: "answers with something that is no MCP (a web page?)" };
    if (each instanceof ShimError) return { kind: each.kind, words: each.message };
    if (typeof code === "string" && !code.startsWith("CLIENT_") && !code.startsWith("ERA_"))
      return { kind: "upstream_unreachable", words: `cannot be reached: ${reasonOf(each)}` };
  }
  return { kind: "upstream_failed", words: reasonOf(thrown) };
}

/** The HTTP status with which a server refused; undefined where it was none. */
export function statusOf(thrown: unknown): number | undefined {
  const status = (thrown as { status?: unknown } | null)?.status;
  return typeof status === "number" ? status : undefined;
}

function wordsOf(status: number, thrown: unknown): string {
  const to = /Redirect to (\S+) not followed/.exec(thrown instanceof Error ? thrown.message : "")?.[1];
  if (to !== undefined) return `redirects to ${to.replace(/[?#].*$/s, "")}`;
  const { data } = thrown as { data?: { text?: unknown } };
  const said = typeof data?.text === "string" ? saidIn(data.text) : "";
  return `answers ${status}${said === "" ? "" : `: ${said}`}`;
}

function codeOf(thrown: unknown): unknown {
  return (thrown as { code?: unknown } | null)?.code;
}

const MOST_CAUSES = 5;

function chain(thrown: unknown): unknown[] {
  const all: unknown[] = [];
  for (let each = thrown; each && all.length < MOST_CAUSES; each = (each as { cause?: unknown }).cause) all.push(each);
  return all;
}
