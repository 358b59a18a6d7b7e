/** Makes of a lifted request the question that one candidate is asked. Pure, but for the count of what was left out. */
import type { TakeNote } from "../../core/notes.ts";
import type { Ignored, Turn } from "../../core/turn.ts";
import type { Surroundings, UpstreamWire } from "../../wires/wire.ts";
import type { Chosen } from "../upstreams/catalog.ts";
import { promptCharacters } from "../../core/estimate.ts";
import { changedTurn } from "./light-turn.ts";
import { payloadOf } from "./payload.ts";
import { fittingLimit } from "./answer-limit.ts";
import type { Question } from "./asker.ts";
import { longestRest, Shortening } from "./shortening.ts";

export interface PrepareOptions {
  chosen: Chosen;
  upstream: UpstreamWire;
  lifted: Turn;
  /** The conversation's own name, where the client gives one. */
  thread: string | undefined;
  /** The history may lose its oldest items. */
  shortens: boolean;
  /** The prompt's length by estimate. */
  prompt_tokens: number;
  /** Characters a token. */
  ratio: number;
  around: Surroundings;
}

/** With the text of its question, which nobody needs once it has been sent. */
export interface Ready {
  readonly prepared: Prepared;
  readonly text: string;
}

/** What one candidate is asked. */
export interface Prepared {
  readonly question: Question;
  /** Characters of the prompt, without images. */
  readonly prompt_characters: number;
  /** The turn that the question says: its history may be shorter than the client's. */
  readonly turn: Turn;
}

export class Preparation {
  private readonly options: PrepareOptions;
  private readonly shortening = new Shortening();
  private readonly limit: ReturnType<typeof fittingLimit>;

  constructor(options: PrepareOptions) {
    this.options = options;
    const { chosen, lifted, shortens, prompt_tokens } = options;
    const rest = shortens ? Math.min(prompt_tokens, longestRest(chosen.info.context_window)) : prompt_tokens;
    this.limit = fittingLimit(lifted.settings.max_output_tokens, rest, chosen);
  }

  /** The whole request, or as much of its history as fits by what is known of the window. */
  prepare(): Ready {
    const { chosen, lifted, shortens, around } = this.options;
    const settings = this.limit
      ? { ...lifted.settings, max_output_tokens: this.limit.max_output_tokens }
      : lifted.settings;
    const whole = this.lower(changedTurn(lifted, { model: chosen.model, settings }), around.note);
    return shortens ? this.fitting(whole) : whole;
  }

  /** After an error that says that the prompt is too long; undefined where nothing more can be left out. */
  shorter({ turn, prompt_characters }: Prepared, thrown: unknown): Prepared | undefined {
    return this.without(turn, this.shortening.shorter(turn, prompt_characters, thrown))?.prepared;
  }

  private fitting(ready: Ready): Ready {
    const { chosen, ratio } = this.options;
    const { turn, prompt_characters } = ready.prepared;
    const room = {
      context_window: chosen.info.context_window,
      max_output_tokens: turn.settings.max_output_tokens,
      ratio,
    };
    const shorter = this.without(turn, this.shortening.fitting(turn, prompt_characters, room));
    return shorter ? this.fitting(shorter) : ready;
  }

  private without(before: Turn, turn: Turn | undefined): Ready | undefined {
    if (!turn) return undefined;
    this.options.around.note("history_shortened", `${before.items.length - turn.items.length} items`);
    // What lowering the history notes was noted when it was lowered first.
    return this.lower(turn, () => {});
  }

  private lower(turn: Turn, note: TakeNote): Ready {
    const { chosen, upstream, around, thread } = this.options;
    const lowered = upstream.lower(turn, chosen.dialect, { ...around, note }, thread);
    const clamped: Ignored[] = this.limit ? [this.limit.ignored] : [];
    const question: Question = {
      chosen,
      upstream,
      path: upstream.path,
      headers: lowered.headers,
      forwarded: false,
      payload: payloadOf(lowered.body),
      prompt_end: lowered.prompt_end,
      ignored: [...turn.ignored, ...clamped, ...this.shortening.told, ...lowered.ignored],
      effort: lowered.effort,
    };
    const prompt_characters = promptCharacters(lowered.body, lowered.prompt_end);
    return { prepared: { turn, question, prompt_characters }, text: lowered.body };
  }
}
