/**
 * An upstream that refuses a field which only tunes gets the same request without it, and that is remembered for a
 * while: hosts change, and the next version may take it.
 */
import type { ShimError } from "../../core/errors.ts";
import type { Tuning } from "../../wires/wire.ts";

/** How much of an error is looked at: some hosts repeat the whole request behind their own words. */
const MAX_WORDS = 300;

/**
 * The tuning field that an error names, if it is one that went out and not one that was left out already. The refusal
 * itself must be told beside the name: an error about something else may name a field, too.
 */
export function refusedField(
  error: ShimError,
  tunings: readonly Tuning[],
  without: readonly Tuning[],
): Tuning | undefined {
  if (error.kind !== "invalid_request" && error.kind !== "unsupported") return undefined;
  const words = error.message.slice(0, MAX_WORDS).split(/['"]?\b(?:input|received|got|body)\b['"]?\s*[:=]/i)[0] ?? "";
  return tunings.find((each) => each.words.test(words) && !without.includes(each));
}

const REMEMBERED_MS = 60 * 60_000;
const MAX_MODELS = 1000;

export interface Learned {
  /** `provider/model`. */
  model: string;
  field: string;
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

  /** That the same request was answered once it went without this field. */
  remember(model: string, tuning: Tuning): void {
    if (tuning.once) return;
    const memory = { model, field: tuning.field, times: 0, tuning, until: this.now() + REMEMBERED_MS };
    const others = this.known(model).filter((each) => each.tuning !== tuning);
    if (this.models.size >= MAX_MODELS) this.models.delete(this.models.keys().next().value ?? "");
    this.models.set(model, [...others, memory]);
  }

  /** All that is remembered, for `/health` and doctor. */
  list(): Learned[] {
    return [...this.models.keys()].flatMap((model) =>
      this.known(model).map(({ model, field, times }) => ({ model, field, times })),
    );
  }

  private known(model: string): Memory[] {
    return (this.models.get(model) ?? []).filter(({ until }) => until > this.now());
  }
}
