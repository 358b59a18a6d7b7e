/** How long a prompt may really be, and whether one that is too long is refused or silently cut. */
import type { ProbeKind } from "../../core/provider.ts";
import { howToWiden } from "../windows/warning.ts";
import type { ModelInfo } from "../upstreams/model-list.ts";
import { failed } from "./failures.ts";
import { judged, ok, type Judged } from "./finding.ts";
import type { Probe } from "./probe-answers.ts";
import { PASSWORD, remembering } from "./requests.ts";

/** An agent's first prompt (Codex 0.169). */
const AGENTS_CHARACTERS = 70_000;
const CHARACTERS_A_TOKEN = 4;
/** So much longer than a small window that it cannot fit. */
const CLEARLY = 1.5;
/** Numbers and short words: the text of this prompt has rather more tokens than others of its length. */
const MOST_CHARACTERS_A_TOKEN = 6;

interface WindowOptions {
  info: ModelInfo;
  kind: ProbeKind;
}

/** What the prompt is about, so that it is known before it is sent what it costs. */
export function promptCharactersFor({ context_window }: ModelInfo): number {
  if (context_window === undefined) return AGENTS_CHARACTERS;
  return Math.min(AGENTS_CHARACTERS, Math.ceil(context_window * CHARACTERS_A_TOKEN * CLEARLY));
}

export function probeWindow({ info, kind }: WindowOptions): Probe {
  const characters = promptCharactersFor(info);
  const { context_window } = info;
  return async (patient, draft): Promise<Judged[]> => {
    const { failure, text, usage } = await patient.ask(remembering(characters));
    const about = Math.round(characters / CHARACTERS_A_TOKEN / 100) * 100;
    if (failure?.kind === "context_overflow") return [refused(about, info, kind)];
    if (failure) return [{ ...failed("long prompt", failure), verdict: "warning" }];
    const read = usage?.input_tokens ?? 0;
    if (read === 0) return [judged("long prompt", "note", "taken; how much of it was read is not told")];
    draft.longest_prompt = read;
    const whole = characters / read <= MOST_CHARACTERS_A_TOKEN;
    const recalled = text.toLowerCase().includes(PASSWORD);
    // Counts may leave out what was cached; a model that tells the first line has read it.
    if (whole || recalled) return [ok("long prompt", readWhole(read, recalled))];
    draft.cut_at = read;
    const known = context_window === undefined ? "" : ` (its window is believed to be ${context_window})`;
    return [
      judged(
        "long prompt",
        "problem",
        `of about ${about} tokens only ${read} were read, and nothing is told${known}`,
        "the agent's instructions or the oldest messages are lost without a word",
        howToWiden(kind, info.trained_window),
      ),
    ];
  };
}

function readWhole(read: number, recalled: boolean): string {
  return `${read} tokens read${recalled ? ", the first line too" : "; the model does not tell the first line, perhaps out of weakness"}`;
}

function refused(about: number, { context_window, trained_window }: ModelInfo, kind: ProbeKind): Judged {
  const expected = context_window !== undefined && about > context_window;
  if (expected)
    return ok("long prompt", `too long for the window of ${context_window}, and refused with a clear error`);
  return judged(
    "long prompt",
    "problem",
    `one of about ${about} tokens is too long${context_window === undefined ? "" : `, although the window is believed to be ${context_window}`}`,
    "an agent's own prompt takes up to 18,000",
    howToWiden(kind, trained_window),
  );
}
