/**
 * An upstream that refuses a field which only tunes gets the same request without it, and that is remembered for a
 * while: hosts change, and the next version may take it.
 */
import type { ShimError } from "../core/errors.ts";
import type { Tuning } from "../wires/wire.ts";

const REMEMBERED_MS = 60 * 60_000;
const MAX_MODELS = 1000;

export interface Learned {
  /** `provider/model`. */
  model: string;
  field: string;
  /** What the upstream said. */
  words: string;
  /** How often a request went without it since. */
  times: number;
}

interface Memory extends Learned {
  tuning: Tuning;
  until: number;
}

export class Healing {
  private readonly models = new Map<string, Memory[]>();
  private readonly now: () => number;

  /** `now` counts milliseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** What this model's host has refused lately. */
  refused(model: string): readonly Tuning[] {
    const known = this.known(model);
    for (const memory of known) memory.times++;
    return known.map(({ tuning }) => tuning);
  }

  /** The field that the error names, unless the request went without it already; it is remembered. */
  learn(model: string, error: ShimError, tunings: readonly Tuning[], without: readonly Tuning[]): Tuning | undefined {
    if (error.kind !== "invalid_request" && error.kind !== "unsupported") return undefined;
    const tuning = tunings.find((each) => each.words.test(error.message) && !without.includes(each));
    if (tuning && !tuning.once) this.remember(model, tuning, error.message);
    return tuning;
  }

  private remember(model: string, tuning: Tuning, words: string): void {
    const memory = { model, field: tuning.field, words, times: 0, tuning, until: this.now() + REMEMBERED_MS };
    const others = this.known(model).filter((each) => each.tuning !== tuning);
    if (this.models.size >= MAX_MODELS) this.models.delete(this.models.keys().next().value ?? "");
    this.models.set(model, [...others, memory]);
  }

  /** All that is remembered, for `/health` and doctor. */
  list(): Learned[] {
    return [...this.models.keys()].flatMap((model) =>
      this.known(model).map(({ model, field, words, times }) => ({ model, field, words, times })),
    );
  }

  private known(model: string): Memory[] {
    return (this.models.get(model) ?? []).filter(({ until }) => until > this.now());
  }
}
