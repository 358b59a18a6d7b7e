/** Paths in the config, and the files that they name. */
import { dirname, isAbsolute, join, resolve } from "node:path";
import { IrregularFile } from "../regular-file.ts";
import type { Findings } from "./findings.ts";
import type { KeyPath } from "./toml-positions.ts";

/** `~`, `$NAME` and `${NAME}` at the beginning; relative paths begin at the config file. */
export function resolvePath(written: string, path: KeyPath, found: Findings): string | undefined {
  const start = /^(?:~(?=\/|$)|\$(?:\{(?<braced>\w+)\}|(?<bare>\w+)))/.exec(written);
  if (!start) return isAbsolute(written) ? written : join(dirname(resolve(found.file)), written);
  const name = start.groups?.["braced"] ?? start.groups?.["bare"] ?? "HOME";
  const folder = found.variable(name);
  if (folder !== undefined && folder !== "") return join(folder, written.slice(start[0].length));
  const fix =
    name === "CREDENTIALS_DIRECTORY"
      ? "systemd sets it for a service with LoadCredential=; elsewhere write the whole path"
      : `run: export ${name}=…, or write the whole path`;
  found.problem(path, `the environment variable ${name} is not set`, fix);
  return undefined;
}

/** The text of a file that the config names. `shown` stands for its path where that must not be printed. */
export function readNamed(file: string, path: KeyPath, found: Findings, shown = file): string | undefined {
  found.reads.push(file);
  try {
    return found.inputs.readFile(file);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT") found.problem(path, `there is no file ${shown}`, "check the path, or create the file");
    else if (code === "EISDIR") found.problem(path, `${shown} is a folder`, "write the path of the file within");
    else if (error instanceof IrregularFile)
      found.problem(path, `${shown} ${error.why}`, "write the path of a text file");
    else {
      const why = code === "EACCES" ? "this user may not read it" : `it cannot be read (${String(code ?? error)})`;
      found.problem(path, `${shown}: ${why}`, "give the user that runs juscode-shim leave to read it");
    }
    return undefined;
  }
}
