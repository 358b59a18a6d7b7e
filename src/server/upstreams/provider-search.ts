/** Finds out who is there: the hosts that were named, and those on this machine; and what their models are. */
import { presetById, presetByOwner } from "../../config/presets/index.ts";
import type { ProviderInput } from "../../config/resolve.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import type { ProbeKind } from "../../core/provider.ts";
import type { Capabilities } from "./capabilities.ts";
import type { ModelInfo } from "./model-list.ts";
import { probeLocal, type Found } from "./probe.ts";
import { httpProvider, type KeySource, type ModelList, type Provider } from "./upstream.ts";
import { readWindows, WindowMemory } from "../windows/read.ts";

const LIST_TIMEOUT_MS = 3000;
/** For all questions about windows: a host that is busy with a prompt may be slow. */
const ASK_TIMEOUT_MS = 2500;

export interface NamedProvider {
  input: ProviderInput;
  key?: KeySource;
}

interface SearchOptions {
  /** Those that are always served, whether they answer now or not. */
  named: readonly NamedProvider[];
  /** Look for hosts on this machine, too. */
  discover: boolean;
  /** What is said of each host that is found so. */
  common: Partial<ProviderInput>;
  /** Port that this shim listens on. */
  ownPort(): number;
  /** Id of this running shim. */
  instance: string;
  /** What doctor has found out by trying. */
  capabilities?: Capabilities;
  /** Something is bound to your network, so that a local host of no known kind is asked where its models run. */
  asks_where?: boolean;
}

/** What is wrong with a host that is the shim that asks it. */
export const ITSELF = "is this juscode-shim itself; give the address of a model host";

/** Whatever it is that takes longer: a command that prints a key does not look at signals. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ShimError("upstream_timeout", "has not answered in time")), LIST_TIMEOUT_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

export class ProviderSearch {
  private readonly options: SearchOptions;
  private readonly memories = new Map<string, WindowMemory>();
  private readonly providers = new Map<string, Provider>();

  constructor(options: SearchOptions) {
    this.options = options;
  }

  async search(): Promise<Found[]> {
    const { named, discover, common, ownPort } = this.options;
    const [asked, local] = await Promise.all([
      Promise.all(named.map((each) => this.ask(each))),
      discover ? probeLocal(ownPort(), common) : [],
    ]);
    const taken = new Set(asked.map(({ provider }) => provider.base_url));
    const others = local.filter(({ provider }) => !taken.has(provider.base_url));
    return Promise.all([...asked, ...others].map((found) => this.withWindows(found)));
  }

  /** Not every host lists its models, and it may not be up yet: it is served all the same. */
  private async ask({ input, key }: NamedProvider): Promise<Found> {
    const { instance } = this.options;
    const provider = this.providers.get(input.id) ?? httpProvider(input, key);
    const { models, shim, problem } = await inTime(
      provider.listModels(instance, AbortSignal.timeout(LIST_TIMEOUT_MS)),
    ).catch((error: unknown): ModelList => ({ models: [], shim: null, problem: problemOf(error, provider) }));
    if (shim === instance) return { provider, models: [], problem: ITSELF };
    // The first that is known by its owner: a list may begin with models of other makers.
    const owners = provider.record.preset === undefined ? models.map(({ owned_by }) => presetByOwner(owned_by)) : [];
    const owner = owners.find((each) => each !== undefined);
    const known = owner ? httpProvider({ ...input, preset: owner.id, name: provider.record.name }, key) : provider;
    this.providers.set(input.id, known);
    return { provider: known, models, ...(problem !== undefined && { problem }) };
  }

  /** What was seen when it was tried counts more than what is said of it. */
  private withTrials(provider: Provider, model: ModelInfo): ModelInfo {
    const seen = this.options.capabilities?.profileFacts(provider, model.id, model.efforts) ?? {};
    return { ...model, ...seen, ...smaller(model.context_window, seen.context_window) };
  }

  private async withWindows(found: Found): Promise<Found> {
    const { provider, models } = found;
    if (models.length === 0) return found;
    const memory = this.memories.get(provider.id) ?? new WindowMemory();
    this.memories.set(provider.id, memory);
    // All questions to a host together have this long, and one that is not answered in time is the last.
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const ask = (path: string, body?: object): Promise<unknown> => provider.ask(path, body, signal);
    const { preset, local } = provider.record;
    const unsure = this.options.asks_where === true && preset === undefined && local;
    const known = await readWindows(probeKind(provider), ask, models, memory, { unsure });
    return { ...found, models: known.map((model) => this.withTrials(provider, model)) };
  }
}

/** The smaller of two windows: the one that a host tells, and the one beyond which it was seen to cut. */
function smaller(told: number | undefined, seen: number | undefined): { context_window?: number } {
  const both = [told, seen].filter((window) => window !== undefined);
  return both.length === 0 ? {} : { context_window: Math.min(...both) };
}

export function probeKind({ record }: Provider): ProbeKind {
  return presetById(record.preset)?.probe ?? "models";
}

/** The speaker is told elsewhere. */
function problemOf(error: unknown, { speaker }: Provider): string {
  const { message } = asShimError(error);
  return message.startsWith(`${speaker} `) ? message.slice(speaker.length + 1) : message;
}
