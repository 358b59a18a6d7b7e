/** Where this program keeps what it has to remember: costs, and what clients want kept. */
import { posix, win32 } from "node:path";

export interface Machine {
  env: Readonly<Record<string, string | undefined>>;
  /** As `process.platform` names it. */
  platform: string;
  home: string;
}

const NAME = "juscode-shim";

export function costsFile(machine: Machine): string {
  return pathOf(machine).join(stateFolder(machine), "costs.sqlite");
}

export function storeFile(machine: Machine): string {
  return pathOf(machine).join(stateFolder(machine), "responses.sqlite");
}

/** The service manager's own word counts first. A relative path is none: it would be the working directory's. */
export function stateFolder(machine: Machine): string {
  const { env, platform, home } = machine;
  const { join, isAbsolute } = pathOf(machine);
  const named = (variable: string): string | undefined => {
    const path = env[variable];
    return path !== undefined && isAbsolute(path) ? path : undefined;
  };
  // systemd names several folders with colons between them; ours is the first.
  const service = env["STATE_DIRECTORY"]?.split(platform === "win32" ? ";" : ":")[0];
  if (service !== undefined && isAbsolute(service)) return service;
  const xdg = named("XDG_STATE_HOME");
  if (xdg !== undefined) return join(xdg, NAME);
  if (platform === "win32") return join(named("LOCALAPPDATA") ?? join(home, "AppData", "Local"), NAME);
  if (platform === "darwin") return join(home, "Library", "Application Support", NAME);
  return join(home, ".local", "state", NAME);
}

function pathOf({ platform }: Machine): typeof posix {
  return platform === "win32" ? win32 : posix;
}
