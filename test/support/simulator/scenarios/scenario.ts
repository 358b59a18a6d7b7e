/** A thread of several turns, and what it must come to. */
import type { Json } from "../../response-rules.ts";
import type { Wish } from "../replies.ts";
import type { FailureName } from "../types.ts";

export interface ThreadTurn {
  /** Results of the calls that the last answer made, in their order. */
  results?: readonly (string | Json[])[];
  /** What else the client adds. */
  input?: readonly Json[];
  wish: Wish;
  /** What the answer must have, unless the shim lists why not. */
  needs?: Needs;
  /** Texts that the upstream must get, and must not get. */
  reaches?: readonly string[];
  hidden?: readonly string[];
}

export interface Needs {
  /** Parts of the names of the tools that are called. */
  calls?: readonly string[];
  json?: true;
  /** No thought, where thinking can be turned off. */
  thoughtless?: true;
}

export interface Scenario {
  id: string;
  about: string;
  /** Fields of the request besides the usual ones. */
  request?: Json;
  turns: readonly ThreadTurn[];
  /** How the last turn ends; completed, unless told. */
  ends?: "completed" | "incomplete" | { fails: FailureName | "cut" };
  /** Fields which the shim may list as ignored, in place of what is needed. */
  forgives?: readonly string[];
  /** Golden file that it shares with others. */
  file?: string;
}

export const text = (say: string): Wish => ({ say });

export const exec = (cmd: string) => ({ name: "exec_command", args: { cmd } });

export const DONE: Wish = text("Done.");
