/** The tables of [models]: names of models, and what the user states about them. */
import type { ModelFacts } from "../../core/provider.ts";
import { PRESETS } from "../presets/index.ts";
import type { ConfiguredModel, ConfiguredProvider } from "./config-file.ts";
import { defined, type Setting } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { dialectPatch, effortTable } from "./resolve-provider.ts";
import type { ModelToml } from "./schema.ts";

/** Which providers there are, or may turn up: discovery on this machine names providers by their presets. */
export interface KnownProviders {
  /** As the file names them, also those with problems of their own. */
  ids: readonly string[];
  discover: boolean;
}

function providerExists(id: string, { ids, discover }: KnownProviders): boolean {
  if (ids.includes(id)) return true;
  return discover && PRESETS.some((preset) => preset.ports.length > 0 && id.replace(/-\d+$/, "") === preset.id);
}

export function checkProvider(id: string, setting: Setting, known: KnownProviders): void {
  if (providerExists(id, known)) return;
  const near = nearest(id, known.ids);
  const choice = known.ids.length === 0 ? `add [model_providers.${id}]` : `use one of: ${known.ids.join(", ")}`;
  setting.problem(`there is no provider \`${id}\``, near === undefined ? choice : `did you mean "${near}"?`);
}

export function resolveModel(name: string, toml: ModelToml, table: Setting, known: KnownProviders): ConfiguredModel {
  if (toml.provider !== undefined) checkProvider(toml.provider, table.at("provider"), known);
  const [before, after] = splitName(name, known);
  const { ids, discover } = known;
  const provider = toml.provider ?? before ?? (ids.length === 1 && !discover ? ids[0] : undefined);
  if (toml.model !== undefined && provider === undefined) {
    const choice = ids.length === 0 ? "" : `, one of ${ids.join(", ")}`;
    table.at("model").problem("has no provider", `add: provider = "…"${choice}`);
  }
  const model = toml.model ?? (toml.provider === undefined ? after : name);
  const facts = factsOf(toml, table);
  return { name, aliases: toml.aliases ?? [], ...(provider !== undefined && { provider }), model, facts };
}

/** `provider/model` in its two parts, where there is such a provider. */
export function splitName(name: string, known: KnownProviders): [provider: string | undefined, model: string] {
  const slash = name.indexOf("/");
  const before = name.slice(0, slash);
  return slash > 0 && providerExists(before, known) ? [before, name.slice(slash + 1)] : [undefined, name];
}

function factsOf(toml: ModelToml, table: Setting): ModelFacts {
  const { context_window, max_output_tokens, images, tools, price, dialect, modalities } = toml;
  if (images !== undefined && modalities)
    table.at("modalities").problem("states the same as `images`", "keep one of the two");
  return defined({
    context_window,
    max_output_tokens,
    images: images ?? modalities?.includes("image"),
    tools,
    efforts: toml.efforts && effortTable(toml.efforts),
    price: price && defined(price),
    dialect: dialectPatch(dialect),
  });
}

/** Gives each provider the facts of its models, by the upstream's names. */
export function giveFacts(
  providers: readonly ConfiguredProvider[],
  models: readonly ConfiguredModel[],
  tables: Setting,
): ConfiguredProvider[] {
  const described = models.filter(({ facts }) => Object.keys(facts).length > 0);
  const named = new Map<string, string>();
  for (const { name, provider, model } of described) {
    const key = `${provider ?? ""}/${model}`;
    const other = named.get(key);
    if (other !== undefined) {
      const fix = "describe it in one of the two; make the second name an alias";
      tables.at(name).problem(`describes ${model}, and so does ${JSON.stringify(other)}`, fix);
    }
    named.set(key, name);
  }
  // Facts of one provider's model win over those of every provider's.
  const ordered = described.toSorted((a, b) => Number(a.provider !== undefined) - Number(b.provider !== undefined));
  return providers.map((each) => {
    const mine = ordered.filter(({ provider }) => provider === undefined || provider === each.record.id);
    const facts = Object.fromEntries(mine.map(({ model, facts }) => [model, facts]));
    return { ...each, record: { ...each.record, models: facts } };
  });
}
