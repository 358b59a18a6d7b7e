/** A recorded turn, with and without its words, is played again as it was; and `last` tells why turns failed. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, type Answer } from "../../support/ask.ts";
import { call, ChatUpstream, refuse, reply, say, think } from "../../support/chat-upstream.ts";
import { describeWith, pathOf } from "../../support/needs.ts";
import { Shim } from "../../support/shim.ts";
import { until } from "../serving.ts";

const describe = describeWith("shim");

let home: string;
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), "juscode-record-"))));
afterAll(() => rmSync(home, { recursive: true }));

function run(...args: string[]): { code: number; text: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([pathOf("shim"), ...args], { env: { HOME: home } });
  return { code: exitCode, text: stdout.toString() + stderr.toString() };
}

const PATCH = "*** Begin Patch\n*** Add File: planted.txt\n+planted line\n*** End Patch";
const TOOLS = [
  {
    type: "function",
    name: "shell",
    description: "planted description",
    parameters: {
      type: "object",
      properties: { command: { type: "string" }, tries: { type: "integer" } },
      required: ["command"],
    },
  },
  {
    type: "custom",
    name: "apply_patch",
    description: "planted",
    format: { type: "grammar", syntax: "lark", definition: "start: begin" },
  },
  { type: "web_search" },
];
const INPUT = [
  { type: "message", role: "user", content: [{ type: "input_text", text: "planted question" }] },
  { type: "function_call", call_id: "call_a", name: "shell", arguments: '{"command":"cat planted"}' },
  { type: "function_call_output", call_id: "call_a", output: "planted output" },
];
const TURN = { input: INPUT, tools: TOOLS, stream: true, store: false, prompt_cache_key: "thread-1" };
const STEPS = [
  think("planted thought"),
  say("planted answer"),
  call("shell", '{"command":"echo planted \\"two\\"","tries":"12"}', "call_b"),
  call("apply_patch", { input: PATCH }, "call_c"),
];

/** What came, without what is random or a text. */
const shapeOf = (events: readonly { type: string }[]): string[] =>
  events.map(({ type }) => type).filter((type) => !type.endsWith("delta"));
const shapeIn = (text: string): string[] =>
  Array.from(text.matchAll(/^event: (.*)$/gm), ([, type]) => type ?? "").filter((type) => !type.endsWith("delta"));

async function recorded(name: string, ...flags: string[]): Promise<{ answer: Answer; file: string; text: string }> {
  await using upstream = new ChatUpstream([reply(...STEPS)]);
  const dir = join(home, name);
  await using shim = await Shim.start({
    args: ["--upstream", upstream.url, "--record", dir, ...flags],
    env: { HOME: home },
  });
  const answer = await ask(shim.url, TURN);
  expect(answer.status).toBe(200);
  await until(
    "it is written",
    () => readdirSync(dir).length === 1 && readFileSync(join(dir, readdirSync(dir)[0] ?? ""), "utf8").endsWith("}\n"),
  );
  const file = join(dir, readdirSync(dir)[0] ?? "");
  return { answer, file, text: readFileSync(file, "utf8") };
}

describe("recordings", () => {
  test("without words: the same events, calls and mending; not one word", async () => {
    const { answer, file, text } = await recorded("redacted");
    expect(text).not.toContain("planted");
    const { code, text: played } = run("replay", file);
    expect(code).toBe(0);
    expect(played).not.toContain("planted");
    expect(played).toContain("identical to the recorded request");
    expect(shapeIn(played)).toEqual(shapeOf(answer.events));
    expect(played).toContain("*** Begin Patch\\n*** Add File: xxxxxxx.xxx\\n+xxxxxxx xxxx\\n*** End Patch");
    expect(played).not.toContain(", cut");
    expect(played).toContain("tools[2] web_search");
    expect(played).toContain("arguments_coerced");
  });

  test("with words: the very same answer, but for its ids and times", async () => {
    const { answer, file } = await recorded("whole", "--record-texts");
    const { text: played } = run("replay", file);
    expect(played).toContain("identical to the recorded request");
    const plain = (text: string): string =>
      text.replaceAll(/[0-9a-f]{16,34}/g, "ID").replaceAll(/"(created_at|completed_at)":\d+/g, '"$1":0');
    const from = played.indexOf("event: response.created");
    const to = played.indexOf("\n\n-- ignored");
    const events = plain(answer.text)
      .split("\n\n")
      .filter((event) => event.startsWith("event:"));
    expect(
      plain(played.slice(from, to))
        .split("\n\n")
        .filter((event) => event.startsWith("event:")),
    ).toEqual(events.map((event) => event.trimEnd()));
  });

  test("files that are none are refused in words", () => {
    const file = join(home, "other.json");
    for (const text of ["", "{}", '{"version":99,"attempts":[]}', "null"]) {
      writeFileSync(file, text);
      const { code, text: told } = run("replay", file);
      expect([text, code]).toEqual([text, 2]);
      expect(told).toContain("is not a transcript");
    }
    expect(run("replay").text).toContain("needs the file");
    expect(run("--record-texts").text).toContain("needs --record DIR");
  });
});

describe("last", () => {
  test("tells why turns failed, also when the server is gone", async () => {
    const own = mkdtempSync(join(home, "last-"));
    const here = (...args: string[]): string =>
      Bun.spawnSync([pathOf("shim"), ...args], { env: { HOME: own } }).stdout.toString();
    expect(here("last")).toContain("No turns are recorded yet");
    const upstream = new ChatUpstream([
      reply(say("Hi.")),
      refuse(401, "Wrong key."),
      refuse(400, "This model's maximum context length is 10 tokens."),
    ]);
    const shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"], env: { HOME: own } });
    for (let i = 0; i < 3; i++) await ask(shim.url, { input: "hi" }, i === 1 ? { "x-request-id": "mine-1" } : {});
    await upstream[Symbol.asyncDispose]();
    await ask(shim.url, { input: "hi" });
    const counts = await (await fetch(`http://127.0.0.1:${shim.port}/metrics`)).text();
    expect(counts).toContain('juscode_breaker_open{provider="upstream",model="",state="open"} 1');
    await shim.stop();
    const text = here("last");
    expect(text.match(/FAILED/g)?.length).toBe(3);
    for (const words of ["Wrong key.", "the upstream refused the key", "mine-1", "compact it", "upstream_unreachable"])
      expect(text).toContain(words);
    expect(here("last", "1").match(/FAILED/g)?.length).toBe(1);
    const all = JSON.parse(here("last", "9", "--all", "--json")) as { failed: boolean }[];
    expect(all.map(({ failed }) => failed)).toEqual([false, true, true, true]);
  });
});
