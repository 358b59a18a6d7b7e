/** A decision as JSON and as a table for people. It holds no prompt, only counts. */
import { printableLines } from "../core/printable.ts";
import type { Candidate } from "./candidate.ts";
import type { TurnFacts } from "./facts.ts";
import type { Decision, Verdict } from "./plan.ts";
import { troubleWords } from "./trouble.ts";
import { seconds, usd } from "./words.ts";

/** The JSON form. */
export function explain<C extends Candidate>(decision: Decision<C>) {
  const { route, facts, tries, verdicts, reason, refusal } = decision;
  const names = tries.map(({ provider, model }) => `${provider}/${model}`);
  return {
    route: route.name,
    prefer: route.prefer,
    /** Null when none is capable. */
    chosen: names[0] ?? null,
    reason,
    ...(refusal && { refusal }),
    tries: names,
    needs: facts,
    candidates: verdicts,
  };
}

/** Headers are kept to this length, and to ASCII. */
const MAX_HEADER = 300;

export const headerText = (reason: string): string => reason.slice(0, MAX_HEADER).replaceAll(/[^\u0020-\u007e]/g, "?");

export function explainText(decision: Decision): string {
  const { route, facts, reason, refusal } = decision;
  const { chosen, candidates } = explain(decision);
  const lines = [
    `route ${route.name} (${route.prefer}) → ${chosen ?? "none"}`,
    `because: ${refusal?.message ?? reason}`,
    `requested: ${neededWords(facts)}`,
    ...(facts.trouble.count > 0 ? [`trouble: ${troubleWords(facts.trouble)}`] : []),
    ...(facts.left_out.length > 0 ? [`ignored fields if translated: ${facts.left_out.join(", ")}`] : []),
  ];
  const ordered = candidates.toSorted((a, b) => (a.place ?? Infinity) - (b.place ?? Infinity) || 0);
  for (const verdict of ordered) lines.push("", ...verdictLines(verdict));
  return `${printableLines(lines)}\n`;
}

function neededWords(facts: TurnFacts): string {
  const { prompt_characters, shortens, images, files, effort, max_output_tokens } = facts;
  const needs = [
    `${prompt_characters} characters${shortens ? " of a history that may be shortened" : ""}`,
    facts.forced_tool ? "a tool call" : facts.tools ? "tools" : "",
    images > 0 ? `${images} ${images === 1 ? "image" : "images"}` : "",
    files > 0 ? `${files} ${files === 1 ? "file" : "files"}` : "",
    facts.json_schema ? "a JSON schema" : "",
    effort === undefined ? "" : `effort ${effort}`,
    max_output_tokens === undefined ? "" : `at most ${max_output_tokens} reply tokens`,
    facts.helper ? "a helper request" : "",
  ];
  return needs.filter((need) => need !== "").join(", ");
}

function verdictLines({ provider, model, local, conditions, health, estimate, place, reason }: Verdict): string[] {
  const marks = conditions.map(({ ok, unknown, why }) => `     ${ok ? (unknown ? "?" : "+") : "-"} ${why}`);
  return [
    `${place === null ? "  -" : String(place).padStart(3)}  ${provider}/${model}${local ? " (local)" : ""}: ${reason}`,
    ...marks,
    ...(health.state === "closed" ? [] : [`     health: ${[health.state, health.kind].join(" ").trim()}`]),
    `     ${estimateWords(estimate)}`,
  ];
}

function estimateWords(estimate: Verdict["estimate"]): string {
  const { prompt_tokens, cached_tokens, output_tokens, cost_usd, first_ms } = estimate;
  const cost = cost_usd === null ? "price unknown" : usd(cost_usd);
  const time = first_ms === null ? "speed not measured" : `first token in ${seconds(first_ms)}`;
  return `${prompt_tokens} tokens in (${cached_tokens} cached), about ${output_tokens} out: ${cost}, ${time}`;
}
