/** Joins what is known of a provider and its models: preset, catalogue, what the host tells, and the user's own word. */
import { isPrivate } from "../core/addresses.ts";
import { mergeDialect, type Dialect, type JsonObject } from "../core/dialect.ts";
import type { ModelFacts, ProviderRecord } from "../core/provider.ts";
import { catalogueFacts } from "./catalogue.ts";
import type { Preset } from "./preset.ts";
import { presetById, presetByUrl, presetModel } from "./presets/index.ts";

/** What must be told of a provider; the rest has defaults. */
export type ProviderInput = Pick<ProviderRecord, "id"> & Partial<ProviderRecord>;

const DEFAULTS = {
  wires: ["chat"],
  auth: "bearer",
  headers: {},
  query: {},
  passthrough: "auto",
  // Clients try again by themselves, so that two of them would multiply.
  request_max_retries: 0,
  stream_max_retries: 0,
  stream_idle_timeout_ms: 30 * 60_000,
  connect_timeout_ms: 10_000,
  models: {},
} as const satisfies Partial<ProviderRecord>;

/** A provider with everything that it leaves unsaid. Its preset is the one that it names, or that of its address. */
export function resolveProvider(input: ProviderInput): ProviderRecord {
  const preset = presetById(input.preset) ?? presetByUrl(input.base_url ?? "");
  const { id, base_url = preset?.base_url ?? "", ...given } = input;
  const [root = "", query] = base_url.split("?");
  return {
    ...DEFAULTS,
    ...(preset && { preset: preset.id, wires: preset.wires, auth: preset.auth }),
    name: preset?.name ?? id,
    local: isPrivate(hostOf(root)),
    ...given,
    id,
    base_url: root.replace(/(?<!\/)\/+$/, ""),
    query: { ...(query !== undefined && Object.fromEntries(new URLSearchParams(query))), ...given.query },
  };
}

/** The preset says how this very model is asked for efforts. */
function forms(preset: Preset | undefined, model: string): boolean {
  return presetModel(preset, model).some(
    ({ effort_on, effort_off }) => effort_on !== undefined || effort_off !== undefined,
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** The user's config wins over what the host tells, and that over the catalogue. */
export function modelFacts(provider: ProviderRecord, model: string, live: ModelFacts = {}): ModelFacts {
  const preset = presetById(provider.preset);
  const known = preset?.catalogue === undefined ? undefined : catalogueFacts(preset.catalogue, model);
  return { ...known, ...defined(live), ...defined(provider.models[model] ?? {}) };
}

export function dialectFor(provider: ProviderRecord, model: string, live: ModelFacts = {}): Readonly<Dialect> {
  const preset: Preset | undefined = presetById(provider.preset);
  const known = preset?.catalogue === undefined ? undefined : catalogueFacts(preset.catalogue, model);
  const own = provider.models[model];
  const { max_output_tokens } = modelFacts(provider, model, live);
  return mergeDialect(
    max_output_tokens === undefined ? undefined : { max_output_tokens },
    preset?.dialect,
    ...presetModel(preset, model),
    known?.dialect,
    // Efforts and the form in which they are sent belong together.
    known?.efforts && !forms(preset, model) ? { efforts: known.efforts } : undefined,
    live.dialect,
    live.efforts && { efforts: live.efforts },
    provider.dialect,
    own?.efforts && { efforts: own.efforts },
    own?.dialect,
  );
}

function defined(facts: ModelFacts): ModelFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as ModelFacts;
}

/** What is edited in the text of a forwarded request. */
export interface ForwardWishes {
  /** What the user takes out and adds. */
  drop: readonly string[];
  extra_body: JsonObject;
  /** The most tokens that an answer may be asked to have, by the config, the preset or the host's own list; 0 for none. */
  most_output_tokens: number;
}

/** A catalogue's limits are not applied to a forwarded request: the host itself knows better, and says so. */
export function forwardWishes(provider: ProviderRecord, model: string, live: ModelFacts = {}): ForwardWishes {
  const own = provider.models[model];
  const preset = presetById(provider.preset);
  const { drop, extra_body } = mergeDialect(provider.dialect, own?.dialect);
  const said = own?.max_output_tokens ?? live.max_output_tokens;
  const { max_output_tokens } = mergeDialect(
    preset?.dialect,
    ...presetModel(preset, model),
    said === undefined ? undefined : { max_output_tokens: said },
    provider.dialect,
    own?.dialect,
  );
  return { drop, extra_body, most_output_tokens: max_output_tokens };
}
