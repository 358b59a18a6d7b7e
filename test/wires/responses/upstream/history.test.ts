/** Made-up histories, hundreds of them: a longer one begins with the shorter one, and the strictest host takes each. */
import { describe, expect, test } from "bun:test";
import type { Item } from "../../../../src/core/turn.ts";
import { assistant, call, IMAGE, result, system, think, user } from "../../chat/upstream/items.ts";
import { lowered, sealed, type Body } from "./items.ts";

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

describe.each([true, false])("a history that grows (words of the user joined: %p)", (merge_user_messages) => {
  // What the user says next may be added to the content of the last message.
  const open = merge_user_messages ? 2 : 0;

  test.each(SEEDS)("begins with the same text (history %i)", (seed) => {
    const turns = clientTurns(seed);
    let before = "";
    for (let k = 1; k <= turns.length; k++) {
      const turn = { items: turns.slice(0, k).flat(), tools: [{ name: "f" }] };
      const { body, prompt_end } = lowered(turn, { merge_user_messages });
      expect(lowered(structuredClone(turn), { merge_user_messages }).body).toBe(body);
      const now = body.slice(0, prompt_end);
      expect(now.startsWith(before)).toBe(true);
      expect(now).toEndWith("}");
      expect(problemsOf((JSON.parse(body) as Body).input)).toEqual([]);
      before = now.slice(0, now.length - open);
    }
  });
});

test("a history in no order at all is taken by the strictest host, and always lowered the same", () => {
  for (let seed = 0; seed < 1500; seed++) {
    const items = wildHistory(seed);
    const { body } = lowered({ items });
    expect(lowered({ items: structuredClone(items) }).body).toBe(body);
    expect(problemsOf((JSON.parse(body) as Body).input), JSON.stringify(items)).toEqual([]);
    // Nothing that was said is lost, and nothing said twice.
    for (const word of wordsOf(items)) expect([word, body.split(word).length - 1]).toEqual([word, 1]);
  }
});

describe("the strictest host", () => {
  const message = { type: "message", role: "user", content: [{ type: "input_text", text: "a" }] };
  const fc = { type: "function_call", call_id: "1", name: "f", arguments: "{}" };
  const out = { type: "function_call_output", call_id: "1", output: "" };
  const rs = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" };

  test.each<[string, object[]]>([
    ["is empty", []],
    ["has no content", [{ ...message, content: [] }]],
    ["has no output", [message, fc]],
    ["answers no call", [message, out]],
    ["is used twice", [message, fc, out, fc, out]],
    ["follows", [message, rs, message]],
    ["follows", [message, rs]],
    ["follows", [message, fc, rs, out]],
    ["is longer", [message, { ...fc, call_id: "x".repeat(65) }]],
    ["is no object", [message, { ...fc, arguments: "{" }, out]],
    ["between a call and its output", [message, fc, message, out]],
  ])("finds what %s", (words, input) => {
    expect(problemsOf(input as Body["input"]).join("\n")).toContain(words);
  });
});

/** What OpenAI refuses, and what hosts refuse that render a template from it. */
function problemsOf(input: Body["input"]): string[] {
  const problems: string[] = input.length === 0 ? ["the input is empty"] : [];
  const ids = new Set<unknown>();
  const open = new Set<unknown>();
  for (const [i, item] of input.entries()) {
    const tell = (what: string): void => void problems.push(`input[${i}] ${what}`);
    const { type, content, call_id, role } = item;
    const next = input[i + 1];
    if (Array.isArray(content) && content.length === 0) tell("has no content");
    if (
      type === "reasoning" &&
      next?.["type"] !== "reasoning" &&
      next?.["type"] !== "function_call" &&
      next?.["role"] !== "assistant"
    )
      tell("is a thought, and nothing that it led to follows");
    if (type === "message" && role !== "assistant" && open.size > 0) tell("stands between a call and its output");
    if (type === "function_call") {
      if (ids.has(call_id)) tell("has an id that is used twice");
      if (String(call_id).length > 64) tell("has an id that is longer than 64");
      try {
        if (typeof JSON.parse(String(item["arguments"])) !== "object") throw new Error("no object");
      } catch {
        tell("has arguments of which the JSON is no object");
      }
      ids.add(call_id);
      open.add(call_id);
    }
    if (type === "function_call_output" && !open.delete(call_id)) tell("answers no call");
  }
  for (const id of open) problems.push(`call ${String(id)} has no output`);
  return problems;
}

/** Any items after any others: what a client may have kept of an interrupted, forked or mended session. */
function wildHistory(seed: number): Item[] {
  const below = randomOf(seed);
  let n = 0;
  const word = (): string => `w${n++}.`;
  const ids = ["a|1", "b", "c", "", "x".repeat(70)];
  const id = (): string => ids[below(ids.length)] ?? "";
  const makers: (() => Item)[] = [
    () => user(word()),
    () => user(word(), IMAGE),
    () => user(""),
    () => system(word()),
    () => system(word(), IMAGE),
    () => assistant(word()),
    () => assistant(word(), IMAGE),
    () => assistant(IMAGE),
    () => assistant(""),
    () => sealed("t"),
    () => think("t", { field: "reasoning" }),
    () => call(id(), ['{"x":1}', "", "{bro", "[1]", "null"][below(5)]),
    () => call(id()),
    () => result(id(), word()),
    () => result(id(), word(), IMAGE),
    () => ({ ...result(id(), word()), name: 'f"<' }),
    () => result(id()),
  ];
  const rest = Array.from({ length: below(14) }, () => makers[below(makers.length)]?.() ?? user(""));
  return [...(below(4) === 0 ? [] : [user("go")]), ...rest, user("end")];
}

function wordsOf(items: readonly Item[]): string[] {
  return items.flatMap((item) =>
    "parts" in item ? item.parts.flatMap((part) => ("text" in part && /^w\d/.test(part.text) ? [part.text] : [])) : [],
  );
}

function randomOf(seed: number): (n: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** A made-up session: what one client adds from request to request, always ending with the client's own words. */
function clientTurns(seed: number): Item[][] {
  const below = randomOf(seed);
  const maybe = <T>(item: T): T[] => (below(2) === 0 ? [] : [item]);
  let ids = 0;
  let thoughts = 0;
  const thought = (): Item[] => maybe(sealed(`t${++thoughts}`));
  const turns: Item[][] = [[system("rules"), ...maybe(system("more")), user("go")]];
  for (let n = 0; n < 6; n++) {
    const said: Item[] = [...thought(), ...maybe(assistant("a", ...maybe(IMAGE))), ...thought()];
    // Some servers give the first call of each turn the same id.
    const id = (): string => (ids > 0 && below(4) === 0 ? "c1" : `c${++ids}`);
    const calls = Array.from({ length: below(4) }, () => call(id(), ['{"x": 1}', "", "{bro"][below(3)]));
    const results = calls.map(({ call_id }) => result(call_id, "out", ...maybe(IMAGE)));
    // A turn that was interrupted has no result for its last call; a client may also tell what nobody asked for.
    const interrupted = results.length > 0 && below(5) === 0;
    if (interrupted) results.pop();
    if (below(6) === 0) results.push(result("never", "news"));
    const between = calls.length > 1 ? [...thought(), ...maybe(assistant("between"))] : [];
    if (below(2) === 0) results.reverse();
    const own =
      interrupted || calls.length === 0
        ? [user("next")]
        : [...maybe(system("late")), ...maybe(user("and", ...maybe(IMAGE)))];
    turns.push([...said, ...calls.slice(0, 1), ...between, ...calls.slice(1), ...results, ...own]);
  }
  return turns;
}
