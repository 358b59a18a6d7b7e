/**
 * Preloaded into the executable (BUN_OPTIONS) by tests that ask what it holds: at SIGUSR2 all garbage is collected, and a
 * line reports that.
 */
import process from "node:process";

process.on("SIGUSR2", () => {
  // Once is not enough: finalizers of the first round let go of what the second one frees.
  for (let round = 0; round < 3; round++) Bun.gc(true);
  Bun.shrink();
  process.stderr.write("collected\n");
});
