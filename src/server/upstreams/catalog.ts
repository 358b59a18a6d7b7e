/** Which provider serves a model: what was found on this machine, or the one upstream that was named. */
import { OSS_DEFAULT_MODELS } from "../../agents/codex.ts";
import type { ConfiguredModel } from "../../config/file/config-file.ts";
import { dialectFor, forwardWishes, modelFacts, type ForwardWishes } from "../../config/resolve.ts";
import type { Dialect } from "../../core/dialect.ts";
import { ShimError } from "../../core/errors.ts";
import { configuredModel, meaningsOf, oneMeaning } from "./addressing.ts";
import { demoProvider, DEMO_MODEL } from "./demo.ts";
import type { ModelInfo } from "./model-list.ts";
import { namesFor, troublesOf, type FoundProvider, type MayUse } from "./probe.ts";
import type { Provider } from "./upstream.ts";

/** The machine is not searched more often than this. */
const REFRESH_MS = 5000;

export interface ModelCandidate {
  provider: Provider;
  /** The name that the provider knows the model by. */
  model: string;
  dialect: Readonly<Dialect>;
  /** All that is known of the model. */
  info: ModelInfo;
  /** What is edited in a forwarded request. */
  wishes: Readonly<ForwardWishes>;
}

interface CatalogOptions {
  /** The upstream was named, so that no other is looked for: it gets every name, also one that it does not list. */
  one_upstream?: boolean;
  /** Names from the config. */
  models?: readonly ConfiguredModel[];
  /** Ids of providers that get no requests, since nothing may leave your network. */
  excluded?: readonly string[];
}

export class Catalog {
  private readonly search: () => Promise<FoundProvider[]>;
  private readonly options: CatalogOptions;
  private readonly fallback: FoundProvider[] = [{ provider: demoProvider(), models: [{ id: DEMO_MODEL }] }];
  private latest: Promise<FoundProvider[]> | undefined;
  private searchedAt = 0;
  private known: FoundProvider[] = [];
  /** Ids of those that the last search found. */
  private here: ReadonlySet<string> = new Set();

  /** `search` finds the providers and their models; an empty result means that only the demo is served. */
  constructor(search: () => Promise<FoundProvider[]>, options: CatalogOptions = {}) {
    this.search = search;
    this.options = options;
  }

  /** What is known. Searches when nothing is yet, or with `fresh` when the last search is old. */
  async list(fresh = false): Promise<FoundProvider[]> {
    if (!this.latest || (fresh && performance.now() - this.searchedAt > REFRESH_MS)) {
      this.searchedAt = performance.now();
      this.latest = this.searchAgain();
    }
    if (fresh || this.known.length === 0) await this.latest;
    return this.known.length === 0 ? this.fallback : this.known;
  }

  /** The same, with the names of the config. */
  async listOf(fresh = false): Promise<{ found: readonly FoundProvider[]; models: readonly ConfiguredModel[] }> {
    return { found: await this.list(fresh), models: this.options.models ?? [] };
  }

  /**
   * Upstreams that are gone keep their places, behind those that are there: they may be restarting, and a thread that was
   * theirs must never go to another model.
   */
  private async searchAgain(): Promise<FoundProvider[]> {
    const found = await this.search();
    this.here = new Set(found.map(({ provider }) => provider.id));
    this.known = [...found, ...this.known.filter(({ provider }) => !this.here.has(provider.id))];
    return found;
  }

  /**
   * The provider of a model. Upstreams serve models that they do not list, so one alone gets every name. Of several that
   * list it, the one named by `prefer` goes on with what it began. An error names only what the client may use.
   */
  async choose(model: string, prefer?: string, may: MayUse = () => true): Promise<ModelCandidate> {
    this.refuseExcluded(model);
    const known = await this.list();
    const chosen =
      this.named(known, model, prefer, may) ?? (this.options.one_upstream ? only(known, model) : undefined);
    // An upstream that was not there at first must list its models again.
    const settled = known.every(({ problem }) => problem === undefined);
    if (chosen && !this.isDemo(known)) {
      if (!settled) void this.list(true).catch(() => {});
      return chosen;
    }
    const fresh = await this.list(true);
    const found = this.named(fresh, model, prefer, may) ?? only(fresh, model);
    if (found) return found;
    const choices = [...new Set(namesFor(may, fresh))].join(", ") || "none";
    const troubles = troublesOf(fresh, may);
    const words = `no upstream serves a model \`${model}\`; there are: ${choices}${troubles && `; ${troubles}`}`;
    throw new ShimError("model_not_found", words, { param: "model" });
  }

  /** A name that means one of these must never be served by another provider. */
  private refuseExcluded(name: string): void {
    const { models = [], excluded = [] } = this.options;
    const named = configuredModel(name, models);
    const provider = excluded.find((id) => named?.provider === id || (!named && name.startsWith(`${id}/`)));
    if (provider === undefined) return;
    const words = `\`${name}\` is served by \`${provider}\`, which is not local, and nothing may leave your network ([server] local_only = true in the config)`;
    throw new ShimError("permission", words, { param: "model" });
  }

  private named(
    found: readonly FoundProvider[],
    model: string,
    prefer: string | undefined,
    may: MayUse,
  ): ModelCandidate | undefined {
    const { models = [] } = this.options;
    const all = meaningsOf(model, found, models);
    // An upstream that is gone gets a request only where no other has the model.
    const present = all.filter((each) => this.here.has(each.found.provider.id) || each.found.provider.id === prefer);
    const [first] = found;
    const [firstModel] = first?.models ?? [];
    // These names mean the first model there is, unless an upstream really has them.
    const isAny = OSS_DEFAULT_MODELS.some((name) => name === model);
    if (first && firstModel && isAny && all.length === 0) return modelCandidate(first, firstModel.id);
    const meanings = present.length > 0 ? present : all;
    const meant = isAny ? meanings[0] : oneMeaning(model, meanings, prefer, may);
    return meant && modelCandidate(meant.found, meant.model);
  }

  isDemo(found: readonly FoundProvider[]): boolean {
    return found === this.fallback;
  }
}

function only(found: readonly FoundProvider[], model: string): ModelCandidate | undefined {
  const [first] = found;
  return found.length === 1 && first ? modelCandidate(first, model) : undefined;
}

/** Made once for each name of an upstream, as long as that is known by the same search. */
const made = new WeakMap<FoundProvider, Map<string, ModelCandidate>>();
/** Clients may request any name. */
const MOST_NAMES = 200;

export function modelCandidate(found: FoundProvider, model: string): ModelCandidate {
  let names = made.get(found);
  if (!names || names.size >= MOST_NAMES) made.set(found, (names = new Map()));
  let chosen = names.get(model);
  if (!chosen) names.set(model, (chosen = choose(found, model)));
  return chosen;
}

function choose({ provider, models }: FoundProvider, model: string): ModelCandidate {
  // An upstream of one model serves every name; where that one runs says nothing of others.
  const [only] = models.length === 1 ? models : [];
  const { record } = provider;
  const { remote: _, ...alike } = only ?? { id: model };
  const live = models.find(({ id }) => id === model || id === `${model}:latest`) ?? alike;
  const info = { ...live, ...modelFacts(record, model, live), id: model };
  const wishes = forwardWishes(record, model, live);
  return { provider, model, info, wishes, dialect: dialectFor(record, model, live) };
}
