/** Which model is served by whom: what was found on this machine, or the one upstream that was named. */
import { OSS_DEFAULT_MODELS } from "../agents/codex.ts";
import { dialectFor } from "../config/resolve.ts";
import type { Dialect } from "../core/dialect.ts";
import { ShimError } from "../core/errors.ts";
import { demoProvider, DEMO_MODEL } from "./demo.ts";
import type { Found } from "./probe.ts";
import type { Provider } from "./upstream.ts";

/** Names that mean the first model there is, unless a host really has them. */
const ALIASES: readonly string[] = OSS_DEFAULT_MODELS;

/** Not more often than this is the machine searched again. */
const REFRESH_MS = 5000;

export interface Chosen {
  provider: Provider;
  /** The name that the provider knows the model by. */
  model: string;
  dialect: Readonly<Dialect>;
}

export interface CatalogOptions {
  /** The upstream was named, so that nobody else is looked for: it gets every name, also one that it does not list. */
  one_upstream?: boolean;
}

export class Catalog {
  private readonly search: () => Promise<Found[]>;
  private readonly options: CatalogOptions;
  private readonly fallback: Found[] = [{ provider: demoProvider(), models: [{ id: DEMO_MODEL }] }];
  private latest: Promise<Found[]> | undefined;
  private searchedAt = 0;
  private known: Found[] = [];

  /** `search` finds the providers and their models; an empty result means that only the demo is served. */
  constructor(search: () => Promise<Found[]>, options: CatalogOptions = {}) {
    this.search = search;
    this.options = options;
  }

  /** What is known. Searches when nothing is yet, or when `fresh` is asked for and the last search is old. */
  async list(fresh = false): Promise<Found[]> {
    if (!this.latest || (fresh && performance.now() - this.searchedAt > REFRESH_MS)) {
      this.searchedAt = performance.now();
      this.latest = this.searchAgain();
    }
    if (fresh || this.known.length === 0) await this.latest;
    return this.known.length === 0 ? this.fallback : this.known;
  }

  /**
   * Hosts that are gone keep their places, behind those that are there: they may be starting anew, and a thread that
   * was theirs must never be answered by another model.
   */
  private async searchAgain(): Promise<Found[]> {
    const found = await this.search();
    const here = new Set(found.map(({ provider }) => provider.id));
    this.known = [...found, ...this.known.filter(({ provider }) => !here.has(provider.id))];
    return found;
  }

  /**
   * The provider of a model. Hosts serve models that they do not list, so one alone gets every name. Of several that
   * list it, the one named by `prefer` goes on with what it began.
   */
  async choose(model: string, prefer?: string): Promise<Chosen> {
    const known = await this.list();
    const chosen = named(known, model, prefer) ?? (this.options.one_upstream ? only(known, model) : undefined);
    // A host that was not there at first is asked again who it is.
    const settled = known.every(({ problem }) => problem === undefined);
    if (chosen && !this.isDemo(known)) {
      if (!settled) void this.list(true).catch(() => {});
      return chosen;
    }
    const fresh = await this.list(true);
    const found = named(fresh, model, prefer) ?? only(fresh, model);
    if (found) return found;
    const choices = fresh.flatMap((each) => each.models.map(({ id }) => `${each.provider.id}/${id}`));
    throw new ShimError(
      "model_not_found",
      `no upstream serves a model \`${model}\`; there are: ${choices.join(", ") || "none"}`,
      { param: "model" },
    );
  }

  isDemo(found: readonly Found[]): boolean {
    return found === this.fallback;
  }
}

/** Whoever lists the model, or is named before it. */
function named(found: readonly Found[], model: string, prefer: string | undefined): Chosen | undefined {
  const listed = found.filter((each) => each.models.some(({ id }) => id === model));
  const best = listed.find(({ provider }) => provider.id === prefer) ?? listed[0];
  if (best) return chosenOf(best, model);
  const [first] = found;
  const [firstModel] = first?.models ?? [];
  if (first && firstModel && ALIASES.includes(model)) return chosenOf(first, firstModel.id);
  for (const each of found) {
    const prefix = `${each.provider.id}/`;
    if (model.startsWith(prefix)) return chosenOf(each, model.slice(prefix.length));
  }
  return undefined;
}

function only(found: readonly Found[], model: string): Chosen | undefined {
  const [first] = found;
  return found.length === 1 && first ? chosenOf(first, model) : undefined;
}

function chosenOf({ provider, models }: Found, model: string): Chosen {
  const live = models.find(({ id }) => id === model);
  return { provider, model, dialect: dialectFor(provider.record, model, live) };
}
