/** Entry of the executable. */
import process from "node:process";
import { check, type Told } from "./cli/check.ts";
import { costs } from "./cli/costs.ts";
import { explainRoute } from "./cli/explain.ts";
import { HELP } from "./cli/help.ts";
import { init } from "./cli/init.ts";
import { readCommand, type Command } from "./cli/options.ts";
import { priceOf } from "./cli/price-of.ts";
import { costsFileHere, readConfig, serve } from "./cli/serve.ts";
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
