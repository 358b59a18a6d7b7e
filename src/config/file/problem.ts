/** What is wrong with a config file, and where. */
import { printable } from "../../core/printable.ts";
import type { Place } from "../../core/toml-positions.ts";

export interface Problem extends Place {
  file: string;
  /** The key as it would be written in TOML; "" where it is the file's as a whole. */
  key: string;
  /** What is wrong. */
  message: string;
  /** What to write or do instead. */
  fix: string;
}

/** Right, but not what was meant, perhaps. */
export type Warning = Omit<Problem, "fix">;

/** As compilers write it, so that editors and people find the place. */
export function problemText({ file, line, column, key, message, fix }: Problem): string {
  return `${warningText({ file, line, column, key, message })}\n  ${printable(fix)}`;
}

export function warningText({ file, line, column, key, message }: Warning): string {
  return printable(`${file}:${line}:${column}: ${key === "" ? "" : `${key}: `}${message}`);
}

/** All that is wrong, for people. */
export function problemsText(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `${problems.map(problemText).join("\n")}\n${count}; nothing of this file is used until it is right`;
}

export function warningsText(warnings: readonly Warning[]): string {
  return warnings.map((warning) => `  ${warningText(warning)}`).join("\n");
}
