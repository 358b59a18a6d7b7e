/** A name that is not quite a tool's is resolved when exactly one declared tool can be meant. */
import { expect, test } from "bun:test";
import { MeantTools } from "../../src/core/tool-names.ts";

const NAMES = [
  "exec_command",
  "apply_patch",
  "mcp__tiny__echo",
  "mcp__one__get",
  "mcp__two__get",
  "readFile",
  "read_file",
  "Read",
  "web.run",
];
const tools = new MeantTools(NAMES);

test.each<[string, string | undefined]>([
  ...NAMES.map((name): [string, string] => [name, name]),
  ["functions.exec_command", "exec_command"],
  ["functions.exec_command:0", "exec_command"],
  ["default_api.exec_command", "exec_command"],
  ["default.exec_command", "exec_command"],
  ["functions/exec_command", "exec_command"],
  ["functions__exec_command", "exec_command"],
  ["tools::exec_command", "exec_command"],
  [" exec_command \n", "exec_command"],
  ["exec_command<|channel|>commentary", "exec_command"],
  ["exec_command <|constrain|>json", "exec_command"],
  ["exec_commandexec_command", "exec_command"],
  ["Exec_Command", "exec_command"],
  ["execCommand", "exec_command"],
  ["exec-command", "exec_command"],
  ["applypatch", "apply_patch"],
  ["functions.apply_patch", "apply_patch"],
  ["mcp__tiny.echo", "mcp__tiny__echo"],
  ["mcp__tiny/echo", "mcp__tiny__echo"],
  ["mcp__tiny:echo", "mcp__tiny__echo"],
  ["mcp.tiny.echo", "mcp__tiny__echo"],
  ["functions.mcp__tiny__echo", "mcp__tiny__echo"],
  ["tiny__echo", "mcp__tiny__echo"],
  ["echo", "mcp__tiny__echo"],
  ["one.get", "mcp__one__get"],
  ["run", "web.run"],
  // Two can be meant, or none.
  ["get", undefined],
  ["readfile", undefined],
  ["read-file", undefined],
  ["exec", undefined],
  ["command", undefined],
  ["container.exec_command", undefined],
  ["mcp__three__get", undefined],
  ["exec_command_2", undefined],
  ["", undefined],
  ["functions.", undefined],
  ["<|channel|>", undefined],
  [`functions.${"x".repeat(1000)}`, undefined],
])("%j", (written, name) => expect(tools.find(written)).toBe(name));

test("names of other scripts", () =>
  expect(new MeantTools(["поиск_файла", "查询"]).find("functions.Поиск_Файла")).toBe("поиск_файла"));
