/** Paths and environment variables in the config, and what they hold. */
import { dirname, isAbsolute, join, resolve } from "node:path";
import { codeOf, IrregularFile } from "../regular-file.ts";
import type { Setting } from "./findings.ts";

/** `~`, `$NAME` and `${NAME}` count at the beginning; a relative path starts at the config file. */
export function resolvePath(written: string, setting: Setting): string | undefined {
  const start = /^(?:~(?=\/|$)|\$(?:\{(?<braced>\w+)\}|(?<bare>\w+)))/.exec(written);
  if (!start) return isAbsolute(written) ? written : join(dirname(resolve(setting.found.file)), written);
  const name = start.groups?.["braced"] ?? start.groups?.["bare"] ?? "HOME";
  const folder = setting.variable(name);
  if (folder !== undefined && folder !== "") return join(folder, written.slice(start[0].length));
  const fix =
    name === "CREDENTIALS_DIRECTORY"
      ? "systemd sets it for a service with LoadCredential=; elsewhere write the full path"
      : `run: export ${name}=…, or write the full path`;
  return setting.problem(`the environment variable ${name} is not set`, fix);
}

/** The text of a file that the config names. `shown` stands for its path where that must not be printed. */
export function readNamed(file: string, setting: Setting, shown = file): string | undefined {
  const { reads, inputs } = setting.found;
  reads.push(file);
  try {
    return inputs.readFile(file);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return setting.problem(`there is no file ${shown}`, "check the path, or create the file");
    if (code === "EISDIR") return setting.problem(`${shown} is a folder`, "write the path of a file in it");
    if (error instanceof IrregularFile)
      return setting.problem(`${shown} ${error.why}`, "write the path of a text file");
    const why = code === "EACCES" ? "permission denied" : `cannot be read (${code ?? error})`;
    return setting.problem(`${shown}: ${why}`, "give the user that runs juscode-shim permission to read it");
  }
}

/** The text of a file that holds just one secret; undefined where it is empty. */
export function readSecret(file: string, setting: Setting, what: "key" | "URL", shown?: string): string | undefined {
  const text = readNamed(file, setting, shown);
  return text?.trim() === "" ? setting.problem(`${file} is empty`, `write the ${what} into it`) : text;
}

/** The value of a variable that the config names; `hint` is shown when it is not set. */
export function readVariable(name: string, setting: Setting, hint?: string): string | undefined {
  const value = setting.variable(name);
  if (value !== undefined && value.trim() !== "") return value;
  const what = value === undefined ? "is not set" : "is set, but empty";
  const how = hint === undefined ? "" : ` (${hint})`;
  return setting.problem(`the environment variable ${name} ${what}`, `run: export ${name}=…${how}`);
}

export const isVariable = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name);

/** `usage` shows the setting as it should be: `env_key = "HOST_API_KEY"`. */
export function noVariable(setting: Setting, what: "key" | "URL", key: string, example: string): undefined {
  return setting.problem(
    `is not the name of an environment variable; is it the ${what} itself?`,
    `write the variable's name, ${key} = "${example}", and run: export ${example}=…`,
  );
}
