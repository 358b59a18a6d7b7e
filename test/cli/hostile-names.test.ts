/** Names of models and hosts that would steer a terminal or forge a line, through every command of the executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask } from "../support/ask.ts";
import { leakyHost, pieces, WAYS } from "../support/leaky-host.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";
import { until } from "../server/serving.ts";

const describe = describeWith("shim");

/** A title, a cleared screen, a link, a turned line, a new line in three ways, and what nobody sees. */
const EVIL =
  "evil\u001b]0;title\u0007\u009b2J\u001b[31m\u001b]8;;http://x.invalid\u001b\\\u202egnp\u2066\u200b\u00ad\u{e0041}\u2028FORGED a\u2029FORGED b\nFORGED c\r\nFORGED d\u0085FORGED e\b\b\u007f";
const STEERS =
  /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

function expectHarmless(what: string, text: string): void {
  const found = STEERS.exec(text);
  const near = found ? JSON.stringify(text.slice(Math.max(0, found.index - 60), found.index + 30)) : "";
  expect([what, near]).toEqual([what, ""]);
  expect([what, text.split("\n").filter((line) => /^\s*FORGED/.test(line))]).toEqual([what, []]);
}

let home: string;
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), "juscode-names-"))));
afterAll(() => rmSync(home, { recursive: true }));

/** The hosts are in this process, so that it must not wait. */
async function run(args: string[], stdin = ""): Promise<string> {
  const child = Bun.spawn([pathOf("shim"), ...args], {
    env: { HOME: home, PATH: process.env["PATH"] ?? "" },
    cwd: home,
    stdin: Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
    timeout: 60_000,
  });
  const texts = await Promise.all([child.stdout, child.stderr].map((stream) => new Response(stream).text()));
  return texts.join("");
}

const toml = (text: string): string =>
  `"${Array.from(text, (character) => (/[\w .]/.test(character) ? character : `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`)).join("")}"`;

describe("hostile names", () => {
  test("steer no terminal, whoever gives them", async () => {
    const { begin, end } = WAYS.chat;
    const good = (): Response =>
      new Response(pieces(begin + end, 500), { headers: { "content-type": "text/event-stream" } });
    await using host = leakyHost();
    const models = { data: [{ id: EVIL, owned_by: EVIL }, { id: `${EVIL}-2`, context_length: 2000 }, { id: "plain" }] };
    const answers = [
      good,
      () => new Response(JSON.stringify({ error: { message: `no ${EVIL}`, code: EVIL } }), { status: 404 }),
      () => new Response(null, { status: 302, headers: { location: encodeURI(`http://x.invalid/${EVIL}`) } }),
    ];
    let turn = 0;
    host.answer = ({ path }) =>
      path.endsWith("/models") ? Response.json(models) : (answers[turn++ % answers.length] ?? good)();
    const file = join(home, "config.toml");
    const config = `
[server]
keys_file = ${JSON.stringify(join(home, "keys.json"))}
discover = false
[model_providers.up]
name = ${toml(EVIL)}
base_url = ${JSON.stringify(host.url)}
wire_api = "chat"
[models."an alias"]
provider = "up"
model = ${toml(EVIL)}
[models."gone"]
provider = "up"
model = ${toml(`${EVIL} gone`)}
[routes."a route"]
candidates = ["an alias", "gone", ${toml(`up/${EVIL}-2`)}]
`;
    writeFileSync(file, config);
    const here = ["--config", file];
    const recordings = join(home, "recordings");
    for (const format of ["text", "json"]) {
      const shim = await Shim.start({
        args: [...here, "--log-format", format, "--record", recordings],
        env: { HOME: home },
      });
      for (const model of [
        EVIL,
        `${EVIL}-2`,
        "an alias",
        `up/${EVIL}`,
        "a route",
        `${EVIL}/x`,
        "nobody",
        "jusCode-auto",
      ])
        for (let i = 0; i < 3; i++) {
          const { headers, status } = await ask(shim.url, {
            model,
            input: "hi",
            stream: i === 1,
            store: false,
            [EVIL]: 1,
          });
          expect([model, status]).not.toEqual([model, 500]);
          expectHarmless("headers", JSON.stringify([...headers]));
        }
      const decision = await fetch(`${shim.url}/routes/${"a%20route"}/decision`, {
        method: "POST",
        headers: { accept: "text/plain" },
        body: '{"model":"x","input":"hi"}',
      });
      expect(decision.status).toBe(200);
      expectHarmless("decision", await decision.text());
      const root = `http://127.0.0.1:${shim.port}`;
      for (const path of ["/health", "/metrics"]) expectHarmless(path, await (await fetch(root + path)).text());
      const asJson = await fetch(`${shim.url}/routes/jusCode-auto/decision`, {
        method: "POST",
        body: '{"model":"x","input":"hi"}',
      });
      const text = await asJson.text();
      expectHarmless("decision in JSON", text);
      expect(text).toContain("\\u009b");
      await fetch(`${root}/v1/${encodeURIComponent(EVIL)}/responses`, { method: "POST", body: "{}" });
      writeFileSync(file, `${config}[models.${toml(`${EVIL} twice`)}]\nprovider = ${toml(`${EVIL} nowhere`)}\n`);
      await until("the broken edit is told", async () => (await shim.output()).includes("nowhere"));
      writeFileSync(file, config);
      await Bun.sleep(300);
      await shim.stop();
      const output = await shim.output();
      expectHarmless(`the start and the log, as ${format}`, output);
      expect(output).toContain("evil");
    }
    const request = '{"model":"x","input":"hi"}';
    const commands: [args: string[], stdin?: string][] = [
      [["check", ...here]],
      [["check", "--json", ...here]],
      [["last", "20", "--all"]],
      [["last", "20", "--all", "--json"]],
      [["costs"]],
      [["costs", "--by", "model"]],
      [["costs", "--json"]],
      [["costs", "--by", "provider"]],
      [["costs", "--by", "route"]],
      [["doctor", ...here]],
      [["doctor", "--json", ...here]],
      [["doctor", "--live", "--model", EVIL, ...here]],
      [["explain", "--route", "a route", ...here], request],
      [["explain", "--route", `${EVIL} nowhere`, ...here], request],
      [["explain", "--json", ...here], request],
      [["setup", "codex", "--dry-run", ...here]],
      [["setup", "codex", "--print", "--model", EVIL, ...here]],
      [["setup", "aider", "--print", "--model", EVIL, "--context-window", "9", ...here]],
      [["setup", "cline", "--print", "--model", EVIL, ...here]],
      [["setup", "--list"]],
      [["key", "list", ...here]],
      [["init", "--stdout"]],
      [["completions", "bash"]],
      [["service", "print", "--user", ...here]],
      [[`--config=${EVIL}`]],
      [["check", "--config", EVIL]],
      [["service", "print", "--config", `/x/${EVIL}`]],
      [["replay", EVIL]],
      [["launch", EVIL]],
      [[EVIL]],
      [[`--${EVIL}`]],
    ];
    for (const [args, stdin] of commands) expectHarmless(args.join(" "), await run(args, stdin));
    for (const name of readdirSync(recordings)) expectHarmless("replay", await run(["replay", join(recordings, name)]));
    expectHarmless("turns", readFileSync(join(home, ".local/state/juscode-shim/turns.jsonl"), "utf8"));
    for (const words of ["evil", "FAILED"]) expect(await run(["last", "20", "--all"])).toContain(words);
    expect(await run(["costs", "--by", "model"])).toContain("evil");
    expect(await run(["doctor", ...here])).toContain("evil");
  }, 240_000);

  test("in a broken config and in keys of somebody else's making", async () => {
    const file = join(home, "broken.toml");
    const keys = join(home, "other-keys.json");
    const entry = { name: EVIL, sha256: "0".repeat(64), use: "models", models: [EVIL], created_at: EVIL };
    writeFileSync(keys, JSON.stringify({ version: 1, keys: [entry] }));
    for (const text of [
      `[server]\n${toml(EVIL)} = 1\n`,
      `[model_providers.${toml(EVIL)}]\nbase_url = ${toml(EVIL)}\npreset = ${toml(EVIL)}\n`,
      `[routes.${toml(EVIL)}]\ncandidates = [${toml(EVIL)}]\nprefer = ${toml(EVIL)}\n`,
      `[server]\nlisten = ${toml(EVIL)}\nkeys_file = ${JSON.stringify(keys)}\n`,
      `[server]\nkeys_file = ${JSON.stringify(keys)}\n`,
      `a = "${EVIL.replaceAll(/[\n\r]/g, "")}`,
      `[web_search]\nservice = ${toml(EVIL)}\n[mcp_servers.${toml(EVIL)}]\nurl = ${toml(EVIL)}\n[store]\nurl = ${toml(`${EVIL}:x`)}\n`,
    ]) {
      writeFileSync(file, text);
      for (const command of [
        ["check"],
        ["check", "--json"],
        ["doctor"],
        ["doctor", "--json"],
        ["key", "list"],
        ["key", "remove", "x"],
        ["explain"],
        ["setup", "codex", "--dry-run"],
        ["--listen", "127.0.0.1:0"],
      ])
        if (text.includes("keys_file") && !text.includes("listen") && command[0] === "--listen") continue;
        else expectHarmless([...command, text].join(" "), await run([...command, "--config", file], "{}"));
    }
  }, 240_000);
});
