/** The candidates for a request, in the order of their attempts. */
import { ShimError } from "../../core/errors.ts";
import { concernsProvider, mayFallBack } from "../../routing/health.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";

export class Candidates {
  current: ModelCandidate;
  /** How many retries the first gets before another takes over, beyond what the config says. */
  patience: number;
  private readonly rest: ModelCandidate[];

  constructor(first: ModelCandidate, rest: readonly ModelCandidate[] = [], patience = 0) {
    this.current = first;
    this.patience = patience;
    this.rest = [...rest];
  }

  /** Whether one is left that may help after this failure of the current one. */
  mayHelp(error: ShimError, accept: (next: ModelCandidate) => boolean = () => true): boolean {
    return this.rest.some((next) => mayHelp(this.current, next, error) && accept(next));
  }

  /** No other candidate may take over any more. */
  keep(): void {
    this.rest.length = 0;
  }

  /** Moves on to the next that may help. False when there is none. */
  advance(error: ShimError, accept: (next: ModelCandidate) => boolean = () => true): boolean {
    const failed = this.current;
    for (let next = this.rest.shift(); next; next = this.rest.shift()) {
      if (!mayHelp(failed, next, error) || !accept(next)) continue;
      this.current = next;
      this.patience = 0;
      return true;
    }
    return false;
  }
}

function mayHelp(failed: ModelCandidate, next: ModelCandidate, { kind }: ShimError): boolean {
  if (!mayFallBack(kind)) return false;
  if (concernsProvider(kind) && next.provider.id === failed.provider.id) return false;
  if (kind !== "context_overflow") return true;
  const [before, after] = [failed.info.context_window, next.info.context_window];
  return before !== undefined && after !== undefined && after > before;
}
