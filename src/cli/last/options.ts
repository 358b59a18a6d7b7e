/** What `juscode-shim last` is told on the command line. */
import { UsageError } from "../usage-error.ts";

export interface LastOptions {
  count: number;
  /** Also those that went well. */
  all: boolean;
  json: boolean;
}

const USUAL = 5;

export function readLastOptions(word: string | undefined, all = false, json = false): LastOptions {
  if (word !== undefined && !/^[1-9]\d{0,3}$/.test(word))
    throw new UsageError(`\`last ${word}\`: write how many turns, from 1 to 9999`);
  return { count: Number(word ?? USUAL), all, json };
}
