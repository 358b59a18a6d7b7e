/** An upstream may be silent for longer than Codex waits: the heartbeats keep the turn, and it is asked once. */
import { expect, test } from "bun:test";
import { itemsOf } from "../support/codex.ts";
import {
  call,
  refuse,
  reply,
  say,
  slowly,
  wait,
  type Refusal,
  type Reply,
  type Script,
} from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { expectPrefixes, setUp, succeeded } from "../support/setting.ts";

// They mostly wait, so they wait together.
const describe = describeWith("shim", "codex");

const SILENCE_MS = 6000;
/** Codex gives up a stream that is silent for so long. */
const IDLE_MS = 4000;
const HASTE = ["--hold-ms", "500", "--heartbeat-ms", "500"];
/** The upstream sends nothing, not even its head, as when its slot is busy. */
const later =
  <Answer extends Reply | Refusal>(ms: number, answer: Answer) =>
  async (): Promise<Answer> => {
    await Bun.sleep(ms);
    return answer;
  };

const PATCH = "*** Begin Patch\n*** Add File: made.txt\n+made\n*** End Patch\n";

describe("Codex waits for a silent upstream", () => {
  const CASES: [string, Script][] = [
    ["before its head", [later(SILENCE_MS, reply(say("At last.")))]],
    ["between its head and its first word", [reply(wait(SILENCE_MS), say("At last."))]],
    ["in the middle of its text", [reply(say("At "), wait(SILENCE_MS), say("last."))]],
  ];
  test.concurrent.each(CASES)("%s", async (_, script) => {
    await using on = await setUp(script, { idle_ms: IDLE_MS }, {}, HASTE);
    succeeded(await on.codex.run("take your time"), "At last.");
    on.upstream.check();
    expect(on.upstream.requests).toHaveLength(1);
  });

  test.concurrent.each([
    ["a command", call("exec_command", { cmd: "printf 'made\\n' >> made.txt" }), "command_execution"],
    ["a patch", call("apply_patch", { input: PATCH }), "file_change"],
  ])("in the middle of the arguments of %s, which runs once", async (_, step, kind) => {
    const script = [reply(slowly(SILENCE_MS, step)), reply(say("At last."))];
    await using on = await setUp(script, { idle_ms: IDLE_MS }, {}, HASTE);
    const run = await on.codex.run("take your time");
    succeeded(run, "At last.");
    on.upstream.check();
    expect(itemsOf(run, kind)).toHaveLength(1);
    expect(on.codex.file("made.txt")).toBe("made\n");
    expectPrefixes(on.upstream);
  });

  test.concurrent("without heartbeats it would not: the silence of these tests is longer than its patience", async () => {
    await using on = await setUp([reply(say("At "), wait(SILENCE_MS), say("last."))], { idle_ms: IDLE_MS }, {}, [
      "--hold-ms",
      "500",
      "--heartbeat-ms",
      "60000",
    ]);
    const run = await on.codex.run("take your time");
    expect(run.exit_code).not.toBe(0);
    expect(JSON.stringify(run.events)).toContain("idle timeout");
  });

  test.concurrent("an upstream whose head is late, and which then refuses for good, is asked once", async () => {
    await using on = await setUp([later(1500, refuse(401, "Wrong key."))], { default_retries: true }, {}, HASTE);
    const run = await on.codex.run("hello");
    expect(JSON.stringify(run.events)).toContain("Wrong key.");
    expect(on.upstream.requests).toHaveLength(1);
  });
});
