/** `setup` and `launch` without the rest of the program, for tests that run them as processes. */
import process from "node:process";
import { endAs, launch } from "../../src/cli/launch.ts";
import { readCommand } from "../../src/cli/options.ts";
import { setup } from "../../src/cli/setup/setup.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

try {
  const command = readCommand(process.argv.slice(2), process.env);
  if (command.name === "launch") endAs(await launch(command.options, command.flags));
  else if (command.name === "setup") process.exitCode = await setup(command.options, command.flags);
  else throw new UsageError(`only setup and launch, not ${command.name}`);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`juscode-shim: ${error.message}\n`);
  process.exit(2);
}
