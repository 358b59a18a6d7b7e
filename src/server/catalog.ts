/** Which model is served by whom: what was found on this machine, or the one upstream that was named. */
import { OSS_DEFAULT_MODELS } from "../agents/codex.ts";
import { DEFAULT_DIALECT, type Dialect } from "../core/dialect.ts";
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

export class Catalog {
  private readonly search: () => Promise<Found[]>;
  private readonly fallback: Found = {
    provider: demoProvider(),
    models: [{ id: DEMO_MODEL }],
    dialect: DEFAULT_DIALECT,
  };
  private current: Promise<Found[]> | undefined;
  private searchedAt = 0;

  /** `search` finds the providers and their models; an empty result means that only the demo is served. */
  constructor(search: () => Promise<Found[]>) {
    this.search = search;
  }

  /** What is known; searches when nothing is yet, or when `fresh` is asked for and the last search is old. */
  async list(fresh = false): Promise<Found[]> {
    if (!this.current || (fresh && performance.now() - this.searchedAt > REFRESH_MS)) {
      this.searchedAt = performance.now();
      this.current = this.search();
    }
    const found = await this.current;
    return found.length === 0 ? [this.fallback] : found;
  }

  /** The provider of a model. Hosts serve models that they do not list, so one alone gets every name. */
  async choose(model: string): Promise<Chosen> {
    const known = await this.list();
    const chosen = match(known, model);
    if (chosen && !this.isDemo(known)) return chosen;
    const fresh = await this.list(true);
    const found = match(fresh, model);
    if (found) return found;
    const choices = fresh.flatMap((each) => each.models.map(({ id }) => `${each.provider.id}/${id}`));
    throw new ShimError(
      "model_not_found",
      `no upstream serves a model \`${model}\`; there are: ${choices.join(", ") || "none"}`,
      { param: "model" },
    );
  }

  isDemo(found: readonly Found[]): boolean {
    return found.length === 1 && found[0] === this.fallback;
  }
}

function match(found: readonly Found[], model: string): Chosen | undefined {
  const listed = found.find((each) => each.models.some(({ id }) => id === model));
  if (listed) return chosenOf(listed, model);
  const [first] = found;
  const [firstModel] = first?.models ?? [];
  if (first && firstModel && ALIASES.includes(model)) return chosenOf(first, firstModel.id);
  for (const each of found) {
    const prefix = `${each.provider.id}/`;
    if (model.startsWith(prefix)) return chosenOf(each, model.slice(prefix.length));
  }
  return found.length === 1 && first ? chosenOf(first, model) : undefined;
}

function chosenOf({ provider, dialect }: Found, model: string): Chosen {
  return { provider, dialect, model };
}
