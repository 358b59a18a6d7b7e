/** Falling back, as the server does it: see server/relay/candidates. */
import type { ErrorKind } from "../../src/core/errors.ts";
import { keyOf, type Candidate } from "../../src/routing/candidate.ts";
import { promptLimit } from "../../src/routing/conditions.ts";
import { concernsProvider, mayFallBack } from "../../src/routing/health.ts";
import type { Decision } from "../../src/routing/plan.ts";

export interface Tried {
  provider: string;
  model: string;
  kind: ErrorKind;
}

/** The next candidate after these have failed; only as long as the client has no item. */
export function nextTry<C extends Candidate>({ tries }: Decision<C>, tried: readonly Tried[]): C | undefined {
  const last = tried.at(-1);
  if (last && !mayFallBack(last.kind)) return undefined;
  const limits = new Map(tries.map((each) => [keyOf(each), promptLimit(each)]));
  return tries.find((next) =>
    tried.every((failed) => {
      if (keyOf(failed) === keyOf(next)) return false;
      if (failed.kind === "context_overflow") {
        const [was, is] = [limits.get(keyOf(failed)), promptLimit(next)];
        return was === undefined || is === undefined || is > was;
      }
      return failed.provider !== next.provider || !concernsProvider(failed.kind);
    }),
  );
}
