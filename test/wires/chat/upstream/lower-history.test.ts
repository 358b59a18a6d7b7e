/** Made-up histories, hundreds of them: a longer one begins with the shorter one, and every host takes each. */
import { describe, expect, test } from "bun:test";
import type { Dialect } from "../../../../src/core/dialect.ts";
import type { Item, ReasoningField } from "../../../../src/core/turn.ts";
import { validateChatRequest } from "../../../support/chat-request.ts";
import { type Body, lowerText, lower, system, user, assistant, think, call, result, IMAGE } from "./items.ts";

const DIALECTS: Partial<Dialect>[] = [
  {},
  { merge_user_messages: false, late_system_role: "system" },
  { empty_content: "empty", late_system_role: "system" },
];

describe("a history that grows", () => {
  test.each(Array.from({ length: 80 }, (_, seed) => seed))("begins with the same text (history %i)", (seed) => {
    for (const dialect of DIALECTS) {
      const turns = clientTurns(seed);
      let before = "";
      for (let k = 1; k <= turns.length; k++) {
        const turn = { items: turns.slice(0, k).flat(), tools: [{ name: "f" }] };
        const body = lowerText(turn, dialect);
        expect(lowerText(structuredClone(turn), dialect)).toBe(body);
        const now = JSON.stringify((JSON.parse(body) as Body).messages);
        expect(now.startsWith(before)).toBe(true);
        // Up to the end of the last message's content: what the user says next may be added to it.
        before = now.replace(/("\}|"\}\]\}|\}\}\]\})\]$/, "");
        if (before === now) throw new Error(`no message's content ends here: ${now.slice(-40)}`);
      }
    }
  });

  test("is taken by the strictest host, in each of its states", () => {
    for (let seed = 0; seed < 80; seed++) {
      // Thinking parts are Mistral's own: no other host takes them, and none but Mistral's gets them.
      const turns = clientTurns(seed, ["reasoning", "think"]);
      for (let k = 1; k <= turns.length; k++)
        expect(validateChatRequest(lower({ items: turns.slice(0, k).flat(), tools: [{ name: "f" }] }))).toEqual([]);
    }
  });
});

test("a history in no order at all is taken by the strictest host, and always lowered the same", () => {
  for (let seed = 0; seed < 1500; seed++) {
    const items = wildHistory(seed);
    const turn = { items, tools: [{ name: "f" }] };
    const body = lowerText(turn);
    expect(lowerText(structuredClone(turn))).toBe(body);
    expect(validateChatRequest(JSON.parse(body)), JSON.stringify(items)).toEqual([]);
    // Nothing that was said is lost, and nothing said twice.
    for (const word of wordsOf(items)) expect([word, body.split(word).length - 1]).toEqual([word, 1]);
  }
});

/** Any items after any others: what a client may have kept of an interrupted, forked or mended session. */
function wildHistory(seed: number): Item[] {
  const below = randomOf(seed);
  let n = 0;
  const word = (): string => `w${n++}.`;
  const ids = ["a", "b", "c", ""];
  const id = (): string => ids[below(ids.length)] ?? "";
  const makers: (() => Item)[] = [
    () => user(word()),
    () => user(word(), IMAGE),
    () => system(word()),
    () => system(""),
    () => assistant(word()),
    () => assistant(""),
    () => think("t", { field: "reasoning_content" }),
    () => think("t"),
    () => call(id(), ['{"x":1}', "", "{bro", "[1]", "null"][below(5)]),
    () => call(id()),
    () => result(id(), word()),
    () => result(id(), word(), IMAGE),
    () => ({ ...result(id(), word()), name: 'f"<' }),
    () => result(id()),
  ];
  const rest = Array.from({ length: below(14) }, () => makers[below(makers.length)]?.() ?? user(""));
  return [user("go"), ...rest];
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
function clientTurns(seed: number, fields: ReasoningField[] = ["reasoning", "think", "thinking"]): Item[][] {
  const below = randomOf(seed);
  const maybe = <T>(item: T): T[] => (below(2) === 0 ? [] : [item]);
  let ids = 0;
  const turns: Item[][] = [[system("rules"), ...maybe(system("more")), user("go")]];
  for (let n = 0; n < 6; n++) {
    const said: Item[] = [
      ...maybe(think("t", { field: fields[below(fields.length)] ?? "think" })),
      ...maybe(assistant("a")),
    ];
    // Some servers give the first call of each turn the same id.
    const id = (): string => (ids > 0 && below(4) === 0 ? "c1" : `c${++ids}`);
    const calls = Array.from({ length: below(4) }, () => call(id(), ['{"x": 1}', "", "{bro"][below(3)]));
    // Codex interleaves results and words; both orders of results occur.
    const results = calls.map(({ call_id }) => result(call_id, "out", ...maybe(IMAGE)));
    // A turn that was interrupted has no result for its last call; a client may also tell what nobody asked for.
    const interrupted = results.length > 0 && below(5) === 0;
    if (interrupted) results.pop();
    if (below(6) === 0) results.push(result("never", "news"));
    const between = calls.length > 1 ? maybe(assistant("between")) : [];
    if (below(2) === 0) results.reverse();
    const own =
      interrupted || calls.length === 0
        ? [user("next")]
        : [...maybe(system("late")), ...maybe(user("and", ...maybe(IMAGE)))];
    turns.push([...said, ...calls.slice(0, 1), ...between, ...calls.slice(1), ...results, ...own]);
  }
  return turns;
}
