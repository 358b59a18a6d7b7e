/** Entry of the executable. */
import process from "node:process";
import type { CommandOutput } from "./cli/check.ts";
import { readCommand, type Command } from "./cli/options.ts";
import { failOnLostOutput, writeError, writeOut } from "./cli/output.ts";
import { bearSignals } from "./cli/signals.ts";
import { UsageError } from "./cli/usage-error.ts";
import { VERSION } from "./cli/version.ts";
import { ShimError } from "./core/errors.ts";
import { printable } from "./core/printable.ts";

/** Loads a command's code when it is run: the server must not wait for the code that sets up agents. */
async function run(command: Command): Promise<CommandOutput | string | undefined> {
  switch (command.name) {
    case "help":
      return (await import("./cli/help.ts")).helpText(command.of);
    case "version":
      return `juscode-shim ${VERSION}\n`;
    case "serve":
      await (await import("./cli/serve.ts")).serve(command.flags);
      return undefined;
    case "check":
      return (await import("./cli/check.ts")).check(command.options, process.env);
    case "init":
      return (await import("./cli/init.ts")).init(command.options, process.env);
    case "explain":
      return (await import("./cli/explain.ts")).explainRoute(command.options, command.flags);
    case "doctor": {
      const { agentFindings } = await import("./cli/doctor/agents.ts");
      const { doctor } = await import("./cli/doctor/doctor.ts");
      const context = { report: (line: string) => writeError(`${line}\n`), agents: agentFindings };
      const { text, code } = await doctor(command.options, command.flags, context);
      writeOut(text);
      process.exitCode = code;
      return undefined;
    }
    case "setup": {
      const { setup } = await import("./cli/setup/setup.ts");
      process.exitCode = await setup(command.options, command.flags);
      return undefined;
    }
    case "launch": {
      const { endAs, launch } = await import("./cli/launch.ts");
      return endAs(await launch(command.options, command.flags));
    }
    case "service":
      return (await import("./cli/service/service.ts")).service(command.options);
    case "completions":
      return (await import("./cli/completions.ts")).completions(command.shell);
    case "key": {
      const { keysFileFor, runKey } = await import("./cli/key/key.ts");
      return runKey(command.options, keysFileFor(command.config), new Date());
    }
    case "last": {
      const { turnsFile } = await import("./cli/operations.ts");
      return (await import("./cli/last.ts")).last(command.options, turnsFile());
    }
    case "replay":
      return (await import("./cli/replay.ts")).replay(command.file);
    case "costs": {
      const { costs, costsHere } = await import("./cli/costs/costs.ts");
      const { readConfig } = await import("./cli/config-here.ts");
      return costs(command.options, costsHere(await readConfig(command.config)));
    }
  }
}

function print(output: CommandOutput | string): void {
  const { text, code } = typeof output === "string" ? { text: output, code: 0 } : output;
  (code === 0 ? writeOut : writeError)(text);
  process.exitCode = code;
}

try {
  const command = readCommand(process.argv.slice(2), process.env);
  if (command.name === "serve") bearSignals();
  else failOnLostOutput();
  const output = await run(command);
  if (output !== undefined) print(output);
} catch (error) {
  // Errors for people: no stack trace.
  if (!(error instanceof UsageError || error instanceof ShimError)) throw error;
  writeError(`juscode-shim: ${error instanceof ShimError ? printable(error.message) : error.message}\n`);
  process.exit(2);
}
