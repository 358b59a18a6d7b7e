/** `truncation: "auto"`: a history that is longer than the model's window loses its oldest items before it is sent. */
import { ShimError } from "../../core/errors.ts";
import { shortened } from "../../core/shorten.ts";
import type { Ignored, Turn } from "../../core/turn.ts";

/** The estimate of a prompt may be too low by so much. */
export const PROMPT_MARGIN = 1.1;
/** Left for the output where the client names no limit. */
const USUAL_OUTPUT = 4096;
/** Never more than this of the window is left for it. */
const OUTPUT_SHARE = 0.25;
/** Of a prompt that its upstream found too long so much is left out at a time. */
const SHARE = 0.25;
/** The prompt gets shorter each time: more attempts mean that something else is too long. */
const MOST_TRIES = 8;

/** In tokens, the most that a shortened history takes of a window, whatever output is requested. */
export function longestRest(context_window = Infinity): number {
  return Math.floor((context_window * (1 - OUTPUT_SHARE)) / PROMPT_MARGIN);
}

export class Shortening {
  private dropped = 0;
  private tries = 0;

  /** What was left out, for the client. */
  get ignored(): Ignored[] {
    if (this.dropped === 0) return [];
    const why =
      "the history is longer than the model's window, and `truncation` is `auto`: its oldest items were left out";
    return [{ field: "input", what: `${this.dropped} items`, why }];
  }

  /**
   * The turn that fits, as far as is known; undefined where it fits unchanged, or cannot be made to. Without a known window
   * (in tokens) the upstream says what is too long. `ratio` counts characters a token.
   */
  fitting(turn: Turn, prompt_characters: number, context_window: number | undefined, ratio: number): Turn | undefined {
    if (context_window === undefined) return undefined;
    const { max_output_tokens = USUAL_OUTPUT } = turn.settings;
    const output = Math.min(max_output_tokens, Math.floor(context_window * OUTPUT_SHARE));
    const excess = prompt_characters - (context_window - output) * ratio;
    return excess > 0 ? this.without(turn, excess) : undefined;
  }

  /** A shorter turn than one that was refused for its length. */
  shorter(turn: Turn, prompt_characters: number, error: ShimError): Turn | undefined {
    return error.kind === "context_overflow" ? this.without(turn, prompt_characters * SHARE) : undefined;
  }

  private without(turn: Turn, excess: number): Turn | undefined {
    if (this.tries >= MOST_TRIES) return undefined;
    this.tries++;
    const rest = shortened(turn.items, excess);
    if (!rest) return undefined;
    this.dropped += rest.dropped;
    return { ...turn, items: rest.items };
  }
}
