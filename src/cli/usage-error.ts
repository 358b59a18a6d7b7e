/** A mistake of the user's; printed without a stack trace. */
import { printableLines } from "../core/printable.ts";

export class UsageError extends Error {
  /** Each is one line, whatever names it repeats. */
  constructor(...lines: readonly string[]) {
    super(printableLines(lines));
  }
}

export function refuseExtra(word: string | undefined): void {
  if (word !== undefined) throw new UsageError(`unexpected argument \`${word}\`; options begin with --`);
}

/** Runs what reports a mistake of the user's by an error of its own. */
export function forUser<Value>(run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message);
  }
}
