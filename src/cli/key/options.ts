/** What `juscode-shim key` is told on the command line. */
import { nearest } from "../../config/file/nearest.ts";
import type { ClientKey } from "../../server/access/client-keys.ts";
import type { FlagValues } from "../flags.ts";
import { UsageError } from "../usage-error.ts";

export const KEY_ACTIONS = ["add", "list", "remove"] as const;

export type KeyOptions =
  | {
      action: "add";
      name: string;
      use: ClientKey["use"];
      models: readonly string[] | undefined;
      rpm: number | undefined;
    }
  | { action: "list"; json: boolean }
  | { action: "remove"; name: string };

/** `words`: what stands on the command line behind `key`. */
export function readKeyOptions(words: readonly string[], values: FlagValues): KeyOptions {
  const { models, rpm, metrics = false, json = false } = values;
  const [action, name, extra] = words;
  if (extra !== undefined) throw new UsageError(`\`${extra}\` is one word too many; options begin with --`);
  if (action !== "add" && (models !== undefined || rpm !== undefined || metrics))
    throw new UsageError("--models, --rpm and --metrics belong to `key add`");
  switch (action) {
    case "list":
      if (name !== undefined) throw new UsageError(`\`${name}\` is one word too many: \`key list\` shows all keys`);
      return { action, json };
    case "add":
    case "remove":
      if (name === undefined || !/^[\w.@-]{1,64}$/.test(name))
        throw new UsageError(
          `\`key ${action}\` needs a name of letters, digits, \`.\`, \`_\`, \`-\` and \`@\`, for example: juscode-shim key ${action} laptop`,
        );
      if (action === "remove") return { action, name };
      if (metrics && (models !== undefined || rpm !== undefined))
        throw new UsageError("a key for --metrics asks no model, so --models and --rpm mean nothing beside it");
      return { action, name, use: metrics ? "metrics" : "models", models: readModels(models), rpm };
    case undefined:
      throw new UsageError("`key` needs to be told what: key add NAME, key list, or key remove NAME");
    default: {
      const near = nearest(action, KEY_ACTIONS);
      throw new UsageError(
        `there is no \`key ${action}\`; ${near ? `did you mean key ${near}? T` : "t"}here are: key add NAME, key list, key remove NAME`,
      );
    }
  }
}

function readModels(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const models = text.split(",").map((each) => each.trim());
  if (models.every((each) => each !== "")) return models;
  throw new UsageError(`--models ${text} has an empty name; write for example --models jusCode-auto,gpu-box/*`);
}
