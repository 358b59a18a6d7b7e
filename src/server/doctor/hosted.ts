/** Examines the services that hosted tools need: the search service, and the MCP servers. */
import type { KeyOrigin, McpServerSettings, SearchSettings } from "../../config/file/config-file.ts";
import { shownKey } from "../../config/file/describe.ts";
import { asShimError, ShimError, type ErrorKind } from "../../core/errors.ts";
import { McpServers } from "../hosted/mcp.ts";
import { searcher } from "../hosted/search.ts";
import type { HostedSettings } from "../hosted/tools.ts";
import { keySource } from "../upstreams/key-source.ts";
import { about, ok, shown, type Finding, type Judged } from "./finding.ts";

const LIST_MS = 10_000;
/** Every service finds something for it. */
const QUERY = "weather";

type Settings = HostedSettings & { local_only: boolean };

/** A search elsewhere may cost money: it is made only with `live`. */
export async function hostedFindings(settings: Settings, live: boolean): Promise<Finding[]> {
  const { web_search, mcp_servers, local_only } = settings;
  const search = web_search && (await searchFinding(web_search, live, local_only));
  const servers = mcp_servers.filter(({ local }) => local || !local_only);
  const found = await Promise.all(servers.map(serverFindings));
  return [...(search ? [{ subject: "web search", ...search }] : []), ...found.flat()];
}

async function searchFinding(settings: SearchSettings, live: boolean, local_only: boolean): Promise<Judged> {
  const report = about("search");
  const { service, local, url, key } = settings;
  if (local_only && !local) return report.note(`${service.name} is never asked: local_only is set`);
  if (!local && !live) {
    const found = `${service.name}: not asked, since a search may cost money`;
    return report.skipped(found, undefined, "juscode-shim doctor --live");
  }
  const started = performance.now();
  try {
    const search = searcher(settings, keySource(key, undefined), 1);
    const results = await search.search(QUERY, { size: "low" }, new AbortController().signal);
    const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    if (results.length > 0) return report.ok(`${service.name} at ${url} answers, in ${took}`);
    const why = "models find nothing either";
    const fix = "are its engines reachable? Otherwise set `results` and `fields` of [web_search] right";
    return report.warning(`${service.name} at ${url} answers, and finds nothing`, why, fix);
  } catch (thrown) {
    const { kind, message } = asShimError(thrown);
    const address = service.url ?? `http://HOST:PORT${service.path ?? "/search"}`;
    const fix = fixFor(kind, { table: "[web_search]", key, address, hint: service.hint });
    return report.problem(shown(`${url}: ${message}`, 300), "every search of a model fails", fix);
  }
}

async function serverFindings(settings: McpServerSettings): Promise<Finding[]> {
  const { label, url, allowed_tools = [], key } = settings;
  const subject = `mcp server ${label}`;
  const table = `[mcp_servers.${label}]`;
  const report = about("tools");
  const session = new McpServers([{ settings, readKey: keySource(key, undefined) }]).session();
  try {
    const tools = await session.list({ server: label, label }, AbortSignal.timeout(LIST_MS));
    const names = tools.map(({ name }) => name);
    const lacking = allowed_tools.filter((name) => !names.includes(name));
    const none = report.warning("it has none", "models get nothing of it", "may its key see them?");
    const found =
      names.length === 0 && lacking.length === 0 ? none : ok("tools", `${names.length}: ${shown(names.join(", "))}`);
    if (lacking.length === 0) return [{ subject, ...found }];
    const [missing, fix] = [`it has no ${shown(lacking.join(", "))}`, `set allowed_tools of ${table} right`];
    const wrong = about("allowed_tools").warning(missing, "models never get it", fix);
    return [found, wrong].map((each) => ({ subject, ...each }));
  } catch (thrown) {
    const late = thrown instanceof Error && thrown.name === "TimeoutError";
    const { kind, message } = late
      ? new ShimError("upstream_timeout", `silent for ${LIST_MS / 1000} s`)
      : asShimError(thrown);
    const fix = fixFor(kind, { table, key, address: "where it speaks MCP, usually …/mcp" });
    // The query of its URL may hold a key.
    const found = shown(`${url.replace(/\?.*$/s, "")}: ${message}`, 300);
    return [{ subject, ...report.problem(found, "models get none of its tools", fix) }];
  } finally {
    session.close();
  }
}

/** A service by its table in the config, what its address looks like, and what its users must know (see config). */
type Service = { table: string; key: KeyOrigin; address: string; hint?: string | undefined };

function fixFor(kind: ErrorKind, { table, key, address, hint }: Service): string {
  const keyless = key.kind === "none";
  const place = key.kind === "env" ? `in the variable ${key.name}` : shownKey(key);
  const resend = `set the right key: the one that is sent stands ${place}; then restart the shim or send it SIGHUP`;
  const denied = keyless
    ? `it may want a key: env_key or api_key_file of ${table}`
    : `the key ${place} does not allow this`;
  const misplaced = `correct url of ${table}: ${address}`;
  const fixes: Partial<Record<ErrorKind, string>> = {
    authentication: keyless ? `it wants a key, and none is set: env_key or api_key_file of ${table}` : resend,
    permission: hint === undefined ? denied : `${hint}; restart it after that`,
    quota: "the account is used up: top it up, or name another service",
    rate_limited: "it is asked too often: wait, or raise its limit for this machine",
    not_found: misplaced,
    upstream_misplaced: misplaced,
    upstream_protocol: misplaced,
    upstream_unreachable: `start it, or correct url of ${table}; is a proxy or a firewall between?`,
    upstream_timeout: `is it busy or stuck? timeout_ms of ${table} is its limit`,
    invalid_request: `it does not take what it is sent: look at what ${table} adds to it`,
  };
  return fixes[kind] ?? `look into its own log; are url and key of ${table} right?`;
}
