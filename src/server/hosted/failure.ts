/** Why a service of hosted tools failed: the kind of error, and words for models and people. */
import { ShimError, type ErrorKind } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import { reasonOf } from "../upstreams/fetching.ts";

type Failure = { kind: ErrorKind; words: string };

const KINDS: readonly (readonly [kind: ErrorKind, ...statuses: number[]])[] = [
  ["invalid_request", 400, 422],
  ["authentication", 401],
  ["quota", 402, 432, 433], // The last two are Tavily's, for a plan and for what is paid beyond it.
  ["permission", 403],
  ["not_found", 404, 405, 410],
  ["upstream_timeout", 408, 504],
  ["rate_limited", 429],
];

/** `said`: the service's own words; some say only there that it is the key (Brave by 422). */
export function kindOfStatus(status: number, said = ""): ErrorKind {
  const [known] = KINDS.find(([, ...statuses]) => statuses.includes(status)) ?? [];
  const kind = known ?? (status >= 300 && status < 400 ? "upstream_misplaced" : "upstream_failed");
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
    read = fieldOf(read, "detail") ?? fieldOf(read, "message") ?? fieldOf(read, "error");
  }
  return "";
}

/** The failure of a request by the MCP SDK, whose own words name what it tried rather than what is wrong. */
export function mcpFailure(thrown: unknown): Failure {
  if (thrown instanceof ShimError) return { kind: thrown.kind, words: thrown.message };
  const status = statusOf(thrown);
  if (status !== undefined) return { kind: kindOfStatus(status), words: wordsOf(status, thrown) };
  if (fieldOf(thrown, "code") === "REQUEST_TIMEOUT")
    return { kind: "upstream_timeout", words: "has not answered in time" };
  for (const cause of causesOf(thrown)) {
    const code = fieldOf(cause, "code");
    if (code === "CLIENT_HTTP_UNEXPECTED_CONTENT")
      return { kind: "upstream_misplaced", words: "answers with something that is no MCP (a web page?)" };
    if (cause instanceof ShimError) return { kind: cause.kind, words: cause.message };
    if (typeof code === "string" && !code.startsWith("CLIENT_") && !code.startsWith("ERA_"))
      return { kind: "upstream_unreachable", words: `cannot be reached: ${reasonOf(cause)}` };
  }
  return { kind: "upstream_failed", words: reasonOf(thrown) };
}

/** The HTTP status with which a server refused; undefined where it was none. */
export function statusOf(thrown: unknown): number | undefined {
  const status = fieldOf(thrown, "status");
  return typeof status === "number" ? status : undefined;
}

/** A field of whatever was thrown or read. */
export const fieldOf = (value: unknown, name: string): unknown => (isJsonObject(value) ? value[name] : undefined);

function wordsOf(status: number, thrown: unknown): string {
  const to = /Redirect to (\S+) not followed/.exec(thrown instanceof Error ? thrown.message : "")?.[1];
  if (to !== undefined) return `redirects to ${to.replace(/[?#].*$/s, "")}`;
  const text = fieldOf(fieldOf(thrown, "data"), "text");
  const said = typeof text === "string" ? saidIn(text) : "";
  return `answers ${status}${said === "" ? "" : `: ${said}`}`;
}

const MOST_CAUSES = 4;

function causesOf(thrown: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = fieldOf(thrown, "cause"); cause && causes.length < MOST_CAUSES; cause = fieldOf(cause, "cause"))
    causes.push(cause);
  return causes;
}
