/** `juscode-shim service`: runs the shim by the machine's service manager, locked down as far as that can. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import process from "node:process";
import { IrregularFile, readRegularFile } from "../../config/regular-file.ts";
import { isPrintable, printable } from "../../core/printable.ts";
import { LABEL, launchdPlist } from "./launchd.ts";
import { KEYS_FOLDER, systemdUnit, SYSTEM_CONFIG, UNIT_NAME } from "./systemd.ts";
import { MARK, type Scope, type UnitOptions } from "./unit.ts";
import type { ServiceOptions } from "./options.ts";
import { UsageError } from "../usage-error.ts";

/** The machine that it is done on. */
export interface ServiceMachine {
  platform: string;
  is_root: boolean;
  home: string;
  /** Absolute path of this program. */
  executable: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Folder that stands for `/`: to prepare another machine's files. Its manager is not told to start anything. */
  root?: string;
}

export function machineHere(): ServiceMachine {
  const { platform, env, execPath } = process;
  return { platform, is_root: process.getuid?.() === 0, home: homedir(), executable: execPath, env };
}

/** What to print. */
export function service(options: ServiceOptions, machine: ServiceMachine = machineHere()): string {
  const plan = planOf(options, machine);
  switch (options.action) {
    case "print":
      return plan.text;
    case "install":
      return install(plan, machine);
    case "uninstall":
      return uninstall(plan, machine);
  }
}

interface Plan {
  manager: "systemd" | "launchd";
  scope: Scope;
  /** Where the service's file lies. */
  file: string;
  text: string;
  config: string | undefined;
}

function planOf({ scope: asked, config, action }: ServiceOptions, machine: ServiceMachine): Plan {
  const { platform, is_root, home, executable } = machine;
  const scope = asked ?? (is_root ? "system" : "user");
  const manager = platform === "linux" ? "systemd" : platform === "darwin" ? "launchd" : undefined;
  if (!manager)
    throw new UsageError(
      `there is no service for ${platform} yet; let its own manager run: ${executable} serve (Windows: Task Scheduler, at log-on)`,
    );
  if (action === "install") refuseHidden(scope, manager, executable);
  const path = config === undefined ? undefined : isAbsolute(config) ? config : resolve(config);
  if (action !== "uninstall") for (const each of [executable, home, path ?? ""]) refuseUnprintable(each);
  const options: UnitOptions = { scope, executable, home, ...(path !== undefined && { config: path }) };
  const text = manager === "systemd" ? systemdUnit(options) : launchdPlist(options);
  return { manager, scope, file: fileOf(manager, scope, machine), text, config: path };
}

/** Nobody could read such a file, some managers cannot either, and a line break may say something of its own there. */
function refuseUnprintable(path: string): void {
  if (isPrintable(path)) return;
  throw new UsageError(
    `${printable(path)}: a path with line breaks or other characters that cannot be shown (each a ? here) has no place in a service's file; rename it`,
  );
}

/** Within a home the system's service would not see its own program. */
function refuseHidden(scope: Scope, manager: Plan["manager"], executable: string): void {
  if (scope !== "system" || manager !== "systemd" || !/^\/(?:home|root|run\/user|tmp|var\/tmp)\//.test(executable))
    return;
  throw new UsageError(
    `${executable} lies where the service cannot see it (homes and temporary folders are closed to it); run: sudo install -m 755 ${executable} /usr/local/bin/ && sudo /usr/local/bin/juscode-shim service install`,
  );
}

function fileOf(manager: Plan["manager"], scope: Scope, { home, env, root = "/" }: ServiceMachine): string {
  if (manager === "launchd") {
    const folder = scope === "system" ? "/Library/LaunchDaemons" : join(home, "Library", "LaunchAgents");
    return join(root, folder, `${LABEL}.plist`);
  }
  if (scope === "system") return join(root, "/etc/systemd/system", UNIT_NAME);
  const xdg = env["XDG_CONFIG_HOME"];
  const config = xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".config");
  return join(root, config, "systemd", "user", UNIT_NAME);
}

function install(plan: Plan, machine: ServiceMachine): string {
  const { file, text, manager, scope } = plan;
  refuseForeign(file, "overwritten");
  const before = readIfThere(file);
  try {
    if (manager === "systemd" && scope === "system")
      mkdirSync(join(machine.root ?? "/", KEYS_FOLDER), { recursive: true, mode: 0o700 });
    mkdirSync(dirname(file), { recursive: true });
    if (before !== text) writeFileSync(file, text, { mode: 0o644 });
  } catch (error) {
    throw new UsageError(notWritten(file, scope, error));
  }
  const wrote = `${file} ${before === undefined ? "is written" : before === text ? "is as it should be" : "is renewed"}`;
  const config = plan.config ?? (scope === "system" ? SYSTEM_CONFIG : undefined);
  const hasConfig = config === undefined || existsSync(join(machine.root ?? "/", config));
  const started = machine.root === undefined && hasConfig ? start(plan) : undefined;
  return `${[wrote, ...notesOf(plan, hasConfig ? undefined : config), started ?? nextSteps(plan)].join("\n")}\n`;
}

function notWritten(file: string, scope: Scope, error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === "EACCES" || code === "EPERM")
    return `${file} may not be written by this user${scope === "system" ? "; run it by sudo, or use --user" : ""}`;
  return `${file} cannot be written (${String(code ?? error)})`;
}

function notesOf({ manager, scope }: Plan, missing: string | undefined): string[] {
  if (manager === "launchd") return [];
  return [
    ...(missing === undefined
      ? []
      : [`it needs a config that everybody may read, with no key in it: juscode-shim init --config ${missing}`]),
    ...(scope === "system"
      ? [
          `keys are files in ${KEYS_FOLDER}, of root alone; in the config: api_key_file = "/run/credentials/${UNIT_NAME}/keys_NAME"`,
        ]
      : ["it ends when you log out, unless you run: loginctl enable-linger"]),
  ];
}

function uninstall(plan: Plan, machine: ServiceMachine): string {
  const { file } = plan;
  if (!existsSync(file)) throw new UsageError(`there is no ${file}: nothing is installed there`);
  refuseForeign(file, "removed");
  const stop = machine.root === undefined ? stopCommands(plan) : [];
  const failed = stop.filter((command) => !runs(command));
  try {
    rmSync(file);
  } catch (error) {
    throw new UsageError(notWritten(file, plan.scope, error));
  }
  if (machine.root === undefined) for (const command of afterwards(plan)) runs(command);
  const more = failed.map((command) => `this did not succeed: ${command.join(" ")}`);
  return `${[`${file} is removed; config, keys and state are left as they are`, ...more].join("\n")}\n`;
}

function refuseForeign(file: string, what: string): void {
  const text = readIfThere(file);
  if (text === undefined || text.includes(MARK)) return;
  throw new UsageError(`${file} was not written by juscode-shim, and is not ${what}; move it away first`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readRegularFile(file);
  } catch (error) {
    if (error instanceof IrregularFile) throw new UsageError(error.message);
    return undefined;
  }
}

type Words = readonly string[];

const systemctl = (scope: Scope, ...words: string[]): Words => [
  "systemctl",
  ...(scope === "user" ? ["--user"] : []),
  ...words,
];

function startCommands({ manager, scope, file }: Plan): Words[] {
  if (manager === "launchd") return [["launchctl", "bootstrap", domain(scope), file]];
  return [
    systemctl(scope, "daemon-reload"),
    systemctl(scope, "enable", UNIT_NAME),
    // Started, or begun anew with what the unit says now.
    systemctl(scope, "restart", UNIT_NAME),
  ];
}

function stopCommands({ manager, scope }: Plan): Words[] {
  if (manager === "launchd") return [["launchctl", "bootout", `${domain(scope)}/${LABEL}`]];
  return [systemctl(scope, "disable", "--now", UNIT_NAME)];
}

function afterwards({ manager, scope }: Plan): Words[] {
  return manager === "launchd" ? [] : [systemctl(scope, "daemon-reload")];
}

function domain(scope: Scope): string {
  return scope === "system" ? "system" : `gui/${process.getuid?.() ?? ""}`;
}

/** Where no manager runs, as in a container, the files are there for when one does. */
function start(plan: Plan): string | undefined {
  if (plan.manager === "systemd" && !existsSync("/run/systemd/system")) return undefined;
  const failed = startCommands(plan).find((command) => !runs(command));
  const look = plan.manager === "systemd" ? systemctl(plan.scope, "status", UNIT_NAME) : ["launchctl", "list", LABEL];
  if (failed) return `this did not succeed: ${failed.join(" ")}; look with: ${look.join(" ")}`;
  return `it runs, and starts with ${plan.scope === "system" ? "the machine" : "your session"}; look with: ${look.join(" ")}`;
}

function nextSteps(plan: Plan): string {
  return `then run: ${startCommands(plan)
    .map((words) => words.join(" "))
    .join(" && ")}`;
}

function runs([program = "", ...args]: Words): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore", timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}
