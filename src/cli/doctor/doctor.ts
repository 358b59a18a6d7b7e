/**
 * `juscode-shim doctor`: what is wrong, why it matters, and how to set it right. It asks only what costs nothing;
 * with `--live` it asks models for answers, and keeps what they can do for routing to use.
 */
import { homedir } from "node:os";
import process from "node:process";
import { printableJson } from "../../core/printable.ts";
import { findConfig } from "../../config/file/find.ts";
import { loadConfig } from "../../config/file/load.ts";
import type { ConfigFile } from "../../config/file/config-file.ts";
import { shownConfig } from "../../config/file/describe.ts";
import { warningText } from "../../config/file/problem.ts";
import type { AppOptions } from "../../server/app-options.ts";
import { createApp } from "../../server/app.ts";
import { capabilitiesFile, keepProfiles } from "../../server/doctor/capabilities.ts";
import { stateFolder, type Machine } from "../../server/costs/state-folder.ts";
import { exposureOf } from "../../server/access/exposed-path.ts";
import { exposedState } from "../../server/access/exposed-state.ts";
import { Chart } from "../../server/doctor/ask.ts";
import { judged, ok, shown, type Finding, type Judged } from "../../server/doctor/finding.ts";
import { examineHost } from "../../server/doctor/host.ts";
import { hostedFindings } from "../../server/doctor/hosted.ts";
import { portFindings, privateFinding, selfTest, stateFinding } from "../../server/doctor/install.ts";
import { examineModel, type ModelCase } from "../../server/doctor/model.ts";
import type { CapabilityProfile } from "../../server/doctor/profile.ts";
import { storeFileOf } from "../../server/store/open.ts";
import { storeFinding } from "../../server/doctor/store.ts";
import { expectedOf, namedModels, priceText, selectModels } from "../../server/doctor/select.ts";
import { RefusalMemory } from "../../core/refusals/memory.ts";
import { findingsText } from "./text.ts";
import type { ServeFlags } from "../serve-flags.ts";
import { appOptions } from "../serve.ts";
import { settingsOf, type Settings } from "../settings.ts";
import { VERSION } from "../version.ts";

export interface DoctorOptions {
  json: boolean;
  /** Ask models for answers. */
  live: boolean;
  /** Send a prompt as long as an agent's also where it costs money. */
  long: boolean;
  /** Models to ask, by any name that a client may use; none for a few of each host. */
  models: readonly string[];
}

export interface DoctorContext {
  /** News on the way, for people: examining a model takes minutes. */
  tell(line: string): void;
  /** What is found out of the agents on this machine. */
  agents?(settings: Settings): Finding[] | Promise<Finding[]>;
  now?(): number;
  /** Where it keeps what it has found out. */
  machine?: Machine;
}

export interface DoctorReport {
  version: string;
  live: boolean;
  /** No problem was found. */
  ok: boolean;
  findings: readonly Finding[];
  profiles: readonly CapabilityProfile[];
}

/** A model may have to be loaded before it answers. */
const ANSWER_MS = 5 * 60_000;
const OWN = "juscode-shim";

export async function doctor(
  options: DoctorOptions,
  flags: ServeFlags,
  context: DoctorContext,
): Promise<{ text: string; code: 0 | 1 }> {
  const report = await examine(options, flags, context);
  const text = options.json ? `${printableJson(report, 2)}\n` : textOf(report, options);
  return { text, code: report.ok ? 0 : 1 };
}

function textOf({ findings, live }: DoctorReport, { models }: DoctorOptions): string {
  const more = "To see what its models really do: juscode-shim doctor --live\n";
  return findingsText(findings) + (live || models.length > 0 ? "" : more);
}

export async function examine(
  options: DoctorOptions,
  flags: ServeFlags,
  { tell, agents, now = () => performance.now(), machine = here() }: DoctorContext,
): Promise<DoctorReport> {
  const config = readConfig(flags.config);
  const settings = settingsOf(flags, config.file);
  const chart = new Chart();
  let findings: Finding[] = await own(config, settings, machine, chart, now);
  const profiles: CapabilityProfile[] = [];
  if (!config.broken) {
    const app = appFor(settings, chart, config.file?.file);
    const found = await app.catalog.list();
    if (app.catalog.isDemo(found)) findings.push(nobody());
    else {
      const cases = found.map((each) => examineHost(hostCase(each, settings, config.file)));
      findings.push(...(await Promise.all(cases)).flat());
      if (options.live) {
        const live = await examineModels(app, settings, options, chart, now, tell);
        findings = [...withKeys(findings, live.profiles), ...live.findings];
        profiles.push(...live.profiles);
      }
    }
  }
  if (!config.broken) findings.push(...(await hostedFindings(settings, options.live)));
  if (profiles.length > 0) findings.push(keep(capabilitiesFile(machine), profiles));
  findings.push(...((await agents?.(settings)) ?? []));
  const wrong = findings.some(({ verdict }) => verdict === "problem");
  return { version: VERSION, live: options.live, ok: !wrong, findings, profiles };
}

function here(): Machine {
  const { env, platform } = process;
  return { env, platform, home: homedir() };
}

interface ReadConfig {
  file: ConfigFile | undefined;
  /** It is there, and not right. */
  broken: boolean;
  findings: Judged[];
}

function readConfig(flag: string | undefined): ReadConfig {
  const path = findConfig(flag);
  if (path === undefined)
    return {
      file: undefined,
      broken: false,
      findings: [ok("config", "no file, and none is needed: hosts on this machine are found by themselves")],
    };
  const result = loadConfig(path);
  if ("problems" in result)
    return {
      file: undefined,
      broken: true,
      findings: result.problems.map(({ file, line, key, message, fix }) =>
        judged(
          "config",
          "problem",
          `${file}:${line}: ${key === "" ? "" : `${key}: `}${message}`,
          "nothing of the file is used",
          fix,
        ),
      ),
    };
  const { config } = result;
  const warnings = config.warnings.map((each) => judged("config", "warning", warningText(each)));
  return { file: config, broken: false, findings: [ok("config", config.file), ...warnings] };
}

async function own(
  { file, findings }: ReadConfig,
  settings: Settings,
  machine: Machine,
  chart: Chart,
  now: () => number,
): Promise<Finding[]> {
  const { host, port } = settings;
  const runtime = process.versions["bun"] === undefined ? "" : `bun ${process.versions["bun"]}, `;
  const demo = createApp(appFor({ ...settings, named: [], discover: false, models: [], routes: [] }, chart, undefined));
  const told: (Judged | undefined)[] = [
    ok("version", `${VERSION} (${runtime}${process.platform} ${process.arch})`),
    ...findings,
    ...privateFindings(file),
    stateFinding(stateFolder(machine)),
    ...exposedFindings(settings, machine),
    await storeFinding(settings.store, machine),
    ...(await portFindings(host, port, VERSION)),
    await selfTest(demo, chart, now),
  ];
  return told.flatMap((each) => (each ? [{ subject: OWN, ...each }] : []));
}

/** What keeps the server from starting: others could write what it believes. */
function exposedFindings({ outside: { keys_file }, store }: Settings, machine: Machine): Judged[] {
  const store_file = store.enabled ? storeFileOf(store.place, machine) : undefined;
  return exposedState({ state_folder: stateFolder(machine), keys_file, store_file }).map(({ what, path, why, fix }) =>
    judged(what, "problem", `${path} ${why}`, "juscode-shim does not start: they could give themselves keys", fix),
  );
}

function privateFindings(config: ConfigFile | undefined): (Judged | undefined)[] {
  if (!config) return [];
  const inline = config.providers.some(({ key }) => key.kind === "inline");
  const files = config.providers.flatMap(({ key }) => (key.kind === "file" ? [key.path] : []));
  return [
    exposedConfig(config.file),
    ...(inline ? [privateFinding("config", config.file)] : []),
    ...[...new Set(files)].map((file) => privateFinding("key file", file)),
  ];
}

function exposedConfig(file: string): Judged | undefined {
  const exposure = exposureOf(file);
  if (!exposure) return undefined;
  const { path, why, fix } = exposure;
  return judged(
    "config",
    "warning",
    `${path} ${why}`,
    "it says where requests and keys go, and which commands run",
    fix,
  );
}

function appFor(settings: Settings, chart: Chart, file: string | undefined): AppOptions {
  // What doctor asks is no work of the user's: it is not among the costs.
  return appOptions({ ...settings, costs: { enabled: false } }, { port: settings.port }, chart, file);
}

function nobody(): Finding {
  return {
    subject: "model hosts",
    ...judged(
      "hosts",
      "problem",
      "none is configured, and none answers on this machine",
      "only the built-in demo is served",
      "start one (juscode-shim --help names them), or name one: juscode-shim init",
    ),
  };
}

function hostCase(
  found: Parameters<typeof examineHost>[0]["found"],
  settings: Settings,
  config: ConfigFile | undefined,
): Parameters<typeof examineHost>[0] {
  const { id } = found.provider;
  const key = config ? shownConfig(config).providers.find((each) => each.id === id)?.key : undefined;
  return { found, expected: expectedOf(id, settings), ...(key !== undefined && key !== "none" && { key }) };
}

async function examineModels(
  app: AppOptions,
  settings: Settings,
  { models, long }: DoctorOptions,
  chart: Chart,
  now: () => number,
  tell: (line: string) => void,
): Promise<{ findings: Finding[]; profiles: CapabilityProfile[] }> {
  const clinic = createApp(app);
  const { cases, left_out } =
    models.length > 0
      ? { cases: await namedModels(app.catalog, models, long), left_out: new Map<string, number>() }
      : selectModels(await app.catalog.list(), settings, long);
  const price = priceText(cases);
  if (price !== undefined) tell(price);
  const findings: Finding[] = [];
  const profiles: CapabilityProfile[] = [];
  const forget = (): void => void (app.refusals = new RefusalMemory(now));
  for (const each of cases) {
    tell(`asking ${nameOf(each)} …`);
    const at = Math.floor(Date.now() / 1000);
    const examined = await examineModel(each, {
      clinic,
      chart,
      now,
      limit_ms: ANSWER_MS,
      forget,
      version: VERSION,
      at,
    });
    findings.push(...examined.findings);
    profiles.push(examined.profile);
  }
  for (const [subject, rest] of left_out)
    findings.push({
      subject,
      ...judged(
        "other models",
        "skipped",
        `${rest} more`,
        undefined,
        "juscode-shim doctor --live --model NAME asks another one",
      ),
    });
  return { findings, profiles };
}

/** Whoever answers has taken the key, and whoever does not has said why. */
function withKeys(findings: readonly Finding[], profiles: readonly CapabilityProfile[]): Finding[] {
  return findings.flatMap((finding): Finding[] => {
    const { subject, what, verdict } = finding;
    const asked = profiles.filter(({ provider }) => provider === subject);
    if (what !== "key" || verdict !== "skipped" || asked.length === 0) return [finding];
    return asked.some(({ answers }) => answers) ? [{ subject, ...ok("key", "accepted") }] : [];
  });
}

const nameOf = ({ found, model }: ModelCase): string => shown(`${found.provider.id}/${model}`);

/** A model that gave no answer has shown nothing of what it can do. */
function keep(file: string, profiles: readonly CapabilityProfile[]): Finding {
  const answered = profiles.filter(({ answers }) => answers);
  try {
    if (answered.length > 0) keepProfiles(file, answered);
    return { subject: OWN, ...ok("profiles", `${answered.length} kept in ${file}`) };
  } catch (error) {
    const why = String((error as { code?: unknown }).code ?? error);
    return { subject: OWN, ...judged("profiles", "warning", `${file} cannot be written (${why})`) };
  }
}
