/** Whether this client may send the current candidate all that its request reaches. */
import { refuseReach } from "../access/reach.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";
import type { Candidates } from "./candidates.ts";
import type { Incoming } from "./incoming.ts";

/** Throws a ShimError. What is refused is refused for good: no other candidate may take its place. */
export function refuseFor(
  { caller, wire }: Incoming,
  body: () => unknown,
  model: string,
  candidates: Candidates,
  translated = false,
): void {
  try {
    refuseReach({ body, wire: wire.name, caller, model, chosen: candidates.current, translated });
  } catch (thrown) {
    candidates.keep();
    throw thrown;
  }
}

/** Whether a translated request may go on to this candidate. */
export function mayReach({ caller, wire, body }: Incoming, model: string, chosen: ModelCandidate): boolean {
  try {
    refuseReach({ body: () => body.json, wire: wire.name, caller, model, chosen, translated: true });
    return true;
  } catch {
    return false;
  }
}
