/** The executable on a machine whose clock is set while it works: what runs in the background goes on. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatUpstream, reply, say, wait } from "../../support/chat-upstream.ts";
import { describeWith } from "../../support/needs.ts";
import { Shim } from "../../support/shim.ts";
import { until } from "../../server/serving.ts";

setDefaultTimeout(60_000);

const compiler = process.platform === "linux" ? (Bun.which("cc") ?? Bun.which("gcc")) : null;
if (compiler === null) console.warn("skipped: a clock that is set (no C compiler)");
let dir: string;
const at = (name: string): string => join(dir, name);

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "juscode-clock-"));
  if (compiler === null) return;
  const source = join(import.meta.dirname, "../../support/shifted-clock.c");
  const made = Bun.spawnSync([compiler, "-shared", "-fPIC", "-O1", "-o", at("clock.so"), source, "-ldl"]);
  if (!made.success) throw new Error(made.stderr.toString());
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The clock of every shim that was started with this file. */
function setClock(seconds: number): void {
  const file = openSync(at("shift"), existsSync(at("shift")) ? "r+" : "w");
  writeSync(file, new BigInt64Array([BigInt(seconds)]), 0, 8, 0);
  closeSync(file);
}

async function statusAt({ url }: Shim, id: string): Promise<unknown> {
  return ((await (await fetch(`${url}/responses/${id}`)).json()) as { status: unknown }).status;
}

describeWith("shim")("a clock that is set", () => {
  test
    .skipIf(compiler === null)
    .each([{ jumps: [40] }, { jumps: [-40] }, { jumps: [40, 0, -40] }, { jumps: [86_400 * 365] }])(
    "by $jumps seconds: two shims on one file see what runs go on, and end",
    async ({ jumps }) => {
      setClock(0);
      await using upstream = new ChatUpstream([reply(say("a"), wait(4000), say("b"))]);
      const env = {
        XDG_STATE_HOME: at("state"),
        CLOCK_SHIFT: at("shift"),
        LD_PRELOAD: at("clock.so"),
      };
      await using one = await Shim.start({ args: ["--upstream", upstream.url], env });
      await using two = await Shim.start({ args: ["--upstream", upstream.url], env });
      const body = JSON.stringify({ model: "scripted", input: "hi", background: true });
      const { id } = (await (await fetch(`${one.url}/responses`, { method: "POST", body })).json()) as { id: string };
      await until("it runs", async () => (await statusAt(one, id)) === "in_progress");
      for (const jump of jumps) {
        setClock(jump);
        for (let i = 0; i < 10; i++) {
          // A busy machine may be slow.
          for (const shim of [one, two])
            expect(["in_progress", "completed"]).toContain(String(await statusAt(shim, id)));
          await Bun.sleep(20);
        }
      }
      await until("it ends", async () => (await statusAt(two, id)) !== "in_progress");
      expect([await statusAt(one, id), await statusAt(two, id)]).toEqual(["completed", "completed"]);
      // Nor does it wait for its end until it is given up.
      const stopped = performance.now();
      for (const { process } of [one, two]) process.kill("SIGTERM");
      expect(await Promise.all([one.process.exited, two.process.exited])).toEqual([0, 0]);
      expect(performance.now() - stopped).toBeLessThan(9000);
    },
  );
});
