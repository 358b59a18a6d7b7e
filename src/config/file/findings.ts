/** Collects what is wrong or odd in a config file while it is resolved, each with its place. */
import type { ConfigInputs } from "./config-file.ts";
import type { Problem, Warning } from "./problem.ts";
import { type KeyPath, type Positions } from "../../core/toml-positions.ts";
import { tomlName } from "../../core/toml-scan.ts";

export class Findings {
  readonly problems: Problem[] = [];
  readonly warnings: Warning[] = [];
  /** Files that were read besides the config itself. */
  readonly reads: string[] = [];
  readonly file: string;
  readonly inputs: ConfigInputs;
  private readonly positions: Positions;

  constructor(file: string, positions: Positions, inputs: ConfigInputs) {
    this.file = file;
    this.positions = positions;
    this.inputs = inputs;
  }

  problem(path: KeyPath, message: string, fix: string): void {
    this.problems.push({ ...this.at(path), message, fix });
  }

  warn(path: KeyPath, message: string): void {
    this.warnings.push({ ...this.at(path), message });
  }

  /** Of the environment; not what every object has besides. */
  variable(name: string): string | undefined {
    return Object.hasOwn(this.inputs.env, name) ? this.inputs.env[name] : undefined;
  }

  private at(path: KeyPath): Omit<Warning, "message"> {
    return { file: this.file, ...this.positions.key(path), key: tomlName(path) };
  }
}

/** In the order of the file. */
export function sorted<Found extends Warning>(findings: readonly Found[]): Found[] {
  return findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** Without the keys that say nothing. */
export function defined<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Value]: Exclude<Value[Key], undefined> };
}
