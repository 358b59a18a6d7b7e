/** What a service's file is made of, whatever manager reads it. */

/** By this line a file is known to be ours: another one is never overwritten or removed. */
export const MARK = "Written by juscode-shim service install";

export type Scope = "user" | "system";

export interface UnitOptions {
  scope: Scope;
  /** Absolute path of the program. */
  executable: string;
  /** Absolute path of the config; absent for the usual places. */
  config?: string;
  home: string;
}
