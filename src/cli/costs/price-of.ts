/** Prices by the names that users write: those of their config, and `provider/model` of the catalogue. */
import type { ConfigFile } from "../../config/file/config-file.ts";
import { presetById } from "../../config/presets/index.ts";
import { modelFacts, resolveProvider } from "../../config/resolve.ts";
import type { Price } from "../../core/provider.ts";

export type PriceOf = (name: string) => Price | undefined;

export function priceOf(config: ConfigFile | undefined): PriceOf {
  return (name) => {
    const named = config?.models.find((each) => each.name === name || each.aliases.includes(name));
    if (named?.facts.price) return named.facts.price;
    if (named?.provider !== undefined) return priceAt(config, named.provider, named.model);
    const slash = name.indexOf("/");
    if (slash > 0) return priceAt(config, name.slice(0, slash), name.slice(slash + 1));
    for (const { record } of config?.providers ?? []) {
      const { price } = modelFacts(record, name);
      if (price) return price;
    }
    return undefined;
  };
}

/** A preset counts by its name even where the config does not use it: users compare with services that they do not have. */
function priceAt(config: ConfigFile | undefined, id: string, model: string): Price | undefined {
  const record = config?.providers.find((each) => each.record.id === id)?.record;
  const preset = presetById(id);
  if (record) return modelFacts(record, model).price;
  return preset && modelFacts(resolveProvider({ id, preset: id }), model).price;
}
