/** An upstream may be silent for longer than Codex waits: the heartbeats keep the turn, and it is asked once. */
import { expect, test } from "bun:test";
import { call, refuse, reply, say, wait, type Reply } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { setUp, succeeded } from "../support/setting.ts";

const describe = describeWith("shim", "codex");

const SILENCE_MS = 2500;
/** Codex gives up a stream that is silent for so long. */
const IDLE_MS = 1000;
const HASTE = ["--hold-ms", "300", "--heartbeat-ms", "300"];

describe("Codex waits for a silent upstream", () => {
  const CASES: [string, Reply[]][] = [
    ["before its first word", [reply(wait(SILENCE_MS), say("At last."))]],
    ["in the middle of its text", [reply(say("At "), wait(SILENCE_MS), say("last."))]],
    [
      "within a call that is held back",
      [reply(call("exec_command", { cmd: "touch made.txt" }), wait(SILENCE_MS)), reply(say("At last."))],
    ],
  ];
  test.each(CASES)(
    "%s",
    async (_, script) => {
      await using on = await setUp(script, { idle_ms: IDLE_MS }, {}, HASTE);
      succeeded(await on.codex.run("take your time"), "At last.");
      on.upstream.check();
      expect(on.upstream.requests).toHaveLength(script.length);
    },
    20_000,
  );

  test("an upstream whose head is late, and which then refuses for good, is asked once", async () => {
    await using on = await setUp(
      [
        async () => {
          await Bun.sleep(1000);
          return refuse(401, "Wrong key.");
        },
      ],
      { stream_retries: 3 },
      {},
      HASTE,
    );
    const run = await on.codex.run("hello");
    expect(JSON.stringify(run.events)).toContain("Wrong key.");
    expect(on.upstream.requests).toHaveLength(1);
  });
});
