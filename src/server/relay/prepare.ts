/** Makes of a lifted request the question that one candidate is asked. Pure, but for the count of what was left out. */
import type { TakeNote } from "../../core/notes.ts";
import type { Ignored, Turn } from "../../core/turn.ts";
import type { Surroundings, UpstreamWire } from "../../wires/wire.ts";
import type { Chosen } from "../upstreams/catalog.ts";
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

/** What one candidate is asked. */
export interface Prepared {
  readonly question: Question;
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
  prepare(): Prepared {
    const { chosen, lifted, shortens, around } = this.options;
    const settings = this.limit
      ? { ...lifted.settings, max_output_tokens: this.limit.max_output_tokens }
      : lifted.settings;
    const whole = this.lower({ ...lifted, model: chosen.model, settings }, around.note);
    return shortens ? this.fitting(whole) : whole;
  }

  /** After an error that says that the prompt is too long; undefined where nothing more can be left out. */
  shorter({ turn, question }: Prepared, thrown: unknown): Prepared | undefined {
    return this.without(turn, this.shortening.shorter(turn, question, thrown));
  }

  private fitting(prepared: Prepared): Prepared {
    const { chosen, ratio } = this.options;
    const { turn, question } = prepared;
    const room = {
      context_window: chosen.info.context_window,
      max_output_tokens: turn.settings.max_output_tokens,
      ratio,
    };
    const shorter = this.without(turn, this.shortening.fitting(turn, question, room));
    return shorter ? this.fitting(shorter) : prepared;
  }

  private without(before: Turn, turn: Turn | undefined): Prepared | undefined {
    if (!turn) return undefined;
    this.options.around.note("history_shortened", `${before.items.length - turn.items.length} items`);
    // What lowering the history notes was noted when it was lowered first.
    return this.lower(turn, () => {});
  }

  private lower(turn: Turn, note: TakeNote): Prepared {
    const { chosen, upstream, around, thread } = this.options;
    const lowered = upstream.lower(turn, chosen.dialect, { ...around, note }, thread);
    const clamped: Ignored[] = this.limit ? [this.limit.ignored] : [];
    const question: Question = {
      chosen,
      upstream,
      path: upstream.path,
      headers: lowered.headers,
      forwarded: false,
      body: lowered.body,
      prompt_end: lowered.prompt_end,
      ignored: [...turn.ignored, ...clamped, ...this.shortening.told, ...lowered.ignored],
      effort: lowered.effort,
    };
    return { turn, question };
  }
}
