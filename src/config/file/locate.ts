/** Which config file is used. Never one of the working directory: a cloned repository must not redirect keys. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import process from "node:process";
import { leadsNowhere } from "../regular-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface Places {
  /** Given on the command line; relative to the working directory. */
  flag?: string | undefined;
  env: Environment;
  home: string;
  /** Folder of the executable; absent when the sources run. */
  executable_dir?: string | undefined;
  exists: (path: string) => boolean;
}

/** Path of the config file that is used, if there is any. `flag` is the value of `--config`. */
export function findConfig(flag?: string): string | undefined {
  const found = locateConfig(placesHere(flag));
  return found === undefined ? undefined : resolve(found);
}

/** Path where `init` writes a config file. */
export const placeForConfig = (flag?: string): string => resolve(newConfig(placesHere(flag)));

function placesHere(flag: string | undefined): Places {
  const { execPath, env } = process;
  const executable_dir = isCompiled(execPath) ? dirname(execPath) : undefined;
  // A link that leads nowhere was meant to be a config: the next place must not silently win.
  const exists = (path: string): boolean => existsSync(path) || leadsNowhere(path);
  return { flag, env, home: homedir(), executable_dir, exists };
}

/** A compiled program is its own executable; sources are run by a runtime, beside which nobody keeps a config. */
export const isCompiled = (executable: string): boolean => !/^(?:bun|node|deno)\b/.test(basename(executable));

/** The first of the usual places where a file exists; a file that is named is used even if it does not exist. */
export function locateConfig(places: Places): string | undefined {
  const { executable_dir, exists } = places;
  return (
    namedConfig(places) ??
    [
      ...(executable_dir === undefined ? [] : [join(executable_dir, "juscode-shim.toml")]),
      userConfig(places),
      "/etc/juscode-shim/config.toml",
    ].find(exists)
  );
}

export const newConfig = (places: Places): string => namedConfig(places) ?? userConfig(places);

const namedConfig = ({ flag, env }: Places): string | undefined => flag ?? (env["JUSCODE_SHIM_CONFIG"] || undefined);

const userConfig = ({ env, home }: Places): string => join(configHome(env, home), "juscode-shim", "config.toml");

/** A relative XDG folder is invalid by its specification, and would be the working directory's. */
export function configHome(env: Environment = process.env, home: string = homedir()): string {
  const xdg = env["XDG_CONFIG_HOME"];
  return xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".config");
}
