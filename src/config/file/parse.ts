/** The config file as a whole: from its text to resolved data, or to everything that is wrong with it. Nothing half-loads. */
import type * as z from "zod";
import { isPrivate } from "../../core/addresses.ts";
import { locateKeys } from "../../core/toml-positions.ts";
import { CODEX_TOP_KEYS } from "./codex-keys.ts";
import type { ConfigFile, ConfigInputs, ConfiguredProvider, StoreConfig } from "./config-file.ts";
import { defined, Setting, sorted, type Findings } from "./findings.ts";
import type { Problem } from "./problem.ts";
import { resolvePath } from "./resolve-files.ts";
import { resolveMcp } from "./resolve-mcp.ts";
import { giveFacts, resolveModel, type KnownProviders } from "./resolve-model.ts";
import { checkNames } from "./resolve-names.ts";
import { resolveOne } from "./resolve-provider.ts";
import { AUTO_ROUTE, isAuto, resolveRoute } from "./resolve-route.ts";
import { resolveSearch } from "./resolve-search.ts";
import { resolveServer } from "./resolve-server.ts";
import { resolveStore } from "./resolve-store.ts";
import { fileSchema, type ConfigToml } from "./schema.ts";
import { parseToml, shapeProblems } from "./toml-errors.ts";

export type ConfigResult = { config: ConfigFile } | { problems: readonly Problem[] };

export function parseConfig(text: string, file: string, inputs: ConfigInputs): ConfigResult {
  const parsed = parseToml(text, file);
  if ("problem" in parsed) return { problems: [parsed.problem] };
  const shape = fileSchema.safeParse(parsed.data);
  const found = newFindings(text, file, inputs);
  if (!shape.success) found.problems.push(...shapeProblems(shape.error, parsed.data, file, found.positions));
  // What is well-formed is checked all the same, so that one run reports every problem.
  const { toml, broken } = shape.success ? { toml: shape.data, broken: NONE } : wellFormed(parsed.data, shape.error);
  const config = resolve(toml, broken, new Setting(found));
  return found.problems.length > 0 ? { problems: sorted(found.problems) } : { config };
}

const NONE: ReadonlySet<string> = new Set();

function resolve(toml: ConfigToml, broken: ReadonlySet<string>, root: Setting): ConfigFile {
  warnOfCodex(toml, root);
  const ids = Object.keys(toml.model_providers ?? {});
  const server = resolveServer(toml.server ?? {}, ids.length > 0, root.at("server"));
  const { local_only, idle_ms } = server;
  const known: KnownProviders = { ids, discover: server.discover };
  /** The tables of a section whose shape is right, each resolved. */
  const each = <Toml, Resolved>(
    section: "model_providers" | "routes" | "mcp_servers",
    tables: Record<string, Toml> | undefined,
    resolveTable: (name: string, table: Toml, setting: Setting) => Resolved | undefined,
  ): Resolved[] =>
    Object.entries(tables ?? {})
      .filter(([name]) => !broken.has(`${section}.${name}`))
      .flatMap(([name, table]) => resolveTable(name, table, root.at(section, name)) ?? []);
  const resolved = each("model_providers", toml.model_providers, (id, table, at) => resolveOne(id, table, at, idle_ms));
  const models = Object.entries(toml.models ?? {}).map(([name, table]) =>
    resolveModel(name, table, root.at("models", name), known),
  );
  const providers = giveFacts(resolved, models, root.at("models"));
  const names = Object.keys(toml.routes ?? {});
  checkNames(ids, models, names, root);
  const context = { providers, known, models, routes: [...names, AUTO_ROUTE], local_only };
  const routes = each("routes", toml.routes, (name, table, at) => resolveRoute(name, table, at, context));
  if (!routes.some(({ name }) => isAuto(name)))
    routes.push({ name: AUTO_ROUTE, candidates: "all", prefer: "cheapest", local_only });
  warnOfShared(toml, providers, server.keys_file, root);
  const web_search = toml.web_search === undefined ? undefined : resolveSearch(toml.web_search, root.at("web_search"));
  const mcp_servers = each("mcp_servers", toml.mcp_servers, resolveMcp);
  const store = resolveStore(toml.store ?? {}, root.at("store"));
  if (local_only) {
    const far = "is never used: it is not local, and [server] sets local_only = true";
    for (const { record, local } of providers) if (!local) root.at("model_providers", record.id).warn(far);
    for (const { label, local } of mcp_servers) if (!local) root.at("mcp_servers", label).warn(far);
    if (web_search?.local === false) root.at("web_search").warn(far);
    if (isRemote(store))
      root
        .at("store")
        .warn("keeps prompts at an address that is not local: [server] local_only is for models and services alone");
  }
  const { file, warnings, reads } = root.found;
  return {
    file,
    providers,
    models,
    routes,
    server,
    costs: { enabled: true, ...defined(toml.costs ?? {}) },
    store,
    ...(web_search && { web_search }),
    mcp_servers,
    warnings: sorted(warnings),
    reads: [...new Set(reads)],
  };
}

function isRemote({ enabled, place }: StoreConfig): boolean {
  const hostname = enabled && place.kind === "postgres" ? (URL.parse(place.url)?.hostname ?? "") : "";
  // Without a name it is a socket of this machine.
  return hostname !== "" && !isPrivate(hostname);
}

/** Several client keys share the provider's account: each can use what it stores, unless that is refused. */
function warnOfShared(
  { model_providers = {} }: ConfigToml,
  providers: readonly ConfiguredProvider[],
  keys_file: string | undefined,
  root: Setting,
): void {
  const keys = root.found.inputs.unbound_keys?.(keys_file) ?? 0;
  if (keys < 2) return;
  for (const { record, local } of providers) {
    if (local || model_providers[record.id]?.account_objects !== undefined) continue;
    root
      .at("model_providers", record.id)
      .warn(
        `is shared by ${keys} client keys that have no list of models: each can use what its account stores (files, containers, prompts); account_objects = false refuses that, true allows it`,
      );
  }
}

function warnOfCodex(toml: ConfigToml, root: Setting): void {
  const [first, ...others] = Object.keys(toml).filter((key) => CODEX_TOP_KEYS.includes(key));
  if (first === undefined) return;
  const rest = others.length === 0 ? "" : `; the same is true of ${others.join(", ")}`;
  root.at(first).warn(`is a setting of Codex and has no effect here${rest}`);
}

const WHOLE_TABLES = ["server", "costs", "store", "web_search"];

type Tables = Record<string, Record<string, unknown> | undefined>;

/** The file without the tables whose shape is wrong: only their names are left, for others to refer to. */
function wellFormed(data: unknown, { issues }: z.ZodError): { toml: ConfigToml; broken: Set<string> } {
  const toml: Tables = { ...(data as Tables) };
  const broken = new Set<string>();
  for (const { path } of issues) {
    const [section, id] = path.map(String);
    if (section === undefined) continue;
    if (id === undefined || WHOLE_TABLES.includes(section)) {
      delete toml[section];
      continue;
    }
    const aliases = (toml[section]?.[id] as { aliases?: unknown } | undefined)?.aliases;
    const isList = Array.isArray(aliases) && aliases.every((alias) => typeof alias === "string");
    toml[section] = { ...toml[section], [id]: isList ? { aliases } : {} };
    broken.add(`${section}.${id}`);
  }
  return { toml: toml as ConfigToml, broken };
}

/**
 * Where the config says that the client keys are. Nothing else of it is checked: keys are created in a shell that has
 * none of the server's variables, and before there is any key the config may be invalid for want of one.
 */
export function keysFileIn(
  text: string,
  file: string,
  inputs: ConfigInputs,
): { keys_file: string | undefined } | { problems: readonly Problem[] } {
  const parsed = parseToml(text, file);
  if ("problem" in parsed) return { problems: [parsed.problem] };
  const { keys_file: written } = (parsed.data as { server?: { keys_file?: unknown } }).server ?? {};
  if (typeof written !== "string") return { keys_file: undefined };
  const found = newFindings(text, file, inputs);
  const keys_file = resolvePath(written, new Setting(found, ["server", "keys_file"]));
  return keys_file === undefined ? { problems: found.problems } : { keys_file };
}

function newFindings(text: string, file: string, inputs: ConfigInputs): Findings {
  return { file, positions: locateKeys(text), inputs, problems: [], warnings: [], reads: [] };
}
