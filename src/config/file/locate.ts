/** Which config file counts. Never one of the working directory: a cloned repository must not redirect keys. */
import { isAbsolute, join } from "node:path";

export interface Places {
  /** Given on the command line; relative to where it was typed. */
  flag?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Folder of the executable; absent when the sources run. */
  executable_dir?: string | undefined;
  exists: (path: string) => boolean;
}

const CONFIG_VARIABLE = "JUSCODE_SHIM_CONFIG";

/** The first that there is, of places nobody had to name; what was named counts even if it is not there. */
export function locateConfig(places: Places): string | undefined {
  const named = namedConfig(places);
  if (named !== undefined) return named;
  return [
    ...(places.executable_dir === undefined ? [] : [join(places.executable_dir, "juscode-shim.toml")]),
    userConfig(places),
    "/etc/juscode-shim/config.toml",
  ].find(places.exists);
}

function namedConfig({ flag, env }: Places): string | undefined {
  const fromEnv = env[CONFIG_VARIABLE];
  return flag ?? (fromEnv === undefined || fromEnv === "" ? undefined : fromEnv);
}

/** Where a user's own config belongs. A relative XDG folder is invalid by its specification, and would be the working directory's. */
function userConfig({ env, home }: Places): string {
  const xdg = env["XDG_CONFIG_HOME"];
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".config"), "juscode-shim", "config.toml");
}

/** Where `init` writes. */
export function newConfig(places: Places): string {
  return namedConfig(places) ?? userConfig(places);
}
