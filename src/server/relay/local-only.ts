/** What `local_only` means for one request: its candidates, and what of it is sent to them. */
import { ShimError } from "../../core/errors.ts";
import { withoutFetches } from "../../core/fetched-parts.ts";
import { withoutHostTools } from "../../core/host-run-tools.ts";
import type { Ignored } from "../../core/turn.ts";
import { modelCandidate, type Catalog, type ModelCandidate } from "../upstreams/catalog.ts";
import { elsewhereOf } from "../windows/locality.ts";
import type { FoundProvider } from "../upstreams/probe.ts";
import type { Incoming } from "./incoming.ts";
import { requestBody } from "../memory/request-body.ts";

/** The request without what an upstream would fetch from elsewhere, and what was left out. */
export function keptLocal(incoming: Incoming): { incoming: Incoming; ignored: readonly Ignored[] } {
  const found = withoutFetches(incoming.body.text, incoming.body.json);
  if (!found) return { incoming: { ...incoming, local_only: true }, ignored: [] };
  const { text, ignored } = found;
  return { incoming: { ...incoming, local_only: true, body: requestBody(text) }, ignored };
}

/** What is forwarded to a local upstream: nothing that it would fetch or run with others. */
export function forLocalHost(text: string, json: unknown): { text: string; ignored: readonly Ignored[] } {
  const kept = withoutFetches(text, json);
  const bare = kept ? withoutHostTools(kept.text, JSON.parse(kept.text)) : withoutHostTools(text, json);
  return { text: bare.text, ignored: [...(kept?.ignored ?? []), ...bare.ignored] };
}

/** The model that a name means, where that is local. Throws a ShimError where it is not. */
export async function chooseLocal(choose: () => Promise<ModelCandidate>, catalog: Catalog): Promise<ModelCandidate> {
  let candidate = await choose();
  let elsewhere = elsewhereOf(candidate);
  if (elsewhere?.unknown) {
    await catalog.list(true);
    candidate = await choose();
    elsewhere = elsewhereOf(candidate);
  }
  if (!elsewhere) return candidate;
  const { provider, model } = candidate;
  const words = `\`${provider.id}/${model}\` ${elsewhere.why}, and nothing may leave your network ([server] local_only = true in the config)`;
  throw new ShimError("permission", words, { param: "model" });
}

/** Decides among what is known; where an upstream has not said where its models run, its list is read again. */
export async function decideLocal<Decided>(
  decide: (found: readonly FoundProvider[]) => Decided,
  catalog: Catalog,
): Promise<Decided> {
  const found = await catalog.list();
  if (!found.some(isUnsure)) return decide(found);
  const fresh = catalog.list(true);
  try {
    const decided = decide(found);
    fresh.catch(() => {}); // The next request has it.
    return decided;
  } catch {
    return decide(await fresh);
  }
}

function isUnsure(found: FoundProvider): boolean {
  const unknown = (model: string): boolean => elsewhereOf(modelCandidate(found, model))?.unknown === true;
  return found.models.length === 0 ? unknown("") : found.models.some(({ id }) => unknown(id));
}
