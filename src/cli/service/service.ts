/** `juscode-shim service`: runs the shim by the machine's service manager, locked down as far as that can. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { configHome } from "../../config/file/locate.ts";
import { codeOf, IrregularFile, readRegularFile } from "../../config/regular-file.ts";
import { isPrintable, printable } from "../../core/printable.ts";
import type { ServiceOptions } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import {
  KEYS_FOLDER,
  LABEL,
  launchdPlist,
  MARK,
  SYSTEM_CONFIG,
  systemdUnit,
  UNIT_NAME,
  type Scope,
} from "./unit-files.ts";

/** The machine that the service is installed on. */
export interface ServiceMachine {
  platform: string;
  is_root: boolean;
  home: string;
  executable: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Folder that stands for `/`, to prepare another machine's files: no service is started. */
  root?: string;
}

function machineHere(): ServiceMachine {
  const { platform, env, execPath } = process;
  return { platform, is_root: process.getuid?.() === 0, home: homedir(), executable: execPath, env };
}

/** Returns what to print. */
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

type Words = readonly string[];

type Plan = ReturnType<typeof planOf>;

/** The service's file, and the commands that start it, stop it and show its state. */
function planOf({ scope: wanted, config: named, action }: ServiceOptions, machine: ServiceMachine) {
  const { platform, is_root, home, executable, env, root = "/" } = machine;
  const scope: Scope = wanted ?? (is_root ? "system" : "user");
  if (platform !== "linux" && platform !== "darwin")
    throw new UsageError(
      `services are not supported on ${platform} yet; let its own manager run: ${executable} serve (Windows: Task Scheduler, at log-on)`,
    );
  const manager = platform === "linux" ? "systemd" : "launchd";
  if (action === "install") refuseHidden(scope, manager, executable);
  const config = named === undefined ? undefined : resolve(named);
  if (action !== "uninstall") for (const each of [executable, home, config ?? ""]) refuseUnprintable(each);
  const base = { manager, scope, config } as const;
  const options = { scope, executable, home, config };
  if (manager === "launchd") {
    const folder = scope === "system" ? "/Library/LaunchDaemons" : join(home, "Library", "LaunchAgents");
    const file = join(root, folder, `${LABEL}.plist`);
    const domain = scope === "system" ? "system" : `gui/${process.getuid?.() ?? ""}`;
    return {
      ...base,
      file,
      text: launchdPlist(options),
      start: [["launchctl", "bootstrap", domain, file]],
      stop: ["launchctl", "bootout", `${domain}/${LABEL}`],
      status: ["launchctl", "list", LABEL],
    };
  }
  const folder = scope === "system" ? "/etc/systemd/system" : join(configHome(env, home), "systemd", "user");
  const systemctl = ["systemctl", ...(scope === "user" ? ["--user"] : [])];
  return {
    ...base,
    file: join(root, folder, UNIT_NAME),
    text: systemdUnit(options),
    // A service that runs is restarted with what its unit says now.
    start: [["daemon-reload"], ["enable", UNIT_NAME], ["restart", UNIT_NAME]].map((words) => [...systemctl, ...words]),
    stop: [...systemctl, "disable", "--now", UNIT_NAME],
    status: [...systemctl, "status", UNIT_NAME],
  };
}

/** Nobody could read such a file, some managers cannot either, and a line break could begin another setting. */
function refuseUnprintable(path: string): void {
  if (isPrintable(path)) return;
  throw new UsageError(
    `${printable(path)}: a path with line breaks or other characters that cannot be shown (each a ? here) cannot be used in a service's file; rename it`,
  );
}

/** The system's service cannot see a program within a home. */
function refuseHidden(scope: Scope, manager: string, executable: string): void {
  if (scope !== "system" || manager !== "systemd" || !/^\/(?:home|root|run\/user|tmp|var\/tmp)\//.test(executable))
    return;
  throw new UsageError(
    `the service cannot read ${executable} (home and temporary folders are closed to it); run: sudo install -m 755 ${executable} /usr/local/bin/ && sudo /usr/local/bin/juscode-shim service install`,
  );
}

function install(plan: Plan, machine: ServiceMachine): string {
  const { file, text, manager, scope } = plan;
  const root = machine.root ?? "/";
  refuseForeign(file, "overwritten");
  const before = readIfThere(file);
  try {
    if (manager === "systemd" && scope === "system")
      mkdirSync(join(root, KEYS_FOLDER), { recursive: true, mode: 0o700 });
    mkdirSync(dirname(file), { recursive: true });
    if (before !== text) writeFileSync(file, text, { mode: 0o644 });
  } catch (error) {
    throw new UsageError(notWritten(file, scope, error));
  }
  const wrote = `${file} ${before === undefined ? "was written" : before === text ? "is up to date" : "was updated"}`;
  const config = plan.config ?? (scope === "system" ? SYSTEM_CONFIG : undefined);
  const has_config = config === undefined || existsSync(join(root, config));
  const started = machine.root === undefined && has_config ? start(plan) : undefined;
  const next = `then run: ${plan.start.map((words) => words.join(" ")).join(" && ")}`;
  return `${[wrote, ...notesOf(plan, has_config ? undefined : config), started ?? next].join("\n")}\n`;
}

function notWritten(file: string, scope: Scope, error: unknown): string {
  const code = codeOf(error);
  if (code === "EACCES" || code === "EPERM")
    return `this user may not write ${file}${scope === "system" ? "; run it with sudo, or use --user" : ""}`;
  return `${file} cannot be written (${code ?? error})`;
}

function notesOf({ manager, scope }: Plan, missing: string | undefined): string[] {
  if (manager === "launchd") return [];
  const stored = `keys are files in ${KEYS_FOLDER}, readable by root only; in the config: api_key_file = "/run/credentials/${UNIT_NAME}/keys_NAME"`;
  return [
    ...(missing === undefined
      ? []
      : [`it needs a config that everybody can read, without a key in it: juscode-shim init --config ${missing}`]),
    scope === "system" ? stored : "it ends when you log out, unless you run: loginctl enable-linger",
  ];
}

function uninstall(plan: Plan, { root }: ServiceMachine): string {
  const { file, manager, start, stop } = plan;
  if (!existsSync(file)) throw new UsageError(`there is no ${file}: nothing is installed there`);
  refuseForeign(file, "removed");
  const is_stopped = root !== undefined || runs(stop);
  try {
    rmSync(file);
  } catch (error) {
    throw new UsageError(notWritten(file, plan.scope, error));
  }
  if (root === undefined && manager === "systemd" && start[0]) runs(start[0]);
  const more = is_stopped ? [] : [`this failed: ${stop.join(" ")}`];
  return `${[`${file} was removed; config, keys and state were kept`, ...more].join("\n")}\n`;
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

/** Undefined where no manager runs, as in a container: the files are there for when one does. */
function start({ manager, scope, start, status }: Plan): string | undefined {
  if (manager === "systemd" && !existsSync("/run/systemd/system")) return undefined;
  const failed = start.find((command) => !runs(command));
  const look = `see: ${status.join(" ")}`;
  if (failed) return `this failed: ${failed.join(" ")}; ${look}`;
  return `it is running, and starts with ${scope === "system" ? "the machine" : "your session"}; ${look}`;
}

function runs([program = "", ...args]: Words): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore", timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}
