/** What the client is told of a route's decision, in the head of its answer. */
import { headerText } from "../../routing/explain.ts";
import type { Decision } from "../../routing/plan.ts";
import type { Chosen } from "../upstreams/catalog.ts";

/** Why this candidate, and what the call is thought to cost. */
export function decisionHeaders(decision: Decision | undefined, chosen: Chosen | undefined): Record<string, string> {
  if (!decision || !chosen) return {};
  const verdict = decision.verdicts.find(
    ({ provider, model }) => provider === chosen.provider.id && model === chosen.model,
  );
  const [first] = decision.tries;
  const isFirst = first?.provider === chosen.provider.id && first.model === chosen.model;
  const fallback = `${first?.provider}/${first?.model} failed; ${verdict?.reason ?? ""}`;
  const cost = verdict?.estimate.cost_usd;
  return {
    "x-juscode-route-reason": headerText(isFirst ? decision.reason : fallback),
    ...(typeof cost === "number" && { "x-juscode-cost-estimate-usd": cost.toFixed(6) }),
  };
}
