/**
 * `juscode-shim doctor`: what is wrong, why it matters, and how to fix it. By default it sends only requests that cost
 * nothing; with `--live` it sends prompts to models, and stores what they can do for routing to use.
 */
import process from "node:process";
import type { ConfigFile } from "../../config/file/config-file.ts";
import { shownConfig } from "../../config/file/describe.ts";
import { loadConfig } from "../../config/file/load.ts";
import { findConfig } from "../../config/file/locate.ts";
import { warningText } from "../../config/file/problem.ts";
import { codeOf } from "../../config/regular-file.ts";
import { printableJson } from "../../core/printable.ts";
import { RefusalMemory } from "../../core/refusals/memory.ts";
import { exposedState, exposureOf } from "../../server/access/exposed-path.ts";
import type { AppOptions } from "../../server/app-options.ts";
import { createApp } from "../../server/app.ts";
import { capabilitiesFile, keepProfiles } from "../../server/doctor/capabilities.ts";
import { stateFolder, type Machine } from "../../server/state-folder.ts";
import { LastRequestLog } from "../../server/doctor/ask.ts";
import { judged, ok, shown, type Finding, type Judged } from "../../server/doctor/finding.ts";
import { examineHost } from "../../server/doctor/host.ts";
import { hostedFindings } from "../../server/doctor/hosted.ts";
import { portFindings, privateFinding, selfTest, stateFinding } from "../../server/doctor/install.ts";
import { examineModel } from "../../server/doctor/model.ts";
import type { CapabilityProfile } from "../../server/doctor/profile.ts";
import { expectedOf, namedModels, priceText, selectModels } from "../../server/doctor/select.ts";
import { storeFinding } from "../../server/doctor/store.ts";
import { storeFileOf } from "../../server/store/open.ts";
import { machineHere } from "../operations.ts";
import type { DoctorOptions } from "../options.ts";
import type { ServeFlags } from "../serve-flags.ts";
import { commandApp } from "../serve.ts";
import { settingsOf, type Settings } from "../settings.ts";
import { VERSION } from "../version.ts";
import { findingsText } from "./text.ts";

export interface DoctorContext {
  /** Reports progress to people: testing a model takes minutes. */
  report(line: string): void;
  agents?(settings: Settings): Finding[] | Promise<Finding[]>;
  now?(): number;
  machine?: Machine;
}

/** The JSON form of `doctor`. */
export type DoctorReport = Awaited<ReturnType<typeof examine>>;

/** A model may have to be loaded before it replies. */
const ANSWER_MS = 5 * 60_000;
const OWN = "juscode-shim";

export async function doctor(options: DoctorOptions, flags: ServeFlags, context: DoctorContext) {
  const report = await examine(options, flags, context);
  const code = report.ok ? (0 as const) : (1 as const);
  if (options.json) return { text: `${printableJson(report, 2)}\n`, code };
  const more = report.live || options.models.length > 0 ? "" : "To test the models: juscode-shim doctor --live\n";
  return { text: findingsText(report.findings) + more, code };
}

export async function examine(
  options: DoctorOptions,
  flags: ServeFlags,
  { report, agents, now = () => performance.now(), machine = machineHere() }: DoctorContext,
) {
  const config = readConfig(flags.config);
  const settings = settingsOf(flags, config.file);
  const chart = new LastRequestLog();
  let findings: Finding[] = await own(config, settings, machine, chart, now);
  const profiles: CapabilityProfile[] = [];
  if (!config.is_broken) {
    const app = commandApp(settings, chart);
    const found = await app.catalog.list();
    if (app.catalog.isDemo(found)) findings.push(NO_UPSTREAM);
    else {
      const keys = new Map(config.file && shownConfig(config.file).providers.map(({ id, key }) => [id, key]));
      const examined = found.map((each) => {
        const { id } = each.provider;
        const key = keys.get(id);
        const expected = expectedOf(id, settings);
        return examineHost({ found: each, expected, ...(key !== undefined && key !== "none" && { key }) });
      });
      findings.push(...(await Promise.all(examined)).flat());
      if (options.live) {
        const live = await examineModels(app, settings, options, chart, now, report);
        findings = [...withKeys(findings, live.profiles), ...live.findings];
        profiles.push(...live.profiles);
      }
    }
    findings.push(...(await hostedFindings(settings, options.live)));
  }
  if (profiles.length > 0) findings.push(store(capabilitiesFile(machine), profiles));
  findings.push(...((await agents?.(settings)) ?? []));
  const is_ok = findings.every(({ verdict }) => verdict !== "problem");
  return { version: VERSION, live: options.live, ok: is_ok, findings, profiles };
}

const NO_UPSTREAM: Finding = {
  subject: "upstreams",
  ...judged(
    "upstreams",
    "problem",
    "none is configured, and no model server was found on this machine",
    "only the built-in demo model is served",
    "start a model server (juscode-shim --help lists them), or configure an upstream: juscode-shim init",
  ),
};

interface ReadConfig {
  file: ConfigFile | undefined;
  is_broken: boolean;
  findings: Judged[];
}

function readConfig(flag: string | undefined): ReadConfig {
  const path = findConfig(flag);
  const none = ok("config", "no file, and none is needed: model servers on this machine are discovered");
  if (path === undefined) return { file: undefined, is_broken: false, findings: [none] };
  const result = loadConfig(path);
  if ("config" in result) {
    const { config } = result;
    const warnings = config.warnings.map((each) => judged("config", "warning", warningText(each)));
    return { file: config, is_broken: false, findings: [ok("config", config.file), ...warnings] };
  }
  const findings = result.problems.map(({ file, line, key, message, fix }) => {
    const found = `${file}:${line}: ${key === "" ? "" : `${key}: `}${message}`;
    return judged("config", "problem", found, "nothing of the file is used", fix);
  });
  return { file: undefined, is_broken: true, findings };
}

async function own(
  { file, findings }: ReadConfig,
  settings: Settings,
  machine: Machine,
  chart: LastRequestLog,
  now: () => number,
): Promise<Finding[]> {
  const { host, port } = settings;
  const runtime = process.versions["bun"] === undefined ? "" : `bun ${process.versions["bun"]}, `;
  const demo = createApp(
    commandApp({ ...settings, file: undefined, named: [], discover: false, models: [], routes: [] }, chart),
  );
  const found: (Judged | undefined)[] = [
    ok("version", `${VERSION} (${runtime}${process.platform} ${process.arch})`),
    ...findings,
    ...privateFindings(file),
    stateFinding(stateFolder(machine)),
    ...exposedFindings(settings, machine),
    await storeFinding(settings.store, machine),
    ...(await portFindings(host, port, VERSION)),
    await selfTest(demo, chart, now),
  ];
  return found.flatMap((each) => (each ? [{ subject: OWN, ...each }] : []));
}

/** What keeps the server from starting: other users could write what it trusts. */
function exposedFindings({ operations: { keys_file }, store }: Settings, machine: Machine): Judged[] {
  const store_file = store.enabled ? storeFileOf(store.place, machine) : undefined;
  return exposedState({ state_folder: stateFolder(machine), keys_file, store_file }).map(({ what, path, why, fix }) =>
    judged(what, "problem", `${path} ${why}`, "juscode-shim does not start: they could give themselves keys", fix),
  );
}

function privateFindings(config: ConfigFile | undefined): (Judged | undefined)[] {
  if (!config) return [];
  const { file, providers } = config;
  const is_inline = providers.some(({ key }) => key.kind === "inline");
  const files = providers.flatMap(({ key }) => (key.kind === "file" ? [key.path] : []));
  const exposure = exposureOf(file);
  const why = "it decides where requests and keys go, and which commands run";
  return [
    exposure && judged("config", "warning", `${exposure.path} ${exposure.why}`, why, exposure.fix),
    ...(is_inline ? [privateFinding("config", file)] : []),
    ...[...new Set(files)].map((each) => privateFinding("key file", each)),
  ];
}

async function examineModels(
  app: AppOptions,
  settings: Settings,
  { models, long }: DoctorOptions,
  chart: LastRequestLog,
  now: () => number,
  report: (line: string) => void,
): Promise<{ findings: Finding[]; profiles: CapabilityProfile[] }> {
  const { cases, left_out } =
    models.length > 0
      ? { cases: await namedModels(app.catalog, models, long), left_out: new Map<string, number>() }
      : selectModels(await app.catalog.list(), settings, long);
  const price = priceText(cases);
  if (price !== undefined) report(price);
  const findings: Finding[] = [];
  const profiles: CapabilityProfile[] = [];
  let refusals = app.refusals;
  const clinic = createApp({
    ...app,
    get refusals() {
      return refusals;
    },
  });
  const forget = (): void => void (refusals = new RefusalMemory(now));
  for (const each of cases) {
    report(`testing ${shown(`${each.found.provider.id}/${each.model}`)} …`);
    const at = Math.floor(Date.now() / 1000);
    const limits = { limit_ms: ANSWER_MS, forget, version: VERSION, at };
    const examined = await examineModel(each, { clinic, chart, now, ...limits });
    findings.push(...examined.findings);
    profiles.push(examined.profile);
  }
  for (const [subject, rest] of left_out) {
    const fix = "juscode-shim doctor --live --model NAME tests another one";
    findings.push({ subject, ...judged("other models", "skipped", `${rest} more`, undefined, fix) });
  }
  return { findings, profiles };
}

/** An upstream that replied has accepted the key; another one has its own finding. */
function withKeys(findings: readonly Finding[], profiles: readonly CapabilityProfile[]): Finding[] {
  return findings.flatMap((finding): Finding[] => {
    const { subject, what, verdict } = finding;
    const tested = profiles.filter(({ provider }) => provider === subject);
    if (what !== "key" || verdict !== "skipped" || tested.length === 0) return [finding];
    return tested.some(({ answers }) => answers) ? [{ subject, ...ok("key", "accepted") }] : [];
  });
}

/** A model that did not reply has shown nothing of what it can do. */
function store(file: string, profiles: readonly CapabilityProfile[]): Finding {
  const answered = profiles.filter(({ answers }) => answers);
  try {
    if (answered.length > 0) keepProfiles(file, answered);
    return { subject: OWN, ...ok("profiles", `${answered.length} stored in ${file}`) };
  } catch (error) {
    return { subject: OWN, ...judged("profiles", "warning", `${file} cannot be written (${codeOf(error) ?? error})`) };
  }
}
