/** The log: one line a request. Never a prompt, a reply or a key. */
import type { ErrorKind } from "../core/errors.ts";
import type { NoteKind } from "../core/notes.ts";
import { printable, printableJson } from "../core/printable.ts";
import type { Usage } from "../core/reply.ts";
import type { Ignored } from "../core/turn.ts";

export interface RequestLine {
  request_id: string;
  /** The client's own id of the request, if it sent one that may be logged. */
  client_id?: string | undefined;
  /** Name of the client's key. */
  key?: string | undefined;
  /** The requested route, if the model's name was one. */
  route: string | undefined;
  /** What it cost; null where the price is unknown. */
  usd: number | null;
  path: string;
  model: string;
  provider: string;
  /** The model by its provider's name. */
  served: string;
  client: string;
  /** The effort that was sent to the upstream; undefined where it is unknown. */
  effort: string | null | undefined;
  asked_effort: string | undefined;
  outcome: string;
  /** What ended it, if an error did. */
  error_kind?: ErrorKind | undefined;
  duration_ms: number;
  first_ms: number | undefined;
  usage: Usage | null;
  ignored: readonly Ignored[];
  notes: readonly string[];
  counts?: RequestCounts;
}

/** What happened on the way, as numbers. */
interface RequestCounts {
  notes: Readonly<Partial<Record<NoteKind, number>>>;
  /** The request was passed through. */
  forwarded: boolean;
  retries: number;
  heartbeats: number;
  /** Tool calls that were sent to the client, by kind of tool. */
  calls: Readonly<Record<string, number>>;
  /** Results of tool calls that the request brought. */
  results: number;
  /** How much of the thread's last prompt stood at the head of this one, from 0 to 1. */
  prefix_kept?: number | undefined;
}

/** A request that never got as far as a model. */
export interface RefusedLine {
  request_id: string;
  client_id?: string | undefined;
  method: string;
  path: string;
  status: number;
  kind: ErrorKind;
  message: string;
  /** Where it came from, of those who were kept out. */
  address?: string;
  /** So many others of that address have no line of their own. */
  more?: number;
}

export interface Log {
  request(line: RequestLine): void;
  /** Something that the user should set right; logged once. */
  warning(text: string): void;
  /** Something that went as it should, and that somebody may wait for. */
  info(text: string): void;
  /** One that was refused before it got to a model. */
  refused?(line: RefusedLine): void;
}

export const SILENT: Log = { request: () => {}, warning: () => {}, info: () => {} };

/** Writes to each of them. */
export function allLogs(...logs: readonly Log[]): Log {
  return {
    request: (line) => logs.forEach((log) => log.request(line)),
    warning: (text) => logs.forEach((log) => log.warning(text)),
    info: (text) => logs.forEach((log) => log.info(text)),
    refused: (line) => logs.forEach((log) => log.refused?.(line)),
  };
}

export const LOG_LEVELS = ["info", "warn", "error", "quiet"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** `warn` lets warnings and requests that failed through, `error` only the latter. */
export function atLevel(level: LogLevel, log: Log): Log {
  if (level === "quiet") return SILENT;
  if (level === "info") return log;
  return {
    request: (line) => void (hasFailed(line) && log.request(line)),
    warning: (text) => void (level === "warn" && log.warning(text)),
    info: () => {},
    refused: (line) => log.refused?.(line),
  };
}

/** A client that went away has not failed. */
export function hasFailed({ error_kind, outcome }: RequestLine): boolean {
  if (error_kind !== undefined) return error_kind !== "aborted";
  return !["stop", "tool_calls", "completed"].includes(outcome) && !outcome.startsWith("aborted");
}

export function textLog(write: (line: string) => void, clock: () => Date): Log {
  const stamp = (): string => clock().toISOString().slice(11, 19);
  return {
    warning: (text) => write(oneLine(`${stamp()} warning: ${text}`)),
    info: (text) => write(oneLine(`${stamp()} ${text}`)),
    refused: ({ method, path, status, kind, message, address, more = 0 }) => {
      const others = more > 0 ? ` and ${more} more like it` : "";
      const from = address === undefined ? "" : ` (from ${address}${others})`;
      write(oneLine(`${stamp()} ${method} ${path} refused with ${status}: ${kind}: ${message}${from}`));
    },
    request(line) {
      const { client, key, first_ms, usage, usd, ignored, notes } = line;
      const who = key === undefined ? client : `${client} (${key})`;
      const parts = [
        `${stamp()} ${line.path} ${who} ${line.model} → ${servedBy(line)}: ${line.outcome}`,
        `${line.duration_ms.toFixed(0)} ms`,
        first_ms !== undefined && `first ${first_ms.toFixed(0)} ms`,
        usage && `${usage.input_tokens} in (${usage.cached_tokens} cached), ${usage.output_tokens} out`,
        effortOf(line),
        usd !== null && usd !== 0 && `$${usd.toFixed(6)}`,
        ignored.length > 0 && `ignored: ${ignored.map(({ field, what }) => `${field} ${what}`).join(", ")}`,
        notes.length > 0 && `notes: ${notes.join(", ")}`,
        hasFailed(line) && `id ${line.client_id ?? line.request_id}`,
      ];
      write(oneLine(parts.filter((part) => typeof part === "string").join(" | ")));
    },
  };
}

/** One JSON object a line, for programs. */
export function jsonLog(write: (line: string) => void, clock: () => Date): Log {
  const event = (level: string, event: string, fields: object): void =>
    write(printableJson({ time: clock().toISOString(), level, event, ...fields }, undefined, shortened));
  return {
    warning: (message) => event("warn", "warning", { message }),
    info: (message) => event("info", "note", { message }),
    refused: (line) => event("error", "refused", line),
    request(request) {
      const { ignored, effort = null, asked_effort = null, route = null, ...line } = request;
      event(hasFailed(request) ? "error" : "info", "request", {
        ...line,
        duration_ms: Math.round(line.duration_ms),
        ...(line.first_ms !== undefined && { first_ms: Math.round(line.first_ms) }),
        route,
        effort,
        asked_effort,
        ignored: ignored.map(({ field, what, why }) => ({ field, what, why })),
      });
    },
  };
}

function shortened(_: string, value: unknown): unknown {
  return typeof value === "string" ? value.slice(0, MAX_LINE) : value;
}

function effortOf({ effort, asked_effort }: RequestLine): string | undefined {
  if (asked_effort === undefined && typeof effort !== "string") return undefined;
  const used = effort ?? "none asked for";
  return asked_effort === undefined || asked_effort === effort
    ? `effort ${used}`
    : `effort ${used} for ${asked_effort}`;
}

/** The model is repeated only where its provider knows it by another name. */
function servedBy({ provider, served, model }: RequestLine): string {
  return served === model || served === "?" ? provider : `${provider}/${served}`;
}

const MAX_LINE = 2000;

/** Names and errors come from outside: none may forge a line or steer a terminal. */
export function oneLine(text: string): string {
  return printable(text.slice(0, MAX_LINE));
}
