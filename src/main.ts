/** Entry of the executable. */
import process from "node:process";
import { check, type Told } from "./cli/check.ts";
import { completions } from "./cli/completions.ts";
import { costs } from "./cli/costs.ts";
import { agentFindings } from "./cli/doctor-agents.ts";
import { doctor } from "./cli/doctor.ts";
import { explainRoute } from "./cli/explain.ts";
import { keysFileFor, runKey } from "./cli/key.ts";
import { last } from "./cli/last.ts";
import { turnsFile } from "./cli/outside.ts";
import { replay } from "./cli/replay.ts";
import { HELP } from "./cli/help.ts";
import { init } from "./cli/init.ts";
import { OF_COMMAND, readCommand, type Command } from "./cli/options.ts";
import { priceOf } from "./cli/price-of.ts";
import { costsFileHere, readConfig, serve } from "./cli/serve.ts";
import { endAs, launch } from "./cli/launch.ts";
import { setup } from "./cli/setup.ts";
import { service } from "./cli/service.ts";
import { UsageError } from "./cli/usage-error.ts";
import { VERSION } from "./cli/version.ts";
import { ShimError } from "./core/errors.ts";

async function run(command: Command): Promise<void> {
  switch (command.name) {
    case "help":
      return tell({ text: HELP, code: 0 });
    case "version":
      return tell({ text: `juscode-shim ${VERSION}\n`, code: 0 });
    case "serve":
      return serve(command.flags);
    case "check":
      return tell(check(command.options, process.env));
    case "init":
      return tell({ text: await init(command.options, process.env), code: 0 });
    case "explain":
      return tell(await explainRoute(command.options, command.flags, readConfig(command.flags.config)));
    case "doctor": {
      const context = { tell: (line: string) => void process.stderr.write(`${line}\n`), agents: agentFindings };
      const { text, code } = await doctor(command.options, command.flags, context);
      process.stdout.write(text);
      process.exitCode = code;
      return;
    }
    case "setup":
      process.exitCode = await setup(command.options, command.flags);
      return;
    case "launch":
      return endAs(await launch(command.options, command.flags));
    case "service":
      return tell({ text: service(command.options), code: 0 });
    case "completions":
      return tell({ text: completions(command.shell, OF_COMMAND), code: 0 });
    case "key": {
      const text = runKey(command.options, keysFileFor(command.config), new Date());
      return tell({ text, code: 0 });
    }
    case "last":
      return tell({ text: last(command.options, turnsFile()), code: 0 });
    case "replay":
      return tell({ text: replay(command.file), code: 0 });
    case "costs": {
      const config = readConfig(command.config);
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

function tell({ text, code }: Told): void {
  (code === 0 ? process.stdout : process.stderr).write(text);
  process.exitCode = code;
}

try {
  await run(readCommand(process.argv.slice(2), process.env));
} catch (error) {
  // Errors for people: no stack trace.
  if (!(error instanceof UsageError || error instanceof ShimError)) throw error;
  process.stderr.write(`juscode-shim: ${error.message}\n`);
  process.exit(2);
}
