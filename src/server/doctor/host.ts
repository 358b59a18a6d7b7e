/** Examines a model host with what costs nothing: whether it is there, which key it takes, and what it lists. */
import process from "node:process";
import { environmentProxy } from "../../config/proxies.ts";
import type { FoundProvider } from "../upstreams/probe.ts";
import { isDirect } from "../upstreams/transport.ts";
import { httpProvider, probeKind, type Provider } from "../upstreams/upstream.ts";
import { windowWarning } from "../windows/warning.ts";
import { about, judged, ok, shown, type Finding, type Judged } from "./finding.ts";

const LIST_MS = 3000;
const LIVE = "juscode-shim doctor --live asks for an answer";

/** `expected`: models that the config names. `key`: where its key comes from (`env OPENROUTER_API_KEY`), if it has one. */
type HostCase = { found: FoundProvider; expected: readonly string[]; key?: string };

export async function examineHost({ found, expected, key }: HostCase): Promise<Finding[]> {
  const { provider, models, problem } = found;
  const findings: Judged[] = [];
  const status = statusIn(problem);
  if (problem !== undefined && status === undefined) findings.push(notReached(provider, problem));
  else {
    const variable = passedBy(provider);
    const way = variable === undefined ? "" : ` (asked directly, not by the proxy of ${variable})`;
    findings.push(ok("reachable", `${provider.base_url ?? "built in"} answers${way}`));
    findings.push(await keyFinding(provider, status, key));
    if (status !== 401 && status !== 403) findings.push(listed(found, status));
  }
  if (models.length > 0) findings.push(...missing(found, expected), ...remote(found), ...windows(found));
  return findings.map((each) => ({ subject: provider.id, ...each }));
}

/** `answers 401 to GET /models`. */
function statusIn(problem: string | undefined): number | undefined {
  const status = /\banswers (\d{3}) to GET \/models/.exec(problem ?? "")?.[1];
  return status === undefined ? undefined : Number(status);
}

/** The environment variable whose proxy is passed by: local hosts are asked directly. */
function passedBy({ record, base_url }: Provider): string | undefined {
  return base_url !== undefined && isDirect(record) ? environmentProxy(base_url, process.env) : undefined;
}

/** Models that it lists and that run elsewhere: with `local_only` they get no requests. */
function remote({ provider, models }: FoundProvider): Judged[] {
  const away = models.filter((model) => provider.record.local && model.remote === true);
  if (away.length === 0) return [];
  const why = "the upstream forwards their prompts, so that they do not count as local";
  const fix = "nothing needs to be done; `local_only` refuses them";
  return [judged("models that run elsewhere", "note", someOf(away), why, fix)];
}

const SHOWN_MODELS = 4;

function someOf(models: FoundProvider["models"]): string {
  const names = models.slice(0, SHOWN_MODELS).map(({ id }) => shown(id, 60));
  return names.join(", ") + (models.length > SHOWN_MODELS ? `, and ${models.length - SHOWN_MODELS} more` : "");
}

function notReached(provider: Provider, problem: string): Judged {
  const { record, base_url } = provider;
  const variable = passedBy(provider);
  const local = `start it, or correct \`base_url\`; it is asked directly, since it is local: if only the proxy of ${variable} reaches it, name that by \`proxy\``;
  const away = "start it, or correct `base_url`; is a proxy or a firewall between?";
  const misplaced = /web page|redirects|JSON/.test(problem);
  const fix = misplaced ? "correct `base_url`: it usually ends in `/v1`" : variable === undefined ? away : local;
  const found = `${base_url ?? record.id}: ${shown(problem)}`;
  return judged("reachable", "problem", found, "every request to it fails", fix);
}

async function keyFinding(provider: Provider, status: number | undefined, key: string | undefined): Promise<Judged> {
  const report = about("key");
  const has = key !== undefined || provider.record.api_key !== undefined;
  const from = key === undefined ? "" : ` (${key})`;
  const variable = key?.startsWith("env ") ? key.slice(4) : undefined;
  if (status === 401 || status === 403)
    return report.problem(
      has ? `refused by ${status}${from}` : `it wants a key (${status}), and none is set`,
      "every request is refused",
      variable === undefined
        ? "set the right key by `env_key` or `api_key_file`"
        : `set the right key: export ${variable}=…`,
    );
  if (status !== undefined) return report.skipped(`unknown: GET /models answers ${status}`, undefined, LIVE);
  if (!has) return report.ok("no key is needed");
  if (await refusesStrangers(provider)) return report.ok(`accepted${from}`);
  return report.skipped(`not tested: the upstream lists its models without a key${from}`, undefined, LIVE);
}

/** Whether it lists no models without a key: otherwise the list says nothing of the key. */
async function refusesStrangers({ record }: Provider): Promise<boolean> {
  const { api_key: _, headers, ...rest } = record;
  const bare = Object.entries(headers).filter(([name]) => !/authorization|key|token/i.test(name));
  const stranger = httpProvider({ ...rest, headers: Object.fromEntries(bare) });
  const list = await stranger.listModels("", AbortSignal.timeout(LIST_MS)).catch(() => undefined);
  return /\banswers 40[13] /.test(list?.problem ?? "");
}

function listed({ models }: FoundProvider, status: number | undefined): Judged {
  if (models.length > 0) return ok("models", someOf(models));
  const found = status === undefined ? "it lists none" : `GET /models answers ${status}`;
  const fix = 'name its models in the config: [models."NAME"] provider = …, model = …';
  return judged("models", "note", found, "agents cannot choose from a list", fix);
}

function missing({ provider, models }: FoundProvider, expected: readonly string[]): Judged[] {
  const unknown = expected.filter((name) => !models.some(({ id }) => id === name));
  const fix = `load it there, or write its name as ${provider.id} lists it`;
  const found = "named in the config, and not listed by the upstream";
  return unknown.map((name) => judged(`model ${shown(name, 60)}`, "warning", found, "requests for it may fail", fix));
}

const MOST_WARNINGS = 8; // A host of hundreds of models does not get a line for each.

function windows({ provider, models }: FoundProvider): Judged[] {
  const kind = probeKind(provider);
  const warnings = models.flatMap((model) => {
    const warning = windowWarning(kind, model);
    if (warning === undefined) return [];
    const at = warning.lastIndexOf(": ");
    const [found, fix] = [shown(warning.slice(0, at), 240), warning.slice(at + 2)];
    return [judged(`window of ${shown(model.id, 60)}`, "warning", found, "long tasks fail, or forget", fix)];
  });
  if (warnings.length > MOST_WARNINGS) {
    const rest = judged("windows", "warning", `${warnings.length - MOST_WARNINGS} more models have a small one`);
    return [...warnings.slice(0, MOST_WARNINGS), rest];
  }
  const known = models.flatMap(({ context_window }) => context_window ?? []);
  if (warnings.length > 0 || known.length === 0) return warnings;
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return [ok("windows", least === most ? `${least} tokens` : `${least} to ${most} tokens`)];
}
