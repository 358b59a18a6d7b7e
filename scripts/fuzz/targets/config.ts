/** Config files: right, or everything that is wrong with its place; never half of one, and never a secret in the words. */
import { parse } from "smol-toml";
import { editToml, TomlEditError, type TomlChange } from "../../../src/core/toml-edit.ts";
import { shownConfig } from "../../../src/config/file/describe.ts";
import { parseConfig } from "../../../src/config/file/parse.ts";
import { problemText, warningText } from "../../../src/config/file/problem.ts";
import { machine, PLANTED } from "../../../test/config/file/setting.ts";
import type { Dice } from "../../simulate/dice.ts";
import { bytesOf, configs, found } from "../corpus.ts";
import { joined, mutateBytes, type MutateBytes } from "../mutate-bytes.ts";
import { judged, must, type Target } from "../target.ts";

/** No config is larger, by far. */
const LARGE_BYTES = 10_000;
const FILE = "/cfg/juscode-shim.toml";
const MACHINE = machine();
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Whole lines are moved about, left out and taken from elsewhere: keys get into other tables. */
const mutateLines: MutateBytes = (bytes, dice, other) => {
  if (dice.chance(0.5)) return mutateBytes(bytes, dice, other);
  const lines = textOf(bytes).split("\n");
  const others = textOf(other).split("\n");
  const at = dice.below(lines.length);
  switch (dice.below(5)) {
    case 0:
      lines.splice(at, 1 + dice.below(3));
      break;
    case 1:
      lines.splice(at, 0, dice.of(others));
      break;
    case 2:
      lines.splice(dice.below(lines.length), 0, lines[at] ?? "");
      break;
    case 3: {
      const from = dice.below(others.length);
      lines.splice(at, 0, ...others.slice(from, from + dice.below(8)));
      break;
    }
    default: {
      const [key] = (lines[at] ?? "").split("=");
      const [, value = "1"] = dice.of(others).split("=");
      lines[at] = `${key}=${value}`;
    }
  }
  return bytesOf(lines.join("\n"));
};

/** What the file holds itself may be quoted where it stands in the wrong place. */
function judgeConfig(text: string): void {
  const result = parseConfig(text, FILE, MACHINE);
  const lines = text.split("\n");
  const findings = "problems" in result ? result.problems : result.config.warnings;
  for (const { file, line, column, message } of findings) {
    must(file === FILE && message.length > 3, "finding's words", () => message);
    const length = lines[line - 1]?.length ?? -1;
    must(column >= 1 && column <= length + 1, "finding's place", () => `${line}:${column} ${message}`);
  }
  if ("problems" in result) {
    must(result.problems.length > 0, "no problem is told", () => text);
    const told = result.problems.map(problemText).join("\n");
    must(!told.includes(PLANTED) || text.includes(PLANTED), "a secret is told", () => told);
    for (const { fix } of result.problems) must(fix.length > 3, "no fix is told", () => told);
    return;
  }
  // What loads is TOML as a whole, and says the same each time.
  parse(text);
  const shown = JSON.stringify(shownConfig(result.config));
  must(!shown.includes(PLANTED) || text.includes(PLANTED), "a secret is shown", () => shown);
  const warned = result.config.warnings.map(warningText).join("\n");
  must(!warned.includes(PLANTED) || text.includes(PLANTED), "a secret is told", () => warned);
  const again = parseConfig(text, FILE, MACHINE);
  must("config" in again && JSON.stringify(shownConfig(again.config)) === shown, "read otherwise", () => shown);
}

export const configTarget: Target = {
  name: "config",
  seeds: () => CONFIGS,
  mutate: mutateLines,
  grow: grownText,
  large_bytes: LARGE_BYTES,
  work: (input) => void parseConfig(textOf(input), FILE, MACHINE),
  check: (input) => judged(() => judgeConfig(textOf(input))),
};

const CONFIGS = [...configs(), ...found("config")];

const CHANGES: readonly (readonly TomlChange[])[] = [
  [{ path: ["model_providers", "juscode", "base_url"], set: "http://127.0.0.1:5872/v1" }],
  [{ path: ["model"], set: "m" }],
  [{ path: ["model_providers", "a"], remove: true }],
  [
    { path: ["model_providers", "a", "wire_api"], set: "responses" },
    { path: ["model"], remove: true },
  ],
  [{ path: ["server"], remove: true }],
  [{ path: ["a", "b"], set: { "c d": ["e"], f: 1, g: true } }],
];

/** Either the file means what was meant, or it says that it cannot be edited. */
function judgeEdit(text: string, changes: readonly TomlChange[]): void {
  try {
    parse(text);
  } catch {
    return;
  }
  let edited: string;
  try {
    edited = editToml(text, changes);
  } catch (error) {
    if (error instanceof TomlEditError) return;
    throw error;
  }
  must(editToml(edited, changes) === edited, "edited twice", () => [text, edited]);
}

export const editTarget: Target = {
  name: "toml-edit",
  seeds: () => EDITED,
  mutate: mutateLines,
  grow: grownText,
  large_bytes: LARGE_BYTES,
  work(input) {
    try {
      editToml(textOf(input), CHANGES[0] ?? []);
    } catch {}
  },
  check: (input, dice) => judged(() => judgeEdit(textOf(input), dice.of(CHANGES))),
};

const EDITED = [
  ...CONFIGS,
  ...found("toml-edit"),
  bytesOf(
    'model = "x"\n[model_providers]\na = { base_url = "b", wire_api = "chat" } # c\n\n[model_providers.c]\nx.y = 1\n',
  ),
];

export function grownText(input: Uint8Array, dice: Dice, times: number): Uint8Array {
  const at = dice.below(input.length + 1);
  const piece = input.subarray(at, at + 1 + dice.below(dice.of([2, 20, 200])));
  return joined(input.subarray(0, at), ...Array.from({ length: times }, () => piece), input.subarray(at));
}
