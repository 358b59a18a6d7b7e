/** FIFOs, devices, folders and files without an end in the place of the program's files: none of them stops it. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ChatUpstream, reply, say } from "../support/chat-upstream.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { runShim } from "../support/run-shim.ts";
import { Shim } from "../support/shim.ts";
import { until } from "../server/serving.ts";

const TLS = join(import.meta.dirname, "../fixtures/tls");
const NO_HOSTS = "--no-discover";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "juscode-odd-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string): string => join(dir, name);
const env = (): Record<string, string> => ({ HOME: dir, XDG_STATE_HOME: at("state") });
const inState = (name: string): string => at(`state/juscode-shim/${name}`);

/** What may stand in a file's place, and what is said of it. */
const ODD: Readonly<Record<string, { make(path: string): void; says: RegExp }>> = {
  "a FIFO": { make: (path) => void Bun.spawnSync(["mkfifo", path]), says: /is a FIFO/ },
  "a link to a FIFO": {
    make: (path) => {
      Bun.spawnSync(["mkfifo", `${path}.fifo`]);
      symlinkSync(`${path}.fifo`, path);
    },
    says: /is a FIFO/,
  },
  "/dev/zero": { make: (path) => symlinkSync("/dev/zero", path), says: /is a device/ },
  "/dev/stdin of a terminal that never says a word": {
    make: (path) => symlinkSync("/dev/tty", path),
    says: /is a device/,
  },
  "a folder": { make: (path) => mkdirSync(path), says: /is a folder/ },
  "a file of 17 MB": {
    make: (path) => {
      writeFileSync(path, "");
      truncateSync(path, 17 * 1024 * 1024);
    },
    says: /holds more than \d+ \w+/,
  },
  "the memory of a process": {
    make: (path) => symlinkSync("/proc/self/mem", path),
    says: /cannot be read|permission denied/,
  },
  "a link that leads nowhere": { make: (path) => symlinkSync("nowhere", path), says: /leads nowhere|no file|ENOENT/ },
};
type Kind = keyof typeof ODD;
const KINDS: Kind[] = Object.keys(ODD);
const LARGE = "a file of 17 MB";
const NOWHERE = "a link that leads nowhere";
/** Each has a way of its own into the program. */
const FEW: Kind[] = ["a FIFO", "/dev/zero", "a folder", LARGE];

function put(kind: Kind, path: string): RegExp {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  ODD[kind]?.make(path);
  return ODD[kind]?.says ?? /-/;
}

/** Another one comes into a file's place, as an attacker or a slip would do it. */
function replace(kind: Kind, path: string): void {
  put(kind, `${path}.odd`);
  rmSync(path, { force: true });
  renameSync(`${path}.odd`, path);
}

function config(text: string): string {
  writeFileSync(at("config.toml"), text);
  return at("config.toml");
}

const describe = describeWith("shim");
setDefaultTimeout(60_000);

describe("at the start", () => {
  const refused = async (args: readonly string[], names: string, says: RegExp): Promise<void> => {
    const { code, output } = await runShim(["serve", ...args, "--listen", "127.0.0.1:0"], env());
    expect(output).toContain(names);
    expect(output).toMatch(says);
    expect(output).not.toContain("    at "); // No stack trace.
    expect(code).toBe(2);
  };

  test.each(KINDS)("%s as the config is refused", async (kind) => {
    const says = put(kind, at("odd.toml"));
    await refused(["--config", at("odd.toml")], at("odd.toml"), says);
    const { code, output } = await runShim(["check", "--config", at("odd.toml")], env());
    expect(output).toMatch(says);
    expect(code).toBe(1);
  });

  test.each(KINDS)("%s as the user's own config is refused, and no other one counts", async (kind) => {
    const file = at(".config/juscode-shim/config.toml");
    await refused([], file, put(kind, file));
  });

  test.each(KINDS)("%s as keys.json is refused", async (kind) => {
    await refused([NO_HOSTS], inState("keys.json"), put(kind, inState("keys.json")));
  });

  test("a state folder that is a link to nowhere is refused: keys may have been in it", async () => {
    mkdirSync(at("state"));
    symlinkSync("not-mounted", at("state/juscode-shim"));
    await refused([NO_HOSTS], at("state/juscode-shim"), /a link that leads nowhere/);
  });

  const named: [what: string, name: string, text: (path: string) => string][] = [
    ["keys_file", "some.json", (path) => `[server]\nkeys_file = "${path}"\n`],
    [
      "api_key_file",
      "key",
      (path) => `[model_providers.up]\nbase_url = "http://h/v1"\nwire_api = "chat"\napi_key_file = "${path}"\n`,
    ],
    [
      "ca_file",
      "ca.pem",
      (path) => `[model_providers.up]\nbase_url = "http://h/v1"\nwire_api = "chat"\nca_file = "${path}"\n`,
    ],
    ["url_file", "url", (path) => `[store]\nurl_file = "${path}"\n`],
    ["sslrootcert", "root.pem", (path) => `[store]\nurl = "postgres://a@127.0.0.1:1/b?sslrootcert=${path}"\n`],
    ["cert_file", "cert.pem", (path) => `[server]\ncert_file = "${path}"\nkey_file = "${join(TLS, "key.pem")}"\n`],
    ["key_file", "key.pem", (path) => `[server]\ncert_file = "${join(TLS, "cert.pem")}"\nkey_file = "${path}"\n`],
  ];
  test.each(named.flatMap((each) => FEW.map((kind) => [...each, kind] as const)))(
    "%s: what is no file there is refused (%p, %p, %s)",
    async (_, name, text, kind) => {
      const says = put(kind, at(name));
      const file = config(text(at(name)));
      await refused(["--config", file], name, says);
    },
  );
});

describe("in the state folder", () => {
  const files = ["costs.sqlite", "costs.sqlite-wal", "responses.sqlite", "responses.sqlite-wal", "turns.jsonl"];
  const cases = [...files, "capabilities.json", "turns.jsonl.new"].flatMap((name) =>
    // Databases may be large, and so may the file of turns.
    FEW.filter((kind) => kind !== LARGE || name.endsWith(".json")).map((kind) => [name, kind] as const),
  );
  test.each(cases)("%s may be %s: requests are answered, and it ends in order", async (name, kind) => {
    put(kind, inState(name));
    await using upstream = new ChatUpstream([reply(say("one")), reply(say("two")), reply(say("three"))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url], env: env() });
    for (let i = 0; i < 2; i++) {
      const answer = await fetch(`${shim.url}/responses`, {
        method: "POST",
        body: JSON.stringify({ model: "scripted", input: "hi", store: true }),
      });
      expect(answer.status).toBe(200);
      const { store } = (await answer.json()) as { store: boolean };
      if (name.startsWith("responses")) {
        expect(store).toBe(false);
        expect(answer.headers.get("x-juscode-warning")).toContain("not stored");
        expect(answer.headers.get("x-juscode-warning")).not.toContain(dir);
      }
    }
    if (name.startsWith("costs"))
      await until("the log tells it", async () => /costs cannot be written/.test(await shim.output()));
    if (name === "turns.jsonl") await until("the log tells it", async () => /turns cannot/.test(await shim.output()));
  });

  test.each(KINDS.filter((kind) => kind !== NOWHERE && kind !== LARGE))(
    "commands that read what is %s end with a word",
    async (kind) => {
      const says = put(kind, inState("costs.sqlite"));
      put(kind, inState("turns.jsonl"));
      put(kind, inState("keys.json"));
      put(kind, at("odd.json"));
      for (const args of [
        ["costs"],
        ["last"],
        ["key", "list"],
        ["key", "add", "a"],
        ["replay", at("odd.json")],
        ["explain", at("odd.json")],
      ]) {
        const { code, output } = await runShim(args, env());
        expect([args, output]).toEqual([args, expect.stringMatching(says)]);
        expect([args, code]).toEqual([args, 2]);
      }
    },
  );

  test.each(KINDS)("doctor and setup go on where an agent's config is %s", async (kind) => {
    const says = put(kind, at(".codex/config.toml"));
    const doctor = await runShim(["doctor", NO_HOSTS], env());
    expect(doctor.code).toBe(1);
    if (kind.endsWith("FIFO") || kind === "/dev/zero" || kind === "a folder") expect(doctor.output).toMatch(says);
    const setup = await runShim(["setup", "codex", "--dry-run", NO_HOSTS], env());
    expect(setup.output).toMatch(says);
    expect(setup.code).toBe(2);
  });
});

describe("while it runs", () => {
  const key = `jsk_${"k".repeat(43)}`;
  const ask = async (shim: Shim, key?: string): Promise<number> => {
    const headers = key === undefined ? undefined : { authorization: `Bearer ${key}` };
    const body = JSON.stringify({ model: "scripted", input: "hi", store: false });
    const answer = await fetch(`${shim.url}/responses`, { method: "POST", body, ...(headers && { headers }) });
    await answer.text();
    return answer.status;
  };

  test.each(KINDS)("keys.json becomes %s: the keys as they were stay in use", async (kind) => {
    await using upstream = new ChatUpstream([reply(say("hi"))]);
    const made = await runShim(["key", "add", "a"], env());
    const own = made.output.split("\n")[0] ?? "";
    await using shim = await Shim.start({ args: ["--upstream", upstream.url], env: env() });
    expect(await ask(shim, key)).toBe(401);
    replace(kind, inState("keys.json"));
    await until("that is told", async () => /as they were before stay in use/.test(await shim.output()));
    expect(await ask(shim, key)).toBe(401);
    expect(await ask(shim)).toBe(401);
    expect(await ask(shim, own)).toBe(200);
  });

  test.each(KINDS)("the config becomes %s: the one as it was before stays in use", async (kind) => {
    await using upstream = new ChatUpstream([reply(say("hi")), reply(say("hi"))]);
    const file = config(`[model_providers.up]\nbase_url = "${upstream.url}"\nwire_api = "chat"\n`);
    await using shim = await Shim.start({ args: ["--config", file], env: env() });
    replace(kind, file);
    await until("that is told", async () => /previous config stays in use/.test(await shim.output()));
    expect(await ask(shim)).toBe(200);
  });

  test.each(KINDS)("the file of a host's key becomes %s: it is told, and it goes on", async (kind) => {
    await using upstream = new ChatUpstream([reply(say("hi")), reply(say("hi"))]);
    writeFileSync(at("key"), "planted-key-1");
    const file = config(
      `[model_providers.up]\nbase_url = "${upstream.url}"\nwire_api = "chat"\napi_key_file = "key"\n`,
    );
    await using shim = await Shim.start({ args: ["--config", file], env: env() });
    expect(await ask(shim)).toBe(200);
    replace(kind, at("key"));
    expect(await ask(shim)).toBe(401);
    writeFileSync(at("key.new"), "planted-key-2");
    rmSync(at("key"), { recursive: true });
    renameSync(at("key.new"), at("key"));
    expect(await ask(shim)).toBe(200);
  });

  test.each(KINDS)("the certificate becomes %s: the one as it was before stays in use", async (kind) => {
    for (const name of ["cert.pem", "key.pem"]) copyFileSync(join(TLS, name), at(name));
    const file = config('[server]\ncert_file = "cert.pem"\nkey_file = "key.pem"\n');
    const child = Bun.spawn([pathOf("shim"), "--config", file, NO_HOSTS, "--listen", "127.0.0.1:0"], {
      env: env(),
      stdout: "pipe",
      stderr: "pipe",
    });
    let output = "";
    const reading = [child.stdout, child.stderr].map(async (stream) => {
      for await (const bytes of stream) output += new TextDecoder().decode(bytes);
    });
    const port = (): string | undefined => /listens on https:\S+:(\d+)/.exec(output)?.[1];
    await until("it listens", () => port() !== undefined);
    replace(kind, at("cert.pem"));
    await until("that is told", () => /certificate as it was before stays in use/.test(output));
    const health = await fetch(`https://127.0.0.1:${port()}/health`, { tls: { rejectUnauthorized: false } });
    expect(health.status).toBe(200);
    child.kill();
    await child.exited;
    await Promise.all(reading);
  });
});
