/** Entry of the executable. */
import process from "node:process";
import type { CommandOutput } from "./cli/check.ts";
import { failOnLostOutput, writeError, writeOut } from "./cli/output.ts";
import { readCommand, type Command } from "./cli/options.ts";
import { bearSignals } from "./cli/signals.ts";
import { UsageError } from "./cli/usage-error.ts";
import { VERSION } from "./cli/version.ts";
import { ShimError } from "./core/errors.ts";
import { printable } from "./core/printable.ts";

/** What a command needs is loaded when it is given: the server shall not wait for what sets up agents. */
async function run(command: Command): Promise<void> {
  if (command.name === "serve") bearSignals();
  else failOnLostOutput();
  switch (command.name) {
    case "help": {
      const { helpText } = await import("./cli/help.ts");
      return tell({ text: helpText(command.of), code: 0 });
    }
    case "version":
      return tell({ text: `juscode-shim ${VERSION}\n`, code: 0 });
    case "serve":
      return (await import("./cli/serve.ts")).serve(command.flags);
    case "check": {
      const { check } = await import("./cli/check.ts");
      return tell(check(command.options, process.env));
    }
    case "init": {
      const { init } = await import("./cli/init.ts");
      return tell({ text: await init(command.options, process.env), code: 0 });
    }
    case "explain": {
      const { explainRoute } = await import("./cli/explain.ts");
      const { readConfig } = await import("./cli/config-here.ts");
      return tell(await explainRoute(command.options, command.flags, await readConfig(command.flags.config)));
    }
    case "doctor": {
      const { agentFindings } = await import("./cli/doctor/agents.ts");
      const { doctor } = await import("./cli/doctor/doctor.ts");
      const context = { tell: (line: string) => writeError(`${line}\n`), agents: agentFindings };
      const { text, code } = await doctor(command.options, command.flags, context);
      writeOut(text);
      process.exitCode = code;
      return;
    }
    case "setup": {
      const { setup } = await import("./cli/setup/setup.ts");
      process.exitCode = await setup(command.options, command.flags);
      return;
    }
    case "launch": {
      const { endAs, launch } = await import("./cli/launch.ts");
      return endAs(await launch(command.options, command.flags));
    }
    case "service": {
      const { service } = await import("./cli/service/service.ts");
      return tell({ text: service(command.options), code: 0 });
    }
    case "completions": {
      const { completions } = await import("./cli/completions.ts");
      return tell({ text: completions(command.shell), code: 0 });
    }
    case "key": {
      const { keysFileFor, runKey } = await import("./cli/key/key.ts");
      const text = runKey(command.options, keysFileFor(command.config), new Date());
      return tell({ text, code: 0 });
    }
    case "last": {
      const { last } = await import("./cli/last/last.ts");
      const { turnsFile } = await import("./cli/outside.ts");
      return tell({ text: last(command.options, turnsFile()), code: 0 });
    }
    case "replay": {
      const { replay } = await import("./cli/replay.ts");
      return tell({ text: replay(command.file), code: 0 });
    }
    case "costs": {
      const { costs } = await import("./cli/costs/costs.ts");
      const { priceOf } = await import("./cli/costs/price-of.ts");
      const { readConfig } = await import("./cli/config-here.ts");
      const { costsFileHere } = await import("./cli/serve.ts");
      const config = await readConfig(command.config);
      const context = {
        file: costsFileHere(),
        now: new Date(),
        priceOf: priceOf(config),
        config: config?.costs ?? { enabled: true },
      };
      return tell(costs(command.options, context));
    }
  }
}

function tell({ text, code }: CommandOutput): void {
  (code === 0 ? writeOut : writeError)(text);
  process.exitCode = code;
}

try {
  await run(readCommand(process.argv.slice(2), process.env));
} catch (error) {
  // Errors for people: no stack trace.
  if (!(error instanceof UsageError || error instanceof ShimError)) throw error;
  writeError(`juscode-shim: ${error instanceof ShimError ? printable(error.message) : error.message}\n`);
  process.exit(2);
}
