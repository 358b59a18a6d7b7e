/** `truncation: "auto"`: a history that is longer than the model's window loses its oldest items before it is sent. */
import { ShimError } from "../../core/errors.ts";
import { shortened } from "../../core/shorten.ts";
import type { Ignored, Turn } from "../../core/turn.ts";
import { PROMPT_MARGIN } from "./answer-limit.ts";

/** Left for the answer where the client names no limit. */
const USUAL_ANSWER = 4096;
/** Never more than this of the window is left for it. */
const ANSWER_SHARE = 0.25;
/** Of a prompt that its host found too long so much goes at a time. */
const SHARE = 0.25;
/** A shorter prompt each time: more tries mean that something else is too long. */
const MOST_TRIES = 8;

export interface Room {
  /** In tokens; undefined where nobody knows it: then the host says what is too long. */
  context_window: number | undefined;
  max_output_tokens: number | undefined;
  /** Characters a token. */
  ratio: number;
}

/** In tokens, the most that a shortened history takes of a window which an answer of any length is asked of. */
export function longestRest(context_window = Infinity): number {
  return Math.floor((context_window * (1 - ANSWER_SHARE)) / PROMPT_MARGIN);
}

export class Shortening {
  private dropped = 0;
  private tries = 0;

  /** What was left out, for the client. */
  get told(): Ignored[] {
    if (this.dropped === 0) return [];
    const why =
      "the history is longer than the model's window, and `truncation` is `auto`: its oldest items were left out";
    return [{ field: "input", what: `${this.dropped} items`, why }];
  }

  /** The turn that fits, as far as is known; undefined where it does as it is, or cannot be made to. */
  fitting(turn: Turn, prompt_characters: number, room: Room): Turn | undefined {
    const { context_window, ratio } = room;
    if (context_window === undefined || this.tries >= MOST_TRIES) return undefined;
    const answer = Math.min(room.max_output_tokens ?? USUAL_ANSWER, Math.floor(context_window * ANSWER_SHARE));
    const excess = prompt_characters - (context_window - answer) * ratio;
    return excess > 0 ? this.without(turn, excess) : undefined;
  }

  /** A shorter turn than one that was refused for its length. */
  shorter(turn: Turn, prompt_characters: number, thrown: unknown): Turn | undefined {
    if (!(thrown instanceof ShimError) || thrown.kind !== "context_overflow" || this.tries >= MOST_TRIES)
      return undefined;
    return this.without(turn, prompt_characters * SHARE);
  }

  private without(turn: Turn, excess: number): Turn | undefined {
    this.tries++;
    const rest = shortened(turn.items, excess);
    if (!rest) return undefined;
    this.dropped += rest.dropped;
    return { ...turn, items: rest.items };
  }
}
