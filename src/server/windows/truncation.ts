/**
 * Notices an upstream that silently truncates prompts: it reports far fewer prompt tokens than the text must have. A
 * false alarm is worse than a late one, so a report counts only where nothing harmless explains it:
 *
 * - Prose has most characters a token, 4.8 with the escapes of JSON; code has about 4, listings 2, Chinese less still
 *   (see core/estimate). A guess that is too low, as with images, only hides a cut.
 * - Some upstreams may report only what was not cached. A prompt that is clearly longer than the window cannot have been
 *   read whole (1). Where the window is unknown (2), or believed to be long enough (3), only programs count that are known
 *   to report whole prompts.
 *
 * So Codex's first prompt (70 kB, 18,000 tokens) is noticed with a window of 8,192 or less, and a longer window when about
 * a third of the prompt is lost.
 */
import type { Calibration } from "../../core/estimate.ts";
import type { ProbeKind } from "../../core/provider.ts";
import { COUNTS_WHOLE_PROMPT, grouped, howToWiden } from "./warning.ts";

export interface PromptReport {
  provider: string;
  model: string;
  kind: ProbeKind;
  characters: number; // Length of the prompt's text (see `promptCharacters`).
  input_tokens: number; // Tokens of the whole prompt, as the upstream reported them.
  cached_tokens?: number;
  context_window?: number | undefined;
  trained_window?: number | undefined;
}

export type Truncation = { provider: string; model: string; warning: string };

const SHORTEST = 16_000; // A shorter prompt is no agent's, and its template may have too large a share.
/** The guess must be so much longer than the window, which was meant for the prompt and its reply. */
const CLEARLY = 1.1;
/** So many characters a token cannot be: in a prompt longer than the window (1), and otherwise (2, 3). */
const TOO_MANY_OVER_WINDOW = 6;
const TOO_MANY = 8;
const TOO_MANY_IN_WINDOW = 12;
const UNUSUAL = 1.4; // A model that usually has many characters a token must have so many times more.
/** For the guess whether a prompt fits; a model that was seen with fewer characters a token may read other text now. */
const USUAL_RATIO = 4;
const ROUNDING = 1.02; // Counts differ by the odd token of a template.
const MAX_MODELS = 256;

export class TruncationWatch {
  private readonly calibration: Calibration;
  private readonly standing = new Map<string, Truncation & { characters: number }>();

  constructor(calibration: Calibration) {
    this.calibration = calibration;
  }

  /** A warning, the first time that this model's prompts are truncated. It stands until one as long is read whole. */
  check(report: PromptReport): string | undefined {
    const { provider, model, characters, input_tokens } = report;
    if (input_tokens <= 0 || characters <= 0) return undefined;
    const key = `${provider}/${model}`;
    const problem = this.problemOf(report, this.calibration.ratio(key));
    const known = this.standing.get(key);
    if (problem === undefined) {
      if (known && characters >= known.characters) this.standing.delete(key);
      if (!mayBeCut(report)) this.calibration.learn(key, characters, input_tokens);
      return undefined;
    }
    if (known) return undefined;
    const warning = `${key} ${problem}: ${howToWiden(report.kind, report.trained_window)}`;
    this.standing.set(key, { provider, model, warning, characters });
    const [oldest = ""] = this.standing.keys();
    if (this.standing.size > MAX_MODELS) this.standing.delete(oldest);
    return warning;
  }

  /** The warning that stands for this model's responses. */
  warningOf(provider: string, model: string): string | undefined {
    return this.standing.get(`${provider}/${model}`)?.warning;
  }

  /** All that stand, for `/health`. */
  list(): Truncation[] {
    return [...this.standing.values()].map(({ provider, model, warning }) => ({ provider, model, warning }));
  }

  private problemOf(report: PromptReport, usual: number): string | undefined {
    const { characters, input_tokens, context_window, cached_tokens = 0, kind } = report;
    const window = context_window ?? Infinity;
    if (input_tokens > window * ROUNDING)
      return `reports ${grouped(input_tokens)} prompt tokens, more than the ${grouped(window)} that its window is known to have; either that is set wrong, or what does not fit is silently lost`;
    if (characters < SHORTEST) return undefined;
    const ratio = characters / input_tokens;
    const guess = characters / Math.max(usual, USUAL_RATIO);
    const longer = guess > window * CLEARLY;
    if (!COUNTS_WHOLE_PROMPT.includes(kind) && (cached_tokens > 0 || !longer)) return undefined;
    const too_many = context_window === undefined ? TOO_MANY : longer ? TOO_MANY_OVER_WINDOW : TOO_MANY_IN_WINDOW;
    if (ratio <= Math.max(too_many, usual * UNUSUAL)) return undefined;
    const lost = `has read only ${grouped(input_tokens)} tokens of a prompt of about ${grouped(Math.round(guess / 100) * 100)}, and the rest was silently truncated`;
    if (context_window === undefined) return lost;
    return `${lost} (its window is ${longer ? "" : "believed to be "}${grouped(window)})`;
  }
}

/** Nine tenths, since some of the window is kept for the reply. */
function mayBeCut({ characters, context_window }: PromptReport): boolean {
  return context_window !== undefined && characters / USUAL_RATIO > context_window * 0.9;
}
