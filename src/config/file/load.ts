/** Reads the config file and the files that it names. */
import process from "node:process";
import { codeOf, IrregularFile, leadsNowhere, readRegularFile } from "../regular-file.ts";
import type { ConfigInputs } from "./config-file.ts";
import { parseConfig, type ConfigResult } from "./parse.ts";

/** `keys` counts the client keys, where their number matters. */
export function loadConfig(
  path: string,
  env: ConfigInputs["env"] = process.env,
  keys: Pick<ConfigInputs, "client_keys" | "unbound_keys"> = {},
): ConfigResult {
  const readFile = (file: string): string => readRegularFile(file);
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { problems: [{ file: path, line: 1, column: 1, key: "", ...unreadable(path, error) }] };
  }
  return parseConfig(text, path, { env, readFile, ...keys });
}

function unreadable(path: string, error: unknown): { message: string; fix: string } {
  const code = codeOf(error);
  if (code === "ENOENT" && leadsNowhere(path))
    return { message: "this is a link that leads nowhere", fix: "remove it, or put the file in its place" };
  if (code === "ENOENT") return { message: "there is no such file", fix: "check the path, or run: juscode-shim init" };
  if (code === "EISDIR") return { message: "this is a folder", fix: "write the path of a file in it" };
  if (error instanceof IrregularFile) return { message: error.why, fix: "write the path of a text file" };
  if (code === "EACCES") return { message: "permission denied", fix: "change its owner, or its mode" };
  return { message: `cannot be read (${code ?? error})`, fix: "check the path" };
}
