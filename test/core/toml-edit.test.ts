/** Edits that leave every other byte as it was. */
import { describe, expect, test } from "bun:test";
import { parse } from "smol-toml";
import { editToml, TomlEditError, tomlValue, type TomlChange } from "../../src/core/toml-edit.ts";
import { CODEX_CONFIGS } from "../support/codex-configs.ts";

const set = (path: string, value: string): TomlChange => ({ path: path.split("|"), set: value });
const remove = (path: string): TomlChange => ({ path: path.split("|"), remove: true });

describe("a key is set", () => {
  test.each<[string, string, TomlChange, string]>([
    ["where it is", `a = 'x' # why\r\nb = 1`, set("a", "y"), `a = "y" # why\r\nb = 1`],
    ["behind the last at the top", `a = 1\n\n# about t\n[t]\n`, set("b", "y"), `a = 1\nb = "y"\n\n# about t\n[t]\n`],
    ["above the first table", `[t]\nx = 1\n`, set("b", "y"), `b = "y"\n[t]\nx = 1\n`],
    ["behind a comment about the file", `# mine\n\n[t]\n`, set("b", "y"), `# mine\nb = "y"\n\n[t]\n`],
    ["behind a byte order mark", `\uFEFF[t]\n`, set("b", "y"), `\uFEFFb = "y"\n[t]\n`],
    ["in its table", `[t]\nx = 1\n\n[u]\n`, set("t|b", "y"), `[t]\nx = 1\nb = "y"\n\n[u]\n`],
    ["in a table that is empty", `[t]\n[u]\n`, set("t|b", "y"), `[t]\nb = "y"\n[u]\n`],
    ["in a table that is not there", `a = 1\n`, set("t|b", "y"), `a = 1\n\n[t]\nb = "y"\n`],
    ["at the end, where no line break is", `[t]\nx = 1`, set("t|b", "y"), `[t]\nx = 1\nb = "y"`],
    ["in an inline table", `t = { x = 1 } # c\n`, set("t|b", "y"), `t = { x = 1, b = "y" } # c\n`],
    ["in an empty inline table", `t = {}\n`, set("t|b", "y"), `t = { b = "y" }\n`],
    ["deep in an inline table", `t = { u = { x = 1 } }\n`, set("t|u|b", "y"), `t = { u = { x = 1, b = "y" } }\n`],
    ["beside dotted keys", `t.x = 1\n[u]\n`, set("t|b", "y"), `t.x = 1\nt.b = "y"\n[u]\n`],
    [
      "not in a table of an array",
      `[[t]]\nb = 1\n[t.u]\nb = 2\n`,
      set("b", "y"),
      `b = "y"\n[[t]]\nb = 1\n[t.u]\nb = 2\n`,
    ],
    ["not in a string", `s = '''\nb = 1\n'''\n`, set("b", "y"), `s = '''\nb = 1\n'''\nb = "y"\n`],
    ["with a quoted name", `[t]\n`, set("t|a b", "y"), `[t]\n"a b" = "y"\n`],
    ["with hard characters", `a = 1\n`, set("a", `"\\\n\x7f`), `a = "\\"\\\\\\n\\u007f"\n`],
  ])("%s", (_, before, change, after) => {
    expect(editToml(before, [change])).toBe(after);
  });
});

describe("a key is taken out", () => {
  test.each<[string, string, TomlChange, string]>([
    ["with its line", `a = 1 # why\r\nb = 2\r\n`, remove("a"), `b = 2\r\n`],
    ["over several lines", `a = [\n 1,\n]\nb = 2\n`, remove("a"), `b = 2\n`],
    ["not, where it is not", `a = 1\n`, remove("t|b"), `a = 1\n`],
    ["first in an inline table", `t = { x = 1, y = 2 }\n`, remove("t|x"), `t = { y = 2 }\n`],
    ["last in an inline table", `t = { x = 1, y = 2 }\n`, remove("t|y"), `t = { x = 1 }\n`],
    ["alone in an inline table", `t = { x = 1 }\n`, remove("t|x"), `t = {  }\n`],
    ["a whole table; comments stay", `[t]\n# c\nx = 1\n[t.u]\ny = 2\n[v]\n`, remove("t"), `# c\n[v]\n`],
    ["a table that is dotted", `t.x = 1\nt.y = 2\nz = 3\n`, remove("t"), `z = 3\n`],
  ])("%s", (_, before, change, after) => {
    expect(editToml(before, [change])).toBe(after);
  });
});

test("what cannot be done is an error, and never a broken file", () => {
  // A table within an array of tables is not meant by this path.
  expect(() => editToml(`[[t]]\nx = 1\n`, [set("t|b", "y")])).toThrow(TomlEditError);
  expect(() => editToml(`t = 1\n`, [set("t|b", "y")])).toThrow(TomlEditError);
});

const MANY: readonly TomlChange[] = [
  set("model", "m"),
  set("model_provider", "p"),
  set("model_providers|p|name", "n"),
  set("model_providers|p|base_url", "u"),
  set("profiles|p|model", "m"),
  set("tui|theme", "dark"),
  set("projects|/home/me/work|trust_level", "trusted"),
  remove("tui|notifications"),
  remove("model_providers|mine"),
];

describe("every shape of Codex's config", () => {
  test.each(Object.entries(CODEX_CONFIGS))("%s", (_, text) => {
    for (const change of MANY) {
      const result = editToml(text, [change]);
      if ("set" in change) expect(tomlValue(result, change.path)).toBe(change.set);
      else expect(tomlValue(result, change.path)).toBeUndefined();
      // Lines that say nothing of this key are all still there, in their order.
      const kept = text.split("\n").filter((line) => !("remove" in change) && line.includes("#"));
      const comments = kept.map((line) => line.slice(line.indexOf("#")).trim());
      let at = 0;
      for (const comment of comments) {
        at = result.indexOf(comment, at);
        expect(at).not.toBe(-1);
      }
      expect(result.includes("\r\n")).toBe(text.includes("\r\n"));
      expect(result.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
    }
    parse(editToml(text, MANY).replace(/^\uFEFF/, ""), { integersAsBigInt: true });
    expect(editToml(text, [])).toBe(text);
  });

  test.each(Object.entries(CODEX_CONFIGS))("%s: to write the same once more changes nothing", (_, text) => {
    const once = editToml(text, MANY);
    expect(editToml(once, MANY)).toBe(once);
  });
});
