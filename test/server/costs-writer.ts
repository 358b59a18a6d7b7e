/**
 * A program of its own that keeps costs: `bun costs-writer.ts FILE ROWS NAME`; 0 rows for as long as it lives,
 * which is not for ever, lest a test that fails leaves it behind.
 */
import process from "node:process";
import { CostStore } from "../../src/server/costs/store.ts";

const [file = "", rows = "0", name = "writer"] = process.argv.slice(2);
const most = Number(rows) || Number.POSITIVE_INFINITY;
const costs = new CostStore({ file, warn: (text) => console.log(`warning: ${text}`), batch_ms: 2 });
setTimeout(() => process.exit(1), 180_000).unref();
process.once("exit", () => costs.close());

for (let done = 0; done < most;) {
  for (let i = 0; i < 50 && done < most; i++)
    costs.record({
      at: Math.floor(Date.now() / 1000), // Older rows would be deleted.
      request_id: `${name}-${done++}`,
      provider: name,
      model: "some-model",
      route: null,
      client: "codex",
      usage: { input_tokens: 100, cached_tokens: 50, cache_write_tokens: 0, output_tokens: 10, reasoning_tokens: 5 },
      usd: 0.001,
      outcome: "ok",
      duration_ms: 1000,
      first_ms: 100,
    });
  await new Promise((done) => setTimeout(done, 3));
}
process.exit(0);
