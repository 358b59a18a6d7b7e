/** Probes how long a prompt may really be, and whether a longer one is refused or silently truncated. */
import type { ProbeKind } from "../../core/provider.ts";
import type { ModelInfo } from "../upstreams/model-list.ts";
import { howToWiden } from "../windows/warning.ts";
import { failed } from "./failures.ts";
import { about, type Judged } from "./finding.ts";
import type { Probe } from "./probe-answers.ts";
import { PASSWORD, remembering } from "./requests.ts";

const report = about("long prompt");

const AGENTS_CHARACTERS = 70_000; // An agent's first prompt (Codex 0.169).
const CHARACTERS_A_TOKEN = 4;
const CLEARLY = 1.5; // A prompt that is so much longer than a small window cannot fit.
/** The prompt has numbers and short words, so that it has rather more tokens than others of its length. */
const MOST_CHARACTERS_A_TOKEN = 6;

/** The prompt's length, so that its cost is known before it is sent. */
export function promptCharactersFor({ context_window }: ModelInfo): number {
  if (context_window === undefined) return AGENTS_CHARACTERS;
  return Math.min(AGENTS_CHARACTERS, Math.ceil(context_window * CHARACTERS_A_TOKEN * CLEARLY));
}

export function probeWindow(info: ModelInfo, kind: ProbeKind): Probe {
  const characters = promptCharactersFor(info);
  const { context_window, trained_window } = info;
  return async (client, profile) => {
    const { failure, text, usage } = await client.ask(remembering(characters));
    const about = Math.round(characters / CHARACTERS_A_TOKEN / 100) * 100;
    if (failure?.kind === "context_overflow") return refused(about, info, kind);
    if (failure) return { ...failed("long prompt", failure), verdict: "warning" };
    const read = usage?.input_tokens ?? 0;
    if (read === 0) return report.note("taken; how much of it was read is not reported");
    profile.longest_prompt = read;
    const recalled = text.toLowerCase().includes(PASSWORD);
    const weak = "; the model does not repeat the first line, perhaps out of weakness";
    // Counts may leave out what was cached; a model that knows the first line has read it.
    if (recalled || characters / read <= MOST_CHARACTERS_A_TOKEN)
      return report.ok(`${read} tokens read${recalled ? ", the first line too" : weak}`);
    profile.cut_at = read;
    const known = context_window === undefined ? "" : ` (its window is believed to be ${context_window})`;
    const found = `of about ${about} tokens only ${read} were read, and no error was returned${known}`;
    const fix = howToWiden(kind, trained_window);
    return report.problem(found, "the agent's instructions or the oldest messages are silently lost", fix);
  };
}

function refused(about: number, { context_window, trained_window }: ModelInfo, kind: ProbeKind): Judged {
  if (context_window !== undefined && about > context_window)
    return report.ok(`too long for the window of ${context_window}, and refused with a clear error`);
  const believed = context_window === undefined ? "" : `, although the window is believed to be ${context_window}`;
  const why = "an agent's own prompt takes up to 18,000";
  const fix = howToWiden(kind, trained_window);
  return report.problem(`one of about ${about} tokens is too long${believed}`, why, fix);
}
