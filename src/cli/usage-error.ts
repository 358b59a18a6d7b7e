/** A mistake of the user's; printed without a stack trace. */
import { printableLines } from "../core/printable.ts";

export class UsageError extends Error {
  /** Each is one line, whatever names it repeats. */
  constructor(...lines: readonly string[]) {
    super(printableLines(lines));
  }
}
