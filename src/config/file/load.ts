/** Reads the config file and the files that it names. */
import process from "node:process";
import type { ConfigInputs } from "./config-file.ts";
import { IrregularFile, leadsNowhere, readRegularFile } from "../regular-file.ts";
import { parseConfig, type ConfigResult } from "./parse.ts";

export function loadConfig(
  path: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  client_keys?: ConfigInputs["client_keys"],
  unbound_keys?: ConfigInputs["unbound_keys"],
): ConfigResult {
  const readFile = (file: string): string => readRegularFile(file);
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { problems: [{ file: path, line: 1, column: 1, key: "", ...unreadable(path, error) }] };
  }
  return parseConfig(text, path, {
    env,
    readFile,
    ...(client_keys && { client_keys }),
    ...(unbound_keys && { unbound_keys }),
  });
}

function unreadable(path: string, error: unknown): { message: string; fix: string } {
  const { code } = error as { code?: unknown };
  if (code === "ENOENT" && leadsNowhere(path))
    return { message: "this is a link that leads nowhere", fix: "remove it, or put the file in its place" };
  if (code === "ENOENT") return { message: "there is no such file", fix: "check the path, or run: juscode-shim init" };
  if (code === "EISDIR") return { message: "this is a folder", fix: "write the path of the file within" };
  if (error instanceof IrregularFile) return { message: error.why, fix: "write the path of a text file" };
  if (code === "EACCES") return { message: "this user may not read it", fix: "change its owner, or its mode" };
  return { message: `cannot be read (${String(code ?? error)})`, fix: "check the path" };
}
