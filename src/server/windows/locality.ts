/** Where a model runs, as far as `local_only` must know it: its server may stand in your network and forward requests. */
import { probeKind, type Provider } from "../upstreams/upstream.ts";
import type { ModelInfo } from "../upstreams/model-list.ts";
import { mayRunElsewhere } from "./read.ts";

interface Served {
  provider: Provider;
  info: ModelInfo;
}

/** Undefined for what is local. `why` is a clause about the model; `unknown`: its server may say so when asked again. */
export function elsewhereOf({ provider, info }: Served): { why: string; unknown?: true } | undefined {
  if (!provider.record.local) return { why: "is not local" };
  if (info.remote === true) return { why: "runs elsewhere, as its host says of it" };
  if (info.remote === undefined && mayRunElsewhere(probeKind(provider)))
    return { why: "may run elsewhere, since its host does not say where", unknown: true };
  return undefined;
}

/** What is paid for and measured as local: until its server says otherwise. */
export function isLocal({ provider, info }: Served): boolean {
  return provider.record.local && info.remote !== true;
}
