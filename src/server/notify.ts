/**
 * Reports the state of the shim to the service manager: ready, alive, ending. systemd listens on a datagram socket, which no
 * module of the runtime can write to; its own `systemd-notify` can, and is there wherever systemd is. The unit must
 * say `NotifyAccess=all`, since a child process sends the messages. Measured: 25 ms a message, of which the server loses none.
 */
import process from "node:process";
import { printable } from "../core/printable.ts";

export interface Supervisor {
  /** It listens. From now on it sends heartbeats, where the manager wants them. */
  ready(status: string): void;
  /** What it is doing, for `systemctl status`. */
  status(text: string): void;
  /** It ends, and may take a while. */
  stopping(): void;
}

interface NotifyOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Called once: a service manager that waits for a message in vain ends the service. */
  warn(text: string): void;
  pid?: number;
  program?: string;
}

const NONE: Supervisor = { ready: () => {}, status: () => {}, stopping: () => {} };

/** How often within the time that the manager allows: one message may be late. */
const BEATS = 3;
const LIMIT_MS = 5000;

export function supervisor({ env, warn, pid = process.pid, program = "systemd-notify" }: NotifyOptions): Supervisor {
  const socket = env["NOTIFY_SOCKET"];
  if (socket === undefined || socket === "") return NONE;
  const every_ms = beatMs(env, pid);
  let failed = false;
  let beating: ReturnType<typeof setInterval> | undefined;
  // One after the other: `STOPPING` must not come before `READY`.
  let last: Promise<void> = Promise.resolve();

  const send = (...variables: string[]): void => {
    last = last
      .then(() => tell(program, variables, env))
      .catch((error: Error) => {
        if (!failed) warn(`the service manager cannot be told (${program}): ${error.message}`);
        failed = true;
      });
  };
  return {
    ready(status) {
      send("READY=1", statusOf(status));
      if (every_ms === undefined || beating) return;
      // The timer runs in the loop that serves: where that hangs, nothing is said.
      beating = setInterval(() => send("WATCHDOG=1"), every_ms);
      beating.unref();
    },
    status: (text) => send(statusOf(text)),
    stopping: () => send("STOPPING=1"),
  };
}

/** Undefined where the manager wants no heartbeats, or those of another process. */
function beatMs(env: NotifyOptions["env"], pid: number): number | undefined {
  const within_us = Number(env["WATCHDOG_USEC"] ?? 0);
  const whose = env["WATCHDOG_PID"];
  if (!(within_us > 0) || (whose !== undefined && whose !== String(pid))) return undefined;
  return Math.max(100, Math.floor(within_us / 1000 / BEATS));
}

/** One line: each is a variable of its own. */
function statusOf(text: string): string {
  return `STATUS=${printable(text.replaceAll(/\s+/g, " "))}`;
}

function tell(program: string, variables: readonly string[], env: NotifyOptions["env"]): Promise<void> {
  const own = Object.fromEntries(["NOTIFY_SOCKET", "PATH"].map((name) => [name, env[name]]));
  return new Promise((resolve, reject) => {
    process
      .getBuiltinModule("node:child_process")
      .execFile(program, [...variables], { env: own, timeout: LIMIT_MS }, (error) =>
        error ? reject(new Error(reasonOf(error))) : resolve(),
      );
  });
}

function reasonOf(error: Error & { code?: unknown; killed?: boolean }): string {
  if (error.code === "ENOENT") return "it is not installed";
  return error.killed ? `it took longer than ${LIMIT_MS} ms` : `exit code ${String(error.code)}`;
}
