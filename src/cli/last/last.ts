/** `juscode-shim last`: why the last turns failed. */
import { whyUnreadable } from "../../config/regular-file.ts";
import { printableJson, printableLines } from "../../core/printable.ts";
import { readTurns, type Turn } from "../../server/telemetry/turns.ts";
import type { LastOptions } from "./options.ts";
import { UsageError } from "../usage-error.ts";

export function last({ count, all, json }: LastOptions, file: string): string {
  const known = turnsOf(file);
  const turns = known.filter(({ failed }) => all || failed).slice(-count);
  if (json) return `${printableJson(turns, 2)}\n`;
  if (known.length === 0) return `No turn is known of yet (${file}).\n`;
  if (turns.length === 0)
    return `None of the last ${known.length} turns has failed. To see them: juscode-shim last --all\n`;
  return `${turns.map(shown).join("\n\n")}\n`;
}

function turnsOf(file: string): Turn[] {
  try {
    return readTurns(file);
  } catch (error) {
    throw new UsageError(`${file} ${whyUnreadable(error)}`);
  }
}

function shown(turn: Turn): string {
  const { at, path, client, key, model, provider, served, outcome, duration_ms, first_ms, ignored, notes } = turn;
  const who = key === undefined ? client : `${client} (${key})`;
  const to = served === model || served === "?" ? provider : `${provider}/${served}`;
  const times = first_ms === undefined ? "nothing came" : `the first words after ${first_ms} ms`;
  const tokens = turn.input_tokens === undefined ? "" : `, ${turn.input_tokens} tokens in, ${turn.output_tokens} out`;
  return printableLines([
    `${at.slice(0, 19).replace("T", " ")}  ${path}  ${who}  ${model} → ${to}${turn.failed ? "  FAILED" : ""}`,
    `  ${outcome}`,
    `  after ${duration_ms} ms, ${times}${tokens}`,
    ...(ignored.length === 0 ? [] : [`  could not be carried over: ${ignored.join(", ")}`]),
    ...(notes.length === 0 ? [] : [`  on the way: ${notes.join(", ")}`]),
    ...(turn.failed ? adviceFor(turn.error_kind) : []),
    `  id ${turn.request_id}${turn.client_id === undefined ? "" : ` (${turn.client_id})`}`,
  ]);
}

/** What to do about it, where that is not in the words of the error itself. */
const ADVICE: Record<string, string> = {
  authentication: "the host refuses the key: see `juscode-shim check` for where it comes from",
  context_overflow: "the thread is longer than the model's window: compact it, or ask a model with a larger one",
  upstream_unreachable: "the host does not answer: is it running, and is its address right?",
  upstream_timeout: "the host was silent for too long: see `idle_ms` of [server]",
  rate_limited: "too many requests for the host or for the key",
  quota: "the account at the host is used up",
  internal: "a fault of juscode-shim: please tell us, with a recording (`--record DIR`)",
};

function adviceFor(kind: string | undefined): string[] {
  const advice = kind === undefined || !Object.hasOwn(ADVICE, kind) ? undefined : ADVICE[kind];
  return advice === undefined ? [] : [`  ${advice}`];
}
