/** Whether the services that hosted tools need are there: the search service, and the MCP servers. */
import type { McpServerSettings, SearchSettings } from "../../config/file/config-file.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import { McpServers } from "../hosted/mcp.ts";
import { searcher } from "../hosted/search.ts";
import { keySource } from "../upstreams/key-source.ts";
import { adviceFor } from "./hosted-advice.ts";
import { judged, ok, shown, type Finding, type Judged } from "./finding.ts";

const LIST_MS = 10_000;
/** Something that every service finds. */
const QUERY = "weather";

interface Hosted {
  web_search?: SearchSettings | undefined;
  mcp_servers: readonly McpServerSettings[];
  local_only: boolean;
}

/** A search elsewhere may cost money: it is made only where the user lets it. */
export async function hostedFindings(
  { web_search, mcp_servers, local_only }: Hosted,
  live: boolean,
): Promise<Finding[]> {
  const search = web_search && (await searchFinding(web_search, live, local_only));
  const servers = mcp_servers.filter(({ local }) => local || !local_only);
  const found = await Promise.all(servers.map((server) => serverFindings(server)));
  return [...(search ? [{ subject: "web search", ...search }] : []), ...found.flat()];
}

async function searchFinding(settings: SearchSettings, live: boolean, local_only: boolean): Promise<Judged> {
  const { service, local, url } = settings;
  const what = "search";
  if (local_only && !local) return judged(what, "note", `${service.name} is never asked: nothing may leave the house`);
  if (!local && !live)
    return judged(
      what,
      "skipped",
      `${service.name}: not asked, since a search may cost money`,
      undefined,
      "juscode-shim doctor --live",
    );
  const started = performance.now();
  try {
    const ask = searcher(settings, keySource(settings.key, undefined), 1);
    const results = await ask.search(QUERY, { size: "low" }, new AbortController().signal);
    const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    if (results.length > 0) return ok(what, `${service.name} at ${url} answers, in ${took}`);
    const fix = "are its engines reachable? Otherwise set `results` and `fields` of [web_search] right";
    return judged(
      what,
      "warning",
      `${service.name} at ${url} answers, and finds nothing`,
      "models find nothing either",
      fix,
    );
  } catch (thrown) {
    const { kind, message } = asShimError(thrown);
    const address = service.url ?? `http://HOST:PORT${service.path ?? "/search"}`;
    const fix = adviceFor(kind, { table: "[web_search]", key: settings.key, address, hint: service.hint });
    return judged(what, "problem", shown(`${url}: ${message}`, 300), "every search of a model fails", fix);
  }
}

async function serverFindings(settings: McpServerSettings): Promise<Finding[]> {
  const { label, url, allowed_tools } = settings;
  const subject = `mcp server ${label}`;
  const session = new McpServers([{ settings, readKey: keySource(settings.key, undefined) }]).session();
  try {
    const tools = await session.list({ server: label, label }, AbortSignal.timeout(LIST_MS));
    const lacking = (allowed_tools ?? []).filter((name) => !tools.some((tool) => tool.name === name));
    const names = shown(tools.map(({ name }) => name).join(", "));
    const none = judged(
      "tools",
      "warning",
      "it has none",
      "models get nothing of it",
      "does its key let it show some?",
    );
    const told: Judged[] = [
      tools.length === 0 && lacking.length === 0 ? none : ok("tools", `${tools.length}: ${names}`),
    ];
    if (lacking.length > 0) {
      const found = `it has no ${shown(lacking.join(", "))}`;
      told.push(
        judged(
          "allowed_tools",
          "warning",
          found,
          "models never get it",
          `set allowed_tools of [mcp_servers.${label}] right`,
        ),
      );
    }
    return told.map((each) => ({ subject, ...each }));
  } catch (thrown) {
    const late = (thrown as { name?: unknown }).name === "TimeoutError";
    const { kind, message } = late
      ? new ShimError("upstream_timeout", `silent for ${LIST_MS / 1000} s`)
      : asShimError(thrown);
    const table = `[mcp_servers.${label}]`;
    const fix = adviceFor(kind, { table, key: settings.key, address: "where it speaks MCP, usually …/mcp" });
    // Its query may hold a key.
    const found = shown(`${url.replace(/\?.*$/s, "")}: ${message}`, 300);
    return [{ subject, ...judged("tools", "problem", found, "models get none of its tools", fix) }];
  } finally {
    session.close();
  }
}
