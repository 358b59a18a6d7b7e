/** What the running shim tells: one line a request, for people. Never a prompt, an answer or a key. */
import type { Usage } from "../core/reply.ts";
import type { Ignored } from "../core/turn.ts";

export interface RequestLine {
  request_id: string;
  /** The route that was asked for, if the model's name was one. */
  route: string | undefined;
  /** What it cost; null where nobody knows the price. */
  usd: number | null;
  path: string;
  model: string;
  provider: string;
  /** The model by its host's name. */
  served: string;
  client: string;
  /** What was asked of the upstream; undefined where nobody knows. */
  effort: string | null | undefined;
  asked_effort: string | undefined;
  outcome: string;
  duration_ms: number;
  first_ms: number | undefined;
  usage: Usage | null;
  ignored: readonly Ignored[];
  notes: readonly string[];
}

export interface Log {
  request(line: RequestLine): void;
  /** Something that the user should set right; told once. */
  warning(text: string): void;
  /** Something that has happened, and is well. */
  info(text: string): void;
}

export const SILENT: Log = { request: () => {}, warning: () => {}, info: () => {} };

export function textLog(write: (line: string) => void, clock: () => Date): Log {
  const stamp = (): string => clock().toISOString().slice(11, 19);
  return {
    info: (text) => write(oneLine(`${stamp()} ${text}`)),
    warning: (text) => write(oneLine(`${stamp()} warning: ${text}`)),
    request(line) {
      const parts = [
        `${stamp()} ${line.path} ${line.client} ${line.model} → ${servedBy(line)}: ${line.outcome}`,
        `${line.duration_ms.toFixed(0)} ms`,
        ...(line.first_ms === undefined ? [] : [`first ${line.first_ms.toFixed(0)} ms`]),
        ...(line.usage
          ? [`${line.usage.input_tokens} in (${line.usage.cached_tokens} cached), ${line.usage.output_tokens} out`]
          : []),
        ...effortOf(line),
        ...(line.usd === null || line.usd === 0 ? [] : [`$${line.usd.toFixed(6)}`]),
        ...(line.ignored.length === 0
          ? []
          : [`ignored: ${line.ignored.map(({ field, what }) => `${field} ${what}`).join(", ")}`]),
        ...(line.notes.length === 0 ? [] : [`notes: ${line.notes.join(", ")}`]),
      ];
      write(oneLine(parts.join(" | ")));
    },
  };
}

function effortOf({ effort, asked_effort }: RequestLine): string[] {
  if (asked_effort === undefined && typeof effort !== "string") return [];
  const used = effort ?? "none asked for";
  return [
    asked_effort === undefined || asked_effort === effort ? `effort ${used}` : `effort ${used} for ${asked_effort}`,
  ];
}

/** The model is told again only where its host knows it by another name. */
function servedBy({ provider, served, model }: RequestLine): string {
  return served === model || served === "?" ? provider : `${provider}/${served}`;
}

const MAX_LINE = 2000;

/** Names and errors come from outside: none may forge a line or steer a terminal. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.slice(0, MAX_LINE).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}
