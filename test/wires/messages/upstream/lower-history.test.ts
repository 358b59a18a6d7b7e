/** Made-up histories, hundreds of them: a longer one begins with the shorter one, and every host takes each. */
import { describe, expect, test } from "bun:test";
import type { Item } from "../../../../src/core/turn.ts";
import { assistant, call, IMAGE, result, system, think, user } from "../../chat/upstream/items.ts";
import { type Body, lowered, messages } from "./items.ts";
import { problemsOf } from "./request.ts";

const SEEDS = Array.from({ length: 80 }, (_, seed) => seed);

describe("a history that grows", () => {
  test.each(SEEDS)("begins with the same text (history %i)", (seed) => {
    const turns = clientTurns(seed);
    let before = "";
    let thoughts: string[] = [];
    for (let k = 1; k <= turns.length; k++) {
      const turn = { items: turns.slice(0, k).flat(), tools: [{ name: "f" }] };
      const { body, prompt_end } = lowered(turn);
      expect(lowered(structuredClone(turn)).body).toBe(body);
      const now = body.slice(0, prompt_end);
      expect(now.startsWith(before)).toBe(true);
      // Up to the end of the last message's content: what the user says next may be added to it.
      expect(now).toEndWith("]}");
      before = now.slice(0, -2);
      // A thought is bound to all that stood before it.
      const bound = now.split('{"type":"thinking"').slice(0, -1);
      expect(bound.slice(0, thoughts.length)).toEqual(thoughts);
      thoughts = bound;
    }
  });

  test("is taken by the strictest host, in each of its states", () => {
    for (const seed of SEEDS) {
      const turns = clientTurns(seed);
      for (let k = 1; k <= turns.length; k++)
        expect(problemsOf({ messages: messages(turns.slice(0, k).flat()) })).toEqual([]);
    }
  });
});

test("a history in no order at all is taken by the strictest host, and always lowered the same", () => {
  for (let seed = 0; seed < 1500; seed++) {
    const items = wildHistory(seed);
    const { body } = lowered({ items });
    expect(lowered({ items: structuredClone(items) }).body).toBe(body);
    expect(problemsOf(JSON.parse(body) as Body), JSON.stringify(items)).toEqual([]);
    // Nothing that was said is lost, and nothing said twice.
    for (const word of wordsOf(items)) expect([word, body.split(word).length - 1]).toEqual([word, 1]);
  }
});

describe("the strictest host", () => {
  const u = (...content: object[]): object => ({ role: "user", content });
  const a = (...content: object[]): object => ({ role: "assistant", content });
  const text = (words: string): object => ({ type: "text", text: words });
  const use = { type: "tool_use", id: "1", name: "f", input: {} };
  const answer = { type: "tool_result", tool_use_id: "1", content: "" };

  test.each<[string, object[]]>([
    ["is of the assistant", [a(text("a"))]],
    ["is of the user", [u(text("a")), u(text("a"))]],
    ["is empty", [u()]],
    ["is blank", [u(text(" "))]],
    ["answers", [u(text("a")), a(use), u(text("b"))]],
    ["answers", [u(answer)]],
    ["before its results", [u(text("a")), a(use), u(text("b"), answer)]],
    ["used twice", [u(text("a")), a(use), u(answer), a(use), u(answer)]],
    ["ends with a thought", [u(text("a")), a(text("b"), { type: "thinking" }), u(text("c"))]],
    ["without results", [u(text("a")), a(use)]],
    ["no object as input", [u(text("a")), a({ ...use, input: "x" }), u(answer)]],
    ["is called a|b", [u(text("a")), a({ ...use, id: "a|b" }), u({ ...answer, tool_use_id: "a|b" })]],
    ["no block of the assistant", [u(text("a")), a({ type: "image" }), u(text("b"))]],
  ])("finds what %s", (words, list) => {
    expect(problemsOf({ messages: list as Body["messages"] }).join("\n")).toContain(words);
  });
});

const signed = (words: string): Item =>
  think(words, { field: "thinking_blocks", details: [{ type: "thinking", thinking: words, signature: `s${words}` }] });

/** Any items after any others: what a client may have kept of an interrupted, forked or mended session. */
function wildHistory(seed: number): Item[] {
  const below = randomOf(seed);
  let n = 0;
  const word = (): string => `w${n++}.`;
  const ids = ["a|1", "b", "c", ""];
  const id = (): string => ids[below(ids.length)] ?? "";
  const makers: (() => Item)[] = [
    () => user(word()),
    () => user(word(), IMAGE),
    () => user(" "),
    () => system(word()),
    () => system(""),
    () => assistant(word()),
    () => assistant(word(), IMAGE),
    () => assistant(""),
    () => signed("t"),
    () => think("t", { field: "reasoning" }),
    () => call(id(), ['{"x":1}', "", "{bro", "[1]", "null"][below(5)]),
    () => call(id()),
    () => result(id(), word()),
    () => result(id(), word(), IMAGE),
    () => ({ ...result(id(), word()), name: 'f"<' }),
    () => result(id()),
  ];
  const rest = Array.from({ length: below(14) }, () => makers[below(makers.length)]?.() ?? user(""));
  // What the assistant said last stays the last: a host that cannot go on with it says so itself.
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
  const thought = (): Item[] => maybe(signed(`t${++thoughts}`));
  const turns: Item[][] = [[system("rules"), ...maybe(system("more")), user("go")]];
  for (let n = 0; n < 6; n++) {
    const said: Item[] = [...thought(), ...maybe(assistant("a")), ...thought()];
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
