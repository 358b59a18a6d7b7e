/** A mistake of the user's; printed without a stack trace. */
import { whyUnreadable } from "../config/regular-file.ts";
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

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What `read` makes of a file that the user named; a UsageError where it cannot be read. */
export function fromFile<Value>(path: string, read: (path: string) => Value): Value {
  try {
    return read(path);
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${path} ${whyUnreadable(error)}`);
  }
}

/** Runs what reports a mistake of the user's by an error of its own. */
export function forUser<Value>(run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error));
  }
}
