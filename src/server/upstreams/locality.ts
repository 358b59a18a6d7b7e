/** Where a model runs, as far as `local_only` must know it: its host may stand in your network and forward requests. */
import { mayRunElsewhere } from "../windows/read.ts";
import type { Chosen } from "./catalog.ts";
import { probeKind } from "./provider-search.ts";

export interface Elsewhere {
  /** One clause, of the model. */
  why: string;
  /** Its host has not told: asked again, it may. */
  unknown?: true;
}

/** Undefined for what is local. */
export function elsewhereOf({ provider, info }: Pick<Chosen, "provider" | "info">): Elsewhere | undefined {
  if (!provider.record.local) return { why: "is not local" };
  if (info.remote === true) return { why: "runs elsewhere, as its host says of it" };
  if (info.remote === undefined && mayRunElsewhere(probeKind(provider)))
    return { why: "may run elsewhere, since its host does not say where", unknown: true };
  return undefined;
}

/** What is paid for and measured as local: until its host says otherwise. */
export function isLocal({ provider, info }: Pick<Chosen, "provider" | "info">): boolean {
  return provider.record.local && info.remote !== true;
}
