/** What is read by comparison means what a parser would have read; bytes that are passed over held nothing. */
import { describe, expect, test } from "bun:test";
import { escaped } from "../../src/core/json-string.ts";
import { RepeatedFrame } from "../../src/core/repeated-frame.ts";
import { SseDecoder } from "../../src/core/sse.ts";
import { SseSkimmer } from "../../src/core/sse-skim.ts";
import { BodyObserver, StreamObserver } from "../../src/wires/chat/client/observe.ts";
import { plainChunk } from "../../src/wires/chat/chunk.ts";
import { decodeStream, readFixtures, tellEvents } from "../wires/chat/upstream/fixtures.ts";

/** The same numbers in each run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

const WORDS = [
  "a",
  "Hello",
  " ",
  '"',
  "\\",
  "\n",
  "\u0000",
  "é",
  "🧩",
  "\u2028",
  "}",
  '"}',
  "content",
  "\ud83e",
  "null",
  "",
];

function someText(roll: (below: number) => number): string {
  return Array.from({ length: 1 + roll(4) }, () => WORDS[roll(WORDS.length)]).join("");
}

describe("frames that differ in one string", () => {
  const find = (frame: unknown): string | undefined => plainChunk(frame)?.text;

  test("mean the same as when they are parsed, whatever else differs", () => {
    const roll = dice(1);
    let hits = 0;
    const chunk = (content: unknown): object => ({
      id: roll(9) === 0 ? someText(roll) : "chatcmpl-1",
      choices: [
        {
          index: 0,
          delta: { ...(roll(9) === 0 && { role: "assistant" }), content },
          finish_reason: roll(30) === 0 ? "stop" : null,
        },
      ],
      ...(roll(30) === 0 && { usage: { prompt_tokens: 1 } }),
    });
    const spoil = (data: string): string => {
      const at = roll(data.length);
      return roll(4) === 0 ? data.slice(0, at) + (WORDS[roll(WORDS.length)] ?? "") + data.slice(at + roll(2)) : data;
    };
    for (let round = 0; round < 200; round++) {
      const repeated = new RepeatedFrame();
      for (let i = 0; i < 100; i++) {
        const data = spoil(JSON.stringify(chunk(someText(roll))));
        let parsed: unknown;
        try {
          parsed = JSON.parse(data);
        } catch {
          parsed = undefined;
        }
        const plain = plainChunk(parsed);
        const read = repeated.read(data);
        if (read !== undefined) {
          hits++;
          expect(plain?.text).toBe(read);
        } else if (plain) repeated.learn(data, plain.text, find);
      }
    }
    expect(hits).toBeGreaterThan(500);
  });

  test("are not learned from another string that says the same, nor where a name stands twice", () => {
    const twice = '{"choices":[{"delta":{"content":"a","content":"b"}}]}';
    const id = '{"choices":[{"delta":{"content":"a"}}],"id":"a"}';
    for (const [data, text] of [
      [twice, "a"],
      [id, "a"],
    ] as const) {
      const repeated = new RepeatedFrame();
      repeated.learn(data, text, find);
      expect(repeated.read(data)).toBeUndefined();
    }
  });

  test("every recorded reply comes to the same when no two of its frames are alike", () => {
    for (const { name, kind, bytes } of readFixtures()) {
      if (kind !== "sse") continue;
      const frames: string[] = [];
      const sse = new SseDecoder();
      const take = (data: string): void => void frames.push(data);
      sse.push(bytes, take);
      sse.end(take);
      const stream = (texts: readonly string[]): string =>
        tellEvents(decodeStream([new TextEncoder().encode(texts.map((text) => `data: ${text}\n\n`).join(""))]));
      const unlike = frames.map((data, i) =>
        data.endsWith("}") ? data.replaceAll("\n", " ") + " ".repeat(i + 1) : data,
      );
      expect([name, stream(unlike)]).toEqual([name, stream(frames.map((data) => data.replaceAll("\n", " ")))]);
    }
  });
});

test("strings are written as JSON.stringify writes them", () => {
  const roll = dice(2);
  for (let i = 0; i < 20_000; i++) {
    const text = someText(roll).repeat(1 + roll(20));
    expect(`"${escaped(text)}"`).toBe(JSON.stringify(text));
  }
});

describe("frames that are passed over", () => {
  test("held nothing that is looked for, wherever the bytes are cut", () => {
    const roll = dice(3);
    const names = [Buffer.from("needle")];
    for (let round = 0; round < 500; round++) {
      const ends = roll(5) === 0 ? ["\r\n\r\n", "\n\n", "\r\r"] : ["\n\n"];
      const frames = Array.from(
        { length: 1 + roll(12) },
        () =>
          `data: ${["plain", "needle", "é", ""][roll(4)]}${roll(5) === 0 ? "\ndata: more" : ""}${ends[roll(ends.length)]}`,
      );
      const bytes = new TextEncoder().encode(frames.join(""));
      const [all, skimmed]: string[][] = [[], []];
      const sse = new SseDecoder();
      sse.push(bytes, (data) => void (data.includes("needle") && all?.push(data)));
      sse.end((data) => void (data.includes("needle") && all?.push(data)));
      const skimmer = new SseSkimmer(names, undefined, (data) => void (data.includes("needle") && skimmed?.push(data)));
      for (let at = 0; at < bytes.length;) {
        const next = at + 1 + roll(40);
        skimmer.push(bytes.subarray(at, next));
        at = next;
      }
      skimmer.end();
      expect(skimmed).toEqual(all as string[]);
    }
  });

  test("all others are passed over unread", () => {
    const read = seen(["plain", "plain", "needle 1", "plain", "needle 2", "needle 3", "plain"], ["needle"]);
    expect(read).toEqual(["needle 1", "needle 2", "needle 3"]);
  });

  test("what is unusual is read where it is the last before something else", () => {
    const usual = (words: string[]): string[] => seen(words, ["end"], "usual");
    expect(usual(["usual 1", "usual 2", "end", "usual 3"])).toEqual(["end"]);
    expect(usual(["usual 1", "strange", "end"])).toEqual(["strange", "end"]);
    expect(usual(["usual 1", "strange"])).toEqual(["strange"]);
    expect(usual(["strange", "end", "strange again"])).toEqual(["strange", "end", "strange again"]);
  });

  test("every recorded Chat reply is seen alike, whole and byte by byte", () => {
    for (const { name, kind, bytes } of readFixtures()) {
      const seen = [bytes.length, 1, 7].map((step) => {
        const observer = kind === "sse" ? new StreamObserver() : new BodyObserver();
        for (let at = 0; at < bytes.length; at += step) observer.feed(bytes.subarray(at, at + step));
        return observer.end();
      });
      expect([name, seen[1], seen[2]]).toEqual([name, seen[0], seen[0]]);
    }
  });
});

/** What a skimmer reads of these frames, which come at once. */
function seen(words: readonly string[], names: readonly string[], usual?: string): string[] {
  const read: string[] = [];
  const skimmer = new SseSkimmer(
    names.map((name) => Buffer.from(name)),
    usual === undefined ? undefined : Buffer.from(usual),
    (data) => void read.push(data),
  );
  skimmer.push(new TextEncoder().encode(words.map((word) => `data: ${word}\n\n`).join("")));
  skimmer.end();
  return read;
}

test("a chunk with a further choice, or an error in one, is not passed over", () => {
  const said = { index: 0, delta: { content: "a" }, finish_reason: null };
  const call = { index: 1, delta: { tool_calls: [{ index: 0, function: { arguments: "b" } }] } };
  expect(plainChunk({ choices: [said] })).toEqual({ field: "content", text: "a" });
  expect(plainChunk({ choices: [said, call] })).toBeUndefined();
  expect(plainChunk({ choices: [{ ...said, error: { message: "no" } }] })).toBeUndefined();
});
