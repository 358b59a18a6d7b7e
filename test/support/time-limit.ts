/**
 * Preloaded by `bun test` (bunfig.toml): the time limit of every test that names none. Bun's own 5 s are a machine's
 * speed; this one is met only by what hangs. It is set as each file is resolved, since Bun forgets it with each file.
 */
import { plugin } from "bun";
import { setDefaultTimeout } from "bun:test";

/** Longer than `PATIENCE_MS`, so that a wait in vain can still report what it waited for. */
const LIMIT_MS = Number(process.env["SHIM_TEST_LIMIT_MS"] ?? 180_000);

plugin({
  name: "time limit of tests",
  setup(build) {
    build.onResolve({ filter: /\.test\.ts$/ }, () => {
      setDefaultTimeout(LIMIT_MS);
      return undefined;
    });
  },
});
