/** The command line of `juscode-shim key`. */
import { nearest } from "../../config/file/nearest.ts";
import type { ClientKey } from "../../server/access/client-keys.ts";
import type { FlagValues } from "../flags.ts";
import { refuseExtra, UsageError } from "../usage-error.ts";

export const KEY_ACTIONS = ["add", "list", "remove"] as const;
const FORMS = "key add NAME, key list, or key remove NAME";

export type KeyOptions =
  | ({ action: "add" } & Pick<ClientKey, "name" | "use"> & { [Key in "models" | "rpm"]: ClientKey[Key] | undefined })
  | { action: "list"; json: boolean }
  | { action: "remove"; name: string };

/** `words`: the arguments behind `key`. */
export function readKeyOptions(words: readonly string[], values: FlagValues): KeyOptions {
  const { models, rpm, metrics = false, json = false } = values;
  const [action, name, extra] = words;
  refuseExtra(extra);
  if (action !== "add" && (models !== undefined || rpm !== undefined || metrics))
    throw new UsageError("--models, --rpm and --metrics belong to `key add`");
  switch (action) {
    case "list":
      refuseExtra(name);
      return { action, json };
    case "add":
    case "remove":
      if (name === undefined || !/^[\w.@-]{1,64}$/.test(name))
        throw new UsageError(
          `\`key ${action}\` needs a name of letters, digits, \`.\`, \`_\`, \`-\` and \`@\`, for example: juscode-shim key ${action} laptop`,
        );
      if (action === "remove") return { action, name };
      if (metrics && (models !== undefined || rpm !== undefined))
        throw new UsageError("a key for --metrics cannot use models, so --models and --rpm have no effect on it");
      return { action, name, use: metrics ? "metrics" : "models", models: readModels(models), rpm };
    case undefined:
      throw new UsageError(`\`key\` needs an action: ${FORMS}`);
    default: {
      const near = nearest(action, KEY_ACTIONS);
      const meant = near === undefined ? "use" : `did you mean key ${near}? Use`;
      throw new UsageError(`unknown action \`key ${action}\`; ${meant} ${FORMS}`);
    }
  }
}

function readModels(text: string | undefined): readonly string[] | undefined {
  const models = text?.split(",").map((each) => each.trim());
  if (!models?.includes("")) return models;
  throw new UsageError(`--models ${text} has an empty name; for example: --models jusCode-auto,gpu-box/*`);
}
