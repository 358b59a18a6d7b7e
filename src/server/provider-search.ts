/** Finds out who is there: the hosts that were named, and those on this machine; and what their models are. */
import { presetById, presetByOwner } from "../config/presets/index.ts";
import type { ProviderInput } from "../config/resolve.ts";
import { asShimError, ShimError } from "../core/errors.ts";
import type { ProbeKind } from "../core/provider.ts";
import { probeLocal, type Found } from "./probe.ts";
import { httpProvider, type KeySource, type ModelList, type Provider } from "./upstream.ts";
import { readWindows, WindowMemory } from "./windows/read.ts";

const LIST_TIMEOUT_MS = 3000;
/** For each question about windows: a host that is busy with a prompt may be slow. */
const ASK_TIMEOUT_MS = 1500;

export interface NamedProvider {
  input: ProviderInput;
  key?: KeySource;
}

export interface SearchOptions {
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
    const { models, shim, problem } = await provider
      .listModels(instance, AbortSignal.timeout(LIST_TIMEOUT_MS))
      .catch((error: unknown): ModelList => ({ models: [], shim: null, problem: problemOf(error, provider) }));
    if (shim === instance)
      throw new ShimError("loop", `${provider.base_url} is this juscode-shim itself; give the address of a model host`);
    const owner = provider.record.preset === undefined ? presetByOwner(models[0]?.owned_by) : undefined;
    const known = owner ? httpProvider({ ...input, preset: owner.id, name: provider.record.name }, key) : provider;
    this.providers.set(input.id, known);
    return { provider: known, models, ...(problem !== undefined && { problem }) };
  }

  private async withWindows(found: Found): Promise<Found> {
    const { provider, models } = found;
    if (models.length === 0) return found;
    const memory = this.memories.get(provider.id) ?? new WindowMemory();
    this.memories.set(provider.id, memory);
    const ask = (path: string, body?: object): Promise<unknown> =>
      provider.ask(path, body, AbortSignal.timeout(ASK_TIMEOUT_MS));
    return { ...found, models: await readWindows(probeKind(provider), ask, models, memory) };
  }
}

export function probeKind({ record }: Provider): ProbeKind {
  return presetById(record.preset)?.probe ?? "models";
}

/** The speaker is told elsewhere. */
function problemOf(error: unknown, { speaker }: Provider): string {
  const { message } = asShimError(error);
  return message.startsWith(`${speaker} `) ? message.slice(speaker.length + 1) : message;
}
