/** `setup` and `launch` without the rest of the program, for tests that run them as processes. */
import process from "node:process";
import { parseArgs } from "node:util";
import { endAs, launch } from "../../src/cli/launch.ts";
import { readServe, type ServeValues } from "../../src/cli/serve-flags.ts";
import { readLaunch, readSetup, SETUP_FLAGS } from "../../src/cli/setup/options.ts";
import { setup } from "../../src/cli/setup/setup.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

const options = {
  ...SETUP_FLAGS,
  config: { type: "string" },
  listen: { type: "string" },
  upstream: { type: "string" },
  "no-discover": { type: "boolean" },
} as const;

try {
  const { values, positionals } = parseArgs({ args: process.argv.slice(2), options, allowPositionals: true });
  const [command, ...words] = positionals;
  const flags = readServe(values as ServeValues, process.env);
  if (command === "launch") endAs(await launch(readLaunch(values, words), flags));
  else process.exitCode = await setup(readSetup(values, words), flags);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`juscode-shim: ${error.message}\n`);
  process.exit(2);
}
