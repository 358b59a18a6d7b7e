/** A structured call whose name is not quite that of a declared tool is a call of the only tool that can be meant. */
import { expect, test } from "bun:test";
import type { ReplyEvent } from "../../../src/core/reply.ts";
import { withTextCalls } from "../../../src/core/text-calls/text-call-filter.ts";
import type { Turn } from "../../../src/core/turn.ts";

const turnOf = (...names: string[]): Turn => ({
  model: "m",
  items: [],
  tools: names.map((name) => ({ name, parameters: { type: "object" } })) as unknown as Turn["tools"],
  settings: {},
  ignored: [],
});

function called(turn: Turn, name: string, heal: "auto" | "off" = "auto"): { names: string[]; notes: string[] } {
  const names: string[] = [];
  const notes: string[] = [];
  const out = (event: ReplyEvent): void => {
    if (event.type === "item_start" && event.item.kind === "tool_call") names.push(event.item.name);
  };
  const scope = {
    ids: { next: () => "0".repeat(32) },
    note: (what: string, detail: string) => notes.push(`${what}: ${detail}`),
  };
  const emit = withTextCalls(turn, out, scope, { heal });
  emit({ type: "start" });
  emit({ type: "item_start", item: { kind: "tool_call", call_id: "c", name } });
  emit({ type: "item_delta", delta: "{}" });
  emit({ type: "item_end", complete: true });
  emit({ type: "end", reason: "tool_calls", usage: null } as ReplyEvent);
  return { names, notes };
}

test.each([
  ["functions.shell", "shell"],
  ["default_api.shell", "shell"],
  ["shell<|channel|>commentary", "shell"],
  ["shell<|constrain|>json", "shell"],
  [" Shell ", "shell"],
  ["mcp__srv.read_file", "mcp__srv__read_file"],
])("%j means %s, and the log says so", (written, meant) => {
  const turn = turnOf("shell", "mcp__srv__read_file", "apply_patch");
  const { names, notes } = called(turn, written);
  expect(names).toEqual([meant]);
  expect(notes).toEqual([`name_repaired: ${written} to ${meant}`]);
});

test.each(["shell", "unknown_tool", "read"])("%s stays as it is", (written) => {
  expect(called(turnOf("shell", "read_file", "a__read", "b__read"), written)).toEqual({ names: [written], notes: [] });
});

test("nothing is changed where calls in the text are not looked for", () => {
  expect(called(turnOf("shell"), "functions.shell", "off")).toEqual({ names: ["functions.shell"], notes: [] });
});
