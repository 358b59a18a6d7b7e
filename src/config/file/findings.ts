/** Collects what is wrong or odd in a config file while it is resolved, each finding with its place. */
import type { KeyPath, Positions } from "../../core/toml-positions.ts";
import { tomlName } from "../../core/toml-scan.ts";
import type { ConfigInputs } from "./config-file.ts";
import type { Problem, Warning } from "./problem.ts";

/** All findings of one file, and what it is resolved with. */
export interface Findings {
  readonly file: string;
  readonly positions: Positions;
  readonly inputs: ConfigInputs;
  readonly problems: Problem[];
  readonly warnings: Warning[];
  /** Files that were read besides the config itself. */
  readonly reads: string[];
}

/** One setting, or one table of settings: whoever resolves it reports here what is wrong with it. */
export class Setting {
  readonly found: Findings;
  readonly path: KeyPath;

  constructor(found: Findings, path: KeyPath = []) {
    this.found = found;
    this.path = path;
  }

  at(...keys: KeyPath): Setting {
    return new Setting(this.found, [...this.path, ...keys]);
  }

  /** Returns undefined, so that a resolver can return the call. */
  problem(message: string, fix: string): undefined {
    this.found.problems.push({ ...this.place(), message, fix });
  }

  warn(message: string): void {
    this.found.warnings.push({ ...this.place(), message });
  }

  /** An environment variable; what every object inherits does not count. */
  variable(name: string): string | undefined {
    const { env } = this.found.inputs;
    return Object.hasOwn(env, name) ? env[name] : undefined;
  }

  private place(): Omit<Warning, "message"> {
    const { file, positions } = this.found;
    return { file, ...positions.key(this.path), key: tomlName(this.path) };
  }
}

/** In the order of the file. */
export function sorted<Found extends Warning>(findings: readonly Found[]): Found[] {
  return findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** The type without undefined: keys that may be undefined are optional. */
type Defined<Value> = { [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key] } & {
  [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined>;
};

/** Without the keys whose value is undefined. */
export function defined<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Defined<Value>;
}
