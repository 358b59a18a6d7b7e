/** A writer that is killed at any moment leaves the file whole, with all that it had acknowledged. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const SCRIPT = join(import.meta.dirname, "../../../scripts/kill-store.ts");

// Each has acknowledged at least the write at whose word its time begins to run.
test("25 times kill -9", async () => {
  const run = Bun.spawn([process.execPath, SCRIPT, "--times", "25"], { stdin: "ignore", stderr: "inherit" });
  const text = await new Response(run.stdout).text();
  expect(text).toMatch(/^killed 25 times; \d{2,} acknowledged, 0 lost or broken; file .* MB\n$/);
  expect(await run.exited).toBe(0);
});
