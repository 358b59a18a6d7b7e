/** The config file in use, and the settings that it comes to, for commands. */
import process from "node:process";
import type { ConfigFile } from "../config/file/config-file.ts";
import { findConfig } from "../config/file/locate.ts";
import { problemsText } from "../config/file/problem.ts";
import { countKeys } from "./operations.ts";
import type { ServeFlags } from "./serve-flags.ts";
import { settingsOf, type Settings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

/** Undefined where there is none: then the parser is not even loaded. Throws a UsageError with every problem. */
export async function readConfig(flag: string | undefined): Promise<ConfigFile | undefined> {
  const file = findConfig(flag);
  if (file === undefined) return undefined;
  const { loadConfig } = await import("../config/file/load.ts");
  const result = loadConfig(file, process.env, { client_keys: countKeys });
  if ("config" in result) return result.config;
  throw new UsageError("invalid config", ...problemsText(result.problems).split("\n"));
}

export async function readSettings(flags: ServeFlags): Promise<Settings> {
  return settingsOf(flags, await readConfig(flags.config));
}
