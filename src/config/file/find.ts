/** Where the config file is: what a start without one needs to know of it. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, resolve } from "node:path";
import process from "node:process";
import { leadsNowhere } from "../regular-file.ts";
import { locateConfig, newConfig, type Places } from "./locate.ts";

/** Path of the config file that counts, if there is any. `flag` is what `--config` says. */
export function findConfig(flag?: string): string | undefined {
  const found = locateConfig(placesHere(flag));
  return found === undefined ? undefined : resolve(found);
}

/** Path where `init` writes a config file. */
export function placeForConfig(flag?: string): string {
  return resolve(newConfig(placesHere(flag)));
}

function placesHere(flag: string | undefined): Places {
  const { execPath, env } = process;
  const executable_dir = isCompiled(execPath) ? dirname(execPath) : undefined;
  return { flag, env, home: homedir(), executable_dir, exists };
}

/** A link that leads nowhere was meant to be a config: the next place must not count instead, without a word. */
const exists = (path: string): boolean => existsSync(path) || leadsNowhere(path);

/** A compiled program is its own executable; sources are run by a runtime, beside which nobody keeps a config. */
export function isCompiled(executable: string): boolean {
  return !/^(?:bun|node|deno)\b/.test(basename(executable));
}
