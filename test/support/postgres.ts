/** A PostgreSQL server of its own, in a folder of its own, on a port of its own. It does not run as root. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathOf } from "./needs.ts";
import { freePort } from "./shim.ts";

/** `nobody`, everywhere. */
const NOBODY = 65_534;
export const PASSWORD = "p@ss-planted";

export class PostgresServer implements AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  private readonly options: string;

  private constructor(folder: string, port: number, settings: readonly string[]) {
    this.folder = folder;
    this.port = port;
    const all = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=60", ...settings];
    this.options = `-p ${port} -k ${folder} ${all.map((each) => `-c ${each}`).join(" ")}`;
  }

  /** `prepare` puts further files into its folder, and returns settings. */
  static async start(prepare: (folder: string) => readonly string[] = () => []): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), "juscode-pg-"));
    const settings = prepare(folder);
    if (process.getuid?.() === 0) run("chown", "-R", `${NOBODY}:${NOBODY}`, folder);
    const password = join(folder, "password");
    writeFileSync(password, `${PASSWORD}\n`);
    chmodSync(password, 0o644);
    const server = new PostgresServer(folder, await freePort(), settings);
    const initdb = ["-U", "shim", "--auth=scram-sha-256", `--pwfile=${password}`, "-E", "UTF8", "--no-locale", "-N"];
    asNobody(tool("initdb"), "-D", join(folder, "data"), ...initdb);
    server.up();
    return server;
  }

  /** Of a database, which is made when it is not there. */
  url(database = "postgres", more = ""): string {
    return `postgres://shim:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.port}/${database}${more}`;
  }

  up(): void {
    this.control("-w", "-l", join(this.folder, "log"), "-o", this.options, "start");
  }

  /** "immediate" is a crash. */
  down(mode: "fast" | "immediate" = "fast"): void {
    this.control("-w", "-m", mode, "stop");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.down("immediate");
    } catch {
      // It is down.
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private control(...args: string[]): void {
    asNobody(tool("pg_ctl"), "-D", join(this.folder, "data"), ...args);
  }
}

const tool = (name: string): string => join(dirname(pathOf("postgres")), name);

function asNobody(program: string, ...args: string[]): void {
  if (process.getuid?.() !== 0) return run(program, ...args);
  run("setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", program, ...args);
}

function run(program: string, ...args: string[]): void {
  // The server inherits what `pg_ctl` has: a pipe would never end.
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"], cwd: "/" });
  if (status !== 0) throw new Error(`${program} failed (${error?.message ?? status})`);
}
