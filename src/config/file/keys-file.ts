/**
 * Where the config says that the clients' keys are. Nothing else of it is judged: keys are made in a shell that has
 * none of the server's variables, and before there is any the config may be wrong for want of one.
 */
import type { ConfigInputs } from "./config-file.ts";
import { Findings } from "./findings.ts";
import type { Problem } from "./problem.ts";
import { resolvePath } from "./resolve-files.ts";
import { parseToml } from "./toml-errors.ts";
import { locateKeys } from "../../core/toml-positions.ts";

export function keysFileIn(
  text: string,
  file: string,
  inputs: ConfigInputs,
): { keys_file: string | undefined } | { problems: readonly Problem[] } {
  const parsed = parseToml(text, file);
  if ("problem" in parsed) return { problems: [parsed.problem] };
  const server = (parsed.data as { server?: { keys_file?: unknown } }).server;
  if (typeof server?.keys_file !== "string") return { keys_file: undefined };
  const found = new Findings(file, locateKeys(text), inputs);
  const keys_file = resolvePath(server.keys_file, ["server", "keys_file"], found);
  return keys_file === undefined ? { problems: found.problems } : { keys_file };
}
