/** `juscode-shim last`: why recent turns failed. */
import { printableJson, printableLines } from "../core/printable.ts";
import { readTurns, type LoggedTurn } from "../server/telemetry/turns.ts";
import type { LastOptions } from "./options.ts";
import { fromFile } from "./usage-error.ts";

export function last({ count, all, json }: LastOptions, file: string): string {
  const known = fromFile(file, readTurns);
  const turns = known.filter(({ failed }) => all || failed).slice(-count);
  if (json) return `${printableJson(turns, 2)}\n`;
  if (known.length === 0) return `No turns are recorded yet (${file}).\n`;
  if (turns.length === 0)
    return `None of the last ${known.length} turns failed. To see them: juscode-shim last --all\n`;
  return `${turns.map(shown).join("\n\n")}\n`;
}

function shown(turn: LoggedTurn): string {
  const { at, path, client, key, model, provider, served, outcome, duration_ms, first_ms, ignored, notes } = turn;
  const who = key === undefined ? client : `${client} (${key})`;
  const to = served === model || served === "?" ? provider : `${provider}/${served}`;
  const times = first_ms === undefined ? "nothing was sent" : `first output after ${first_ms} ms`;
  const tokens = turn.input_tokens === undefined ? "" : `, ${turn.input_tokens} tokens in, ${turn.output_tokens} out`;
  const advice = turn.failed && turn.error_kind !== undefined ? ADVICE.get(turn.error_kind) : undefined;
  return printableLines([
    `${at.slice(0, 19).replace("T", " ")}  ${path}  ${who}  ${model} → ${to}${turn.failed ? "  FAILED" : ""}`,
    `  ${outcome}`,
    `  after ${duration_ms} ms, ${times}${tokens}`,
    ...(ignored.length === 0 ? [] : [`  ignored fields: ${ignored.join(", ")}`]),
    ...(notes.length === 0 ? [] : [`  notes: ${notes.join(", ")}`]),
    ...(advice === undefined ? [] : [`  ${advice}`]),
    `  id ${turn.request_id}${turn.client_id === undefined ? "" : ` (${turn.client_id})`}`,
  ]);
}

/** What to do about an error, where its own words do not say so. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["authentication", "the upstream refused the key: `juscode-shim check` shows where it comes from"],
  ["context_overflow", "the thread exceeds the context window: compact it, or use a model with a larger one"],
  ["upstream_unreachable", "the upstream cannot be reached: is it running, and is its address right?"],
  ["upstream_timeout", "the upstream was silent for too long: see `idle_ms` of [server]"],
  ["rate_limited", "rate limit of the upstream or of the client key reached"],
  ["quota", "the account at the provider is used up"],
  ["internal", "a bug in juscode-shim: please report it, with a recording (`--record DIR`)"],
]);
