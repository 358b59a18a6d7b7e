/** The config file as a whole: from its text to resolved data, or to everything that is wrong with it. Nothing half-loads. */
import type * as z from "zod";
import { isPrivate } from "../../core/addresses.ts";
import { CODEX_TOP_KEYS } from "./codex-keys.ts";
import type { ConfigFile, ConfigInputs, ConfiguredProvider, ConfiguredRoute, StoreConfig } from "./config-file.ts";
import { defined, Findings, sorted } from "./findings.ts";
import type { Problem } from "./problem.ts";
import { giveFacts, resolveModel, type KnownProviders } from "./resolve-model.ts";
import { checkNames } from "./resolve-names.ts";
import { resolveOne } from "./resolve-provider.ts";
import { AUTO_ROUTE, isAuto, resolveRoute } from "./resolve-route.ts";
import { resolveMcp } from "./resolve-mcp.ts";
import { resolveSearch } from "./resolve-search.ts";
import { resolveServer } from "./resolve-server.ts";
import { resolveStore } from "./resolve-store.ts";
import { fileSchema, type ConfigToml } from "./schema.ts";
import { parseToml, shapeProblems } from "./toml-errors.ts";
import { locateKeys } from "./toml-positions.ts";

export type ConfigResult = { config: ConfigFile } | { problems: readonly Problem[] };

export function parseConfig(text: string, file: string, inputs: ConfigInputs): ConfigResult {
  const parsed = parseToml(text, file);
  if ("problem" in parsed) return { problems: [parsed.problem] };
  const positions = locateKeys(text);
  const shape = fileSchema.safeParse(parsed.data);
  const found = new Findings(file, positions, inputs);
  if (!shape.success) found.problems.push(...shapeProblems(shape.error, parsed.data, file, positions));
  // What is well-formed is judged all the same, so that one run tells of all that is wrong.
  const { toml, broken } = shape.success ? { toml: shape.data, broken: NONE } : wellFormed(parsed.data, shape.error);
  const config = resolve(toml, broken, found);
  return found.problems.length > 0 ? { problems: sorted(found.problems) } : { config };
}

const NONE: ReadonlySet<string> = new Set();

function resolve(toml: ConfigToml, broken: ReadonlySet<string>, found: Findings): ConfigFile {
  warnOfCodex(toml, found);
  const ids = Object.keys(toml.model_providers ?? {});
  const server = resolveServer(toml.server ?? {}, ids.length > 0, found);
  const known: KnownProviders = { ids, discover: server.discover };
  const sound = (section: string, tables: object = {}): string[] =>
    Object.keys(tables).filter((id) => !broken.has(`${section}.${id}`));
  const resolved = sound("model_providers", toml.model_providers).flatMap(
    (id) => resolveOne(id, toml.model_providers?.[id] ?? {}, server.idle_ms, found) ?? [],
  );
  const models = Object.entries(toml.models ?? {}).map(([name, each]) => resolveModel(name, each, known, found));
  const providers = giveFacts(resolved, models, found);
  const names = Object.keys(toml.routes ?? {});
  checkNames(ids, models, names, found);
  const around = { providers, known, models, routes: [...names, AUTO_ROUTE], local_only: server.local_only };
  const routes = sound("routes", toml.routes).map((name) =>
    resolveRoute(name, toml.routes?.[name] ?? {}, around, found),
  );
  if (server.local_only) {
    for (const { record } of providers.filter(({ local }) => !local))
      found.warn(["model_providers", record.id], "is never asked: it is not local, and [server] has local_only = true");
  }
  warnOfShared(toml, providers, server.keys_file, found);
  const web_search = resolveSearch(toml.web_search, found);
  const mcp_servers = sound("mcp_servers", toml.mcp_servers).flatMap((label) =>
    resolveMcp(label, toml.mcp_servers?.[label] ?? {}, found),
  );
  if (server.local_only) {
    for (const { label } of mcp_servers.filter(({ local }) => !local))
      found.warn(["mcp_servers", label], "is never asked: it is not local, and [server] has local_only = true");
  }
  if (server.local_only && web_search && !web_search.local)
    found.warn(["web_search"], "is never asked: it is not local, and [server] has local_only = true");
  const store = resolveStore(toml.store ?? {}, found);
  if (server.local_only && isElsewhere(store))
    found.warn(
      ["store"],
      "keeps prompts at an address that is not local: [server] local_only is for models and services alone",
    );
  return {
    file: found.file,
    providers,
    models,
    routes: routes.some(({ name }) => isAuto(name)) ? routes : [...routes, autoRoute(server.local_only)],
    server,
    costs: { enabled: true, ...defined(toml.costs ?? {}) },
    store,
    ...(web_search && { web_search }),
    mcp_servers,
    warnings: sorted(found.warnings),
    reads: [...new Set(found.reads)],
  };
}

function isElsewhere({ enabled, place }: StoreConfig): boolean {
  const hostname = enabled && place.kind === "postgres" ? (URL.parse(place.url)?.hostname ?? "") : "";
  // Without a name it is a socket of this machine.
  return hostname !== "" && !isPrivate(hostname);
}

const autoRoute = (local_only: boolean): ConfiguredRoute => ({
  name: AUTO_ROUTE,
  candidates: "all",
  prefer: "cheapest",
  local_only,
});

/** One account behind several clients: what it holds each of them may name, unless that is refused. */
function warnOfShared(
  { model_providers = {} }: ConfigToml,
  providers: readonly ConfiguredProvider[],
  keys_file: string | undefined,
  found: Findings,
): void {
  const keys = found.inputs.unbound_keys?.(keys_file) ?? 0;
  if (keys < 2) return;
  for (const { record, local } of providers) {
    if (local || model_providers[record.id]?.account_objects !== undefined) continue;
    found.warn(
      ["model_providers", record.id],
      `is shared by ${keys} client keys that are bound to no models: each may name what its account holds (files, containers, prompts); account_objects = false refuses that, true lets it be`,
    );
  }
}

function warnOfCodex(toml: ConfigToml, found: Findings): void {
  const given = Object.keys(toml).filter((key) => CODEX_TOP_KEYS.includes(key));
  const [first] = given;
  if (first === undefined) return;
  const others = given.length === 1 ? "" : `; nor do ${given.slice(1).join(", ")}`;
  found.warn([first], `is Codex's own and means nothing here${others}`);
}

const WHOLE_TABLES = ["server", "costs", "store", "web_search"];

type Tables = Record<string, Record<string, unknown> | undefined>;

/** The file without the tables whose shape is wrong: of them only their names are left, for others to refer to. */
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
