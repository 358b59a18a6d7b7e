/**
 * An upstream that refuses a field which only tunes gets the same request without it, and that is remembered for a
 * while: hosts change, and the next version may take it.
 */
import { mergeDialect, type Dialect } from "../core/dialect.ts";
import type { ShimError } from "../core/errors.ts";
import type { Ignored } from "../core/turn.ts";
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

  /** The dialect without what this model's host has refused lately. */
  apply(model: string, dialect: Readonly<Dialect>): Readonly<Dialect> {
    const known = this.known(model);
    for (const memory of known) memory.times++;
    return known.length === 0 ? dialect : mergeDialect(dialect, ...known.map(({ tuning }) => tuning.without));
  }

  /** What a request goes without, for the list of what is ignored. */
  ignored(model: string): Ignored[] {
    return this.known(model).map(({ field }) => ({ field, what: field, why: "the upstream refused it" }));
  }

  /** Whether the error names a tuning field that is not known yet to be refused. */
  learn(model: string, error: ShimError, tunings: readonly Tuning[]): boolean {
    if (error.kind !== "invalid_request" && error.kind !== "unsupported") return false;
    const known = this.known(model);
    const tuning = tunings.find(
      ({ field, words }) => words.test(error.message) && known.every((each) => each.field !== field),
    );
    if (!tuning) return false;
    const memory = {
      model,
      field: tuning.field,
      words: error.message,
      times: 0,
      tuning,
      until: this.now() + REMEMBERED_MS,
    };
    if (this.models.size >= MAX_MODELS) this.models.delete(this.models.keys().next().value ?? "");
    this.models.set(model, [...known, memory]);
    return true;
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
