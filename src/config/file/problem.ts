/** What is wrong with a config file, and where. */
import { printable } from "../../core/printable.ts";
import type { Place } from "../../core/toml-positions.ts";

export interface Problem extends Place {
  file: string;
  /** The key as it would be written in TOML; "" for the file as a whole. */
  key: string;
  message: string;
  fix: string;
}

/** A setting that is valid, and perhaps not what was meant. */
export type Warning = Omit<Problem, "fix">;

/** In the form of compilers, so that editors find the place. */
export function problemText({ file, line, column, key, message, fix }: Problem): string {
  return `${warningText({ file, line, column, key, message })}\n  ${printable(fix)}`;
}

/** For the log: in one line. */
export function problemLine(problem: Problem): string {
  return `${warningText(problem)}; ${printable(problem.fix)}`;
}

export function warningText({ file, line, column, key, message }: Warning): string {
  return printable(`${file}:${line}:${column}: ${key === "" ? "" : `${key}: `}${message}`);
}

export function problemsText(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const fixed = problems.length === 1 ? "it is fixed" : "they are fixed";
  return `${problems.map(problemText).join("\n")}\n${count}; nothing of this file is used until ${fixed}`;
}

export function warningsText(warnings: readonly Warning[]): string {
  return warnings.map((warning) => `  ${warningText(warning)}`).join("\n");
}
