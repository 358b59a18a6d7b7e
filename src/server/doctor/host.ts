/** What can be found out of a host for nothing: whether it is there, whom it lets in, and what it lists. */
import process from "node:process";
import { environmentProxy } from "../../config/proxies.ts";
import { isDirect } from "../upstreams/transport.ts";
import { windowWarning } from "../windows/warning.ts";
import type { Found } from "../upstreams/probe.ts";
import { httpProvider, probeKind, type Provider } from "../upstreams/upstream.ts";
import { judged, ok, shown, type Finding, type Judged } from "./finding.ts";

const LIST_MS = 3000;

interface HostCase {
  found: Found;
  /** Models that the config names, by the host's names. */
  expected: readonly string[];
  /** Where its key comes from, for people (`env OPENROUTER_API_KEY`); absent for none. */
  key?: string;
}

export async function examineHost({ found, expected, key }: HostCase): Promise<Finding[]> {
  const { provider, models, problem } = found;
  const told: Judged[] = [];
  const status = statusIn(problem);
  if (problem !== undefined && status === undefined) told.push(notReached(provider, problem));
  else {
    told.push(ok("reachable", `${provider.base_url ?? "built in"} answers${wayOf(provider)}`));
    told.push(await keyFinding(provider, status, key));
    if (status !== 401 && status !== 403) told.push(list(found, status));
  }
  if (models.length > 0) told.push(...missing(found, expected), ...remote(found), ...windows(found));
  return told.map((each) => ({ subject: provider.id, ...each }));
}

/** `answers 401 to GET /models`. */
function statusIn(problem: string | undefined): number | undefined {
  const status = /\banswers (\d{3}) to GET \/models/.exec(problem ?? "")?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Local hosts are asked past every proxy that the environment names. */
function wayOf({ record, base_url }: Provider): string {
  const variable = base_url !== undefined && isDirect(record) ? environmentProxy(base_url, process.env) : undefined;
  return variable === undefined ? "" : ` (asked directly, not by the proxy of ${variable})`;
}

/** Models that its list holds and that run elsewhere: with `local_only` they are not asked. */
function remote({ provider, models }: Found): Judged[] {
  const away = models.filter((model) => provider.record.local && model.remote === true);
  if (away.length === 0) return [];
  const names = away.slice(0, SHOWN_MODELS).map(({ id }) => shown(id, 60));
  const more = away.length > SHOWN_MODELS ? `, and ${away.length - SHOWN_MODELS} more` : "";
  return [
    judged(
      "models that run elsewhere",
      "note",
      names.join(", ") + more,
      "the host forwards their prompts, so that they do not count as local",
      "nothing is to be done; `local_only` refuses them",
    ),
  ];
}

function notReached({ record, base_url }: Provider, problem: string): Judged {
  const passed_by = isDirect(record) && base_url ? environmentProxy(base_url, process.env) : undefined;
  const misplaced = /web page|redirects|JSON/.test(problem);
  return judged(
    "reachable",
    "problem",
    `${base_url ?? record.id}: ${shown(problem)}`,
    "every request to it fails",
    misplaced
      ? "correct `base_url`: it usually ends in `/v1`"
      : passed_by === undefined
        ? "start it, or correct `base_url`; is a proxy or a firewall between?"
        : `start it, or correct \`base_url\`; it is asked directly, since it is local: if only the proxy of ${passed_by} reaches it, name that by \`proxy\``,
  );
}

async function keyFinding(provider: Provider, status: number | undefined, key: string | undefined): Promise<Judged> {
  const has = key !== undefined || provider.record.api_key !== undefined;
  const from = key === undefined ? "" : ` (${key})`;
  const variable = key?.startsWith("env ") ? key.slice(4) : undefined;
  if (status === 401 || status === 403)
    return judged(
      "key",
      "problem",
      has ? `refused by ${status}${from}` : `it wants a key (${status}), and none is set`,
      "every request is refused",
      variable === undefined
        ? "name the variable of the right key by `env_key`, or its file by `api_key_file`"
        : `set the right key: export ${variable}=…`,
    );
  if (status !== undefined)
    return judged("key", "skipped", `cannot be told: GET /models answers ${status}`, undefined, LIVE);
  if (!has) return ok("key", "none is asked for");
  const open = await listsWithoutKey(provider);
  if (open === false) return ok("key", `accepted${from}`);
  return judged("key", "skipped", `not tested: the host lists its models to everybody${from}`, undefined, LIVE);
}

const LIVE = "juscode-shim doctor --live asks for an answer";

/** Whether a stranger gets the list too; then it says nothing of the key. */
async function listsWithoutKey({ record }: Provider): Promise<boolean | undefined> {
  const { api_key: _, headers, ...rest } = record;
  const bare = Object.entries(headers).filter(([name]) => !/authorization|key|token/i.test(name));
  const stranger = httpProvider({ ...rest, headers: Object.fromEntries(bare) });
  try {
    const { problem } = await stranger.listModels("", AbortSignal.timeout(LIST_MS));
    return problem === undefined ? true : !/\banswers 40[13] /.test(problem);
  } catch {
    return undefined;
  }
}

const SHOWN_MODELS = 4;

function list({ models }: Found, status: number | undefined): Judged {
  const names = models.slice(0, SHOWN_MODELS).map(({ id }) => shown(id, 60));
  const more = models.length > SHOWN_MODELS ? `, and ${models.length - SHOWN_MODELS} more` : "";
  if (models.length > 0) return ok("models", names.join(", ") + more);
  return judged(
    "models",
    "note",
    status === undefined ? "it lists none" : `GET /models answers ${status}`,
    "agents cannot choose from a list",
    'name its models in the config: [models."NAME"] provider = …, model = …',
  );
}

function missing({ provider, models }: Found, expected: readonly string[]): Judged[] {
  const unknown = expected.filter((name) => !models.some(({ id }) => id === name));
  return unknown.map((name) =>
    judged(
      `model ${shown(name, 60)}`,
      "warning",
      "named in the config, and not listed by the host",
      "requests for it may fail",
      `load it there, or write its name as ${provider.id} lists it`,
    ),
  );
}

/** A host of hundreds of models is not told of one by one. */
const MOST_WARNINGS = 8;

function windows({ provider, models }: Found): Judged[] {
  const kind = probeKind(provider);
  const warnings = models.flatMap((model) => {
    const warning = windowWarning(kind, model);
    if (warning === undefined) return [];
    const at = warning.lastIndexOf(": ");
    const [found, fix] = [warning.slice(0, at), warning.slice(at + 2)];
    return [
      judged(`window of ${shown(model.id, 60)}`, "warning", shown(found, 240), "long tasks fail, or forget", fix),
    ];
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
