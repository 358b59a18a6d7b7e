/** Joins what is known of a provider and its models: preset, catalogue, the upstream's own list, and the user's config. */
import { isPrivate } from "../core/addresses.ts";
import { mergeDialect, type Dialect, type DialectPatch, type JsonObject } from "../core/dialect.ts";
import type { ModelFacts, ProviderRecord } from "../core/provider.ts";
import { catalogueFacts } from "./catalogue.ts";
import { defined } from "./file/findings.ts";
import { presetById, presetByUrl, presetModel } from "./presets/index.ts";

/** A provider's record, of which only the id is required. */
export type ProviderInput = Pick<ProviderRecord, "id"> & Partial<ProviderRecord>;

const DEFAULTS = {
  wires: ["chat"],
  auth: "bearer",
  headers: {},
  query: {},
  passthrough: "auto",
  // Clients retry by themselves, so that retries here would multiply theirs.
  request_max_retries: 0,
  stream_max_retries: 0,
  stream_idle_timeout_ms: 30 * 60_000,
  connect_timeout_ms: 10_000,
  models: {},
} as const satisfies Partial<ProviderRecord>;

/** The record with all its defaults. Its preset is the one that it names, or that of its address. */
export function resolveProvider(input: ProviderInput): ProviderRecord {
  const preset = presetById(input.preset) ?? presetByUrl(input.base_url ?? "");
  const { id, base_url = preset?.base_url ?? "", ...given } = input;
  const [root = "", query] = base_url.split("?");
  return {
    ...DEFAULTS,
    ...(preset && { preset: preset.id, wires: preset.wires, auth: preset.auth }),
    name: preset?.name ?? id,
    local: isPrivate(URL.parse(root)?.hostname ?? ""),
    ...given,
    id,
    base_url: root.replace(/(?<!\/)\/+$/, ""),
    query: { ...(query !== undefined && Object.fromEntries(new URLSearchParams(query))), ...given.query },
  };
}

/** What preset and catalogue know of a model. */
function knownOf(provider: ProviderRecord, model: string) {
  const preset = presetById(provider.preset);
  const facts = preset?.catalogue === undefined ? undefined : catalogueFacts(preset.catalogue, model);
  return { facts, dialects: [preset?.dialect, ...presetModel(preset, model)] };
}

/** The user's config wins over the upstream's own list, and that over the catalogue. */
export function modelFacts(provider: ProviderRecord, model: string, live: ModelFacts = {}): ModelFacts {
  return { ...knownOf(provider, model).facts, ...defined(live), ...defined(provider.models[model] ?? {}) };
}

export function dialectFor(provider: ProviderRecord, model: string, live: ModelFacts = {}): Readonly<Dialect> {
  const { facts, dialects } = knownOf(provider, model);
  const own = provider.models[model];
  // Efforts and the form in which they are sent belong together.
  const has_form = dialects.slice(1).some((each) => each?.effort_on !== undefined || each?.effort_off !== undefined);
  return mergeDialect(
    limitOf(modelFacts(provider, model, live).max_output_tokens),
    ...dialects,
    facts?.dialect,
    facts?.efforts && !has_form ? { efforts: facts.efforts } : undefined,
    live.dialect,
    live.efforts && { efforts: live.efforts },
    provider.dialect,
    own?.efforts && { efforts: own.efforts },
    own?.dialect,
  );
}

function limitOf(max_output_tokens: number | undefined): DialectPatch | undefined {
  return max_output_tokens === undefined ? undefined : { max_output_tokens };
}

/** What is edited in the text of a forwarded request. */
export interface ForwardWishes {
  drop: readonly string[];
  extra_body: JsonObject;
  /** Most tokens of a reply, by the config, the preset or the upstream's own list; 0 for no limit. */
  most_output_tokens: number;
}

/** A catalogue's limits do not apply to a forwarded request: the upstream itself enforces its own. */
export function forwardWishes(provider: ProviderRecord, model: string, live: ModelFacts = {}): ForwardWishes {
  const own = provider.models[model];
  const { dialects } = knownOf(provider, model);
  const { drop, extra_body } = mergeDialect(provider.dialect, own?.dialect);
  const limit = limitOf(own?.max_output_tokens ?? live.max_output_tokens);
  const { max_output_tokens } = mergeDialect(...dialects, limit, provider.dialect, own?.dialect);
  return { drop, extra_body, most_output_tokens: max_output_tokens };
}
