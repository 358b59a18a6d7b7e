/** Entry of the executable. */
import process from "node:process";
import { check } from "./cli/check.ts";
import { HELP } from "./cli/help.ts";
import { init } from "./cli/init.ts";
import { readCommand, type Command } from "./cli/options.ts";
import { messageOf, serve } from "./cli/serve.ts";
import { VERSION } from "./cli/version.ts";

async function run(command: Command): Promise<void> {
  switch (command.name) {
    case "help":
      process.stdout.write(HELP);
      return;
    case "version":
      process.stdout.write(`juscode-shim ${VERSION}\n`);
      return;
    case "serve":
      return serve(command.flags);
    case "check": {
      const { text, code } = check(command.options, process.env);
      (code === 0 ? process.stdout : process.stderr).write(text);
      process.exitCode = code;
      return;
    }
    case "init":
      process.stdout.write(await init(command.options, process.env));
  }
}

try {
  await run(readCommand(process.argv.slice(2), process.env));
} catch (error) {
  const message = messageOf(error);
  if (message === undefined) throw error;
  process.stderr.write(`juscode-shim: ${message}\n`);
  process.exit(2);
}
