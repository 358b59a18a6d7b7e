/** Finds and reads the config file: the only part of the config that touches files and the environment. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, resolve } from "node:path";
import process from "node:process";
import type { ConfigInputs } from "./config-file.ts";
import { locateConfig, newConfig, type Places } from "./locate.ts";
import { parseConfig, type ConfigResult } from "./parse.ts";

/** Path of the config file that counts, if there is any. `flag` is what `--config` says. */
export function findConfig(flag?: string): string | undefined {
  const found = locateConfig(placesHere(flag));
  return found === undefined ? undefined : resolve(found);
}

/** Path where `init` writes a config file. */
export function placeForConfig(flag?: string): string {
  return resolve(newConfig(placesHere(flag)));
}

export function loadConfig(
  path: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  client_keys?: ConfigInputs["client_keys"],
): ConfigResult {
  const readFile = (file: string): string => readFileSync(file, "utf8");
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { problems: [{ file: path, line: 1, column: 1, key: "", ...unreadable(error) }] };
  }
  return parseConfig(text, path, { env, readFile, ...(client_keys && { client_keys }) });
}

function unreadable(error: unknown): { message: string; fix: string } {
  const { code } = error as { code?: unknown };
  if (code === "ENOENT") return { message: "there is no such file", fix: "check the path, or run: juscode-shim init" };
  if (code === "EISDIR") return { message: "this is a folder", fix: "write the path of the file within" };
  if (code === "EACCES") return { message: "this user may not read it", fix: "change its owner, or its mode" };
  return { message: `cannot be read (${String(code ?? error)})`, fix: "check the path" };
}

function placesHere(flag: string | undefined): Places {
  const { execPath, env } = process;
  const executable_dir = isCompiled(execPath) ? dirname(execPath) : undefined;
  return { flag, env, home: homedir(), executable_dir, exists: existsSync };
}

/** A compiled program is its own executable; sources are run by a runtime, beside which nobody keeps a config. */
export function isCompiled(executable: string): boolean {
  return !/^(?:bun|node|deno)\b/.test(basename(executable));
}
