/** Reads the config file and the files that it names. */
import { readFileSync } from "node:fs";
import process from "node:process";
import type { ConfigInputs } from "./config-file.ts";
import { parseConfig, type ConfigResult } from "./parse.ts";

export function loadConfig(
  path: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  client_keys?: ConfigInputs["client_keys"],
  unbound_keys?: ConfigInputs["unbound_keys"],
): ConfigResult {
  const readFile = (file: string): string => readFileSync(file, "utf8");
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { problems: [{ file: path, line: 1, column: 1, key: "", ...unreadable(error) }] };
  }
  return parseConfig(text, path, {
    env,
    readFile,
    ...(client_keys && { client_keys }),
    ...(unbound_keys && { unbound_keys }),
  });
}

function unreadable(error: unknown): { message: string; fix: string } {
  const { code } = error as { code?: unknown };
  if (code === "ENOENT") return { message: "there is no such file", fix: "check the path, or run: juscode-shim init" };
  if (code === "EISDIR") return { message: "this is a folder", fix: "write the path of the file within" };
  if (code === "EACCES") return { message: "this user may not read it", fix: "change its owner, or its mode" };
  return { message: `cannot be read (${String(code ?? error)})`, fix: "check the path" };
}
