/** Finds the upstreams: those that were named, and those on this machine; and what their models are. */
import { presetByOwner } from "../config/presets/index.ts";
import type { ProviderInput } from "../config/resolve.ts";
import { asShimError } from "../core/errors.ts";
import { leastOf } from "../core/append.ts";
import type { Capabilities } from "./doctor/capabilities.ts";
import { within } from "./pause.ts";
import type { ModelInfo } from "./upstreams/model-list.ts";
import { probeLocal, type FoundProvider } from "./upstreams/probe.ts";
import { httpProvider, probeKind, type KeySource, type ModelList, type Provider } from "./upstreams/upstream.ts";
import { readWindows, WindowMemory } from "./windows/read.ts";

const LIST_TIMEOUT_MS = 3000;
/** For all questions about windows: an upstream that is busy with a prompt may be slow. */
const ASK_TIMEOUT_MS = 2500;

export interface NamedProvider {
  input: ProviderInput;
  key?: KeySource;
}

interface SearchOptions {
  /** Those that are always served, whether they answer now or not. */
  named: readonly NamedProvider[];
  /** Look for upstreams on this machine, too. */
  discover: boolean;
  /** Settings of each upstream that is found so. */
  common: Partial<ProviderInput>;
  /** Port that this shim listens on. */
  ownPort(): number;
  /** Id of this running shim. */
  instance: string;
  /** What doctor has found out by trying. */
  capabilities?: Capabilities;
  /** Something is bound to your network, so that a local upstream of no known kind must say where its models run. */
  asks_where?: boolean;
}

/** What is wrong with an upstream that is the shim that asks it. */
export const ITSELF = "is this juscode-shim itself; give the address of a model host";

export class ProviderSearch {
  private readonly options: SearchOptions;
  private readonly memories = new Map<string, WindowMemory>();
  private readonly providers = new Map<string, Provider>();

  constructor(options: SearchOptions) {
    this.options = options;
  }

  async search(): Promise<FoundProvider[]> {
    const { named, discover, common, ownPort } = this.options;
    const [asked, local] = await Promise.all([
      Promise.all(named.map((each) => this.ask(each))),
      discover ? probeLocal(ownPort(), common) : [],
    ]);
    const taken = new Set(asked.map(({ provider }) => provider.base_url));
    const others = local.filter(({ provider }) => !taken.has(provider.base_url));
    return Promise.all([...asked, ...others].map((found) => this.withWindows(found)));
  }

  /** Not every upstream lists its models, and it may not be up yet: it is served all the same. */
  private async ask({ input, key }: NamedProvider): Promise<FoundProvider> {
    const { instance } = this.options;
    const provider = this.providers.get(input.id) ?? httpProvider(input, key);
    const failed = (problem: string): ModelList => ({ models: [], shim: null, problem });
    const listing = provider.listModels(instance, AbortSignal.timeout(LIST_TIMEOUT_MS)).catch((error: unknown) => {
      const { message } = asShimError(error);
      // The printed line names the upstream before it.
      const named = message.startsWith(`${provider.speaker} `);
      return failed(named ? message.slice(provider.speaker.length + 1) : message);
    });
    // A command that prints a key does not look at signals.
    const list = (await within(listing, LIST_TIMEOUT_MS)) ?? failed("has not answered in time");
    const { models, shim, problem } = list;
    if (shim === instance) return { provider, models: [], problem: ITSELF };
    // The first that is known by its owner: a list may begin with models of other makers.
    const owners = provider.record.preset === undefined ? models.map(({ owned_by }) => presetByOwner(owned_by)) : [];
    const owner = owners.find((each) => each !== undefined);
    const known = owner ? httpProvider({ ...input, preset: owner.id, name: provider.record.name }, key) : provider;
    this.providers.set(input.id, known);
    return { provider: known, models, ...(problem !== undefined && { problem }) };
  }

  private async withWindows(found: FoundProvider): Promise<FoundProvider> {
    const { provider, models } = found;
    if (models.length === 0) return found;
    const memory = this.memories.get(provider.id) ?? new WindowMemory();
    this.memories.set(provider.id, memory);
    // All questions to an upstream together have this long, and one that is not answered in time is the last.
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const ask = (path: string, body?: object): Promise<unknown> => provider.ask(path, body, signal);
    const { preset, local } = provider.record;
    const unsure = this.options.asks_where === true && preset === undefined && local;
    const known = await readWindows(probeKind(provider), ask, models, memory, { unsure });
    return { ...found, models: known.map((model) => this.withTests(provider, model)) };
  }

  /** What a test showed counts more than what an upstream says. Of two windows the smaller one counts. */
  private withTests(provider: Provider, model: ModelInfo): ModelInfo {
    const seen = this.options.capabilities?.profileFacts(provider, model.id, model.efforts) ?? {};
    const windows = [model.context_window, seen.context_window].filter((window) => window !== undefined);
    const context_window = leastOf(windows);
    return { ...model, ...seen, ...(context_window !== undefined && { context_window }) };
  }
}
