/** What `juscode-shim service` is told on the command line. */
import type { Scope } from "./unit.ts";

export const SERVICE_ACTIONS = ["install", "uninstall", "print"] as const;
type ServiceAction = (typeof SERVICE_ACTIONS)[number];

export interface ServiceOptions {
  action: ServiceAction;
  /** Undefined: the system's for root, the user's own for everybody else. */
  scope: Scope | undefined;
  config: string | undefined;
}
