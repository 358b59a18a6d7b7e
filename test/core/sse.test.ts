import { describe, expect, test } from "bun:test";
import { SseDecoder } from "../../src/core/sse.ts";
import { expectLinear } from "../support/growth.ts";

function decode(chunks: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  const decoder = new SseDecoder();
  for (const chunk of chunks) decoder.push(chunk, (data) => void seen.push(data));
  decoder.end((data) => void seen.push(data));
  return seen;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const CASES: { name: string; text: string; expected: string[] }[] = [
  { name: "plain frames", text: "data: a\n\ndata: b\n\n", expected: ["a", "b"] },
  { name: "no space after the colon", text: "data:a\n\n", expected: ["a"] },
  { name: "only one space is taken off", text: "data:  a \n\n", expected: [" a "] },
  { name: "CRLF", text: "data: a\r\n\r\ndata: b\r\n\r\n", expected: ["a", "b"] },
  { name: "lone CR", text: "data: a\r\rdata: b\r\r", expected: ["a", "b"] },
  { name: "a lone CR in the middle of what is no event", text: "{\rp", expected: ["{"] },
  { name: "lone CRs, and a last line without any", text: "data: 1\r\rdata: 2", expected: ["1", "2"] },
  { name: "several data lines are one frame", text: "data: a\ndata: b\n\n", expected: ["a\nb"] },
  {
    name: "comments, ids and event names pass",
    text: ": ping\n\nid: 1\nevent: x\ndata: a\n\n:\n\n",
    expected: ["a"],
  },
  { name: "byte order mark", text: "\uFEFFdata: a\n\n", expected: ["a"] },
  {
    name: "characters of two to four bytes",
    text: 'data: {"t":"Grüße 日本 😀"}\n\n',
    expected: ['{"t":"Grüße 日本 😀"}'],
  },
  {
    name: "a bare JSON line",
    text: 'data: a\n\n{"error":"x"}\n',
    expected: ["a", '{"error":"x"}'],
  },
  {
    name: "last frame without its blank line",
    text: "data: a\n\ndata: [DONE]\n",
    expected: ["a", "[DONE]"],
  },
  { name: "last line without any end", text: "data: a\n\ndata: [DONE]", expected: ["a", "[DONE]"] },
  { name: "a last line that is cut says nothing", text: 'data: a\n\ndata: {"b":', expected: ["a"] },
  { name: "empty stream", text: "", expected: [] },
];

describe("SseDecoder", () => {
  for (const { name, text, expected } of CASES) {
    const all = bytes(text);
    test(name, () => expect(decode([all])).toEqual(expected));
    test(`${name}, cut at every byte`, () => {
      for (let at = 0; at <= all.length; at++) expect(decode([all.slice(0, at), all.slice(at)])).toEqual(expected);
    });
    test(`${name}, byte by byte`, () => expect(decode([...all].map((byte) => Uint8Array.of(byte)))).toEqual(expected));
  }

  test("a long frame in small pieces takes linear time", () => {
    const piece = bytes("x".repeat(1024));
    const chunksOf = (pieces: number): Uint8Array[] => [
      bytes("data: "),
      ...Array.from({ length: pieces }, () => piece),
      bytes("\n\n"),
    ];
    // Quadratic joining of 16 MB in 1 kB pieces takes minutes.
    expectLinear(16_000, chunksOf, (chunks) => expect(decode(chunks)[0]?.length).toBe((chunks.length - 2) * 1024));
  });

  test("a frame without end is refused", () => {
    const decoder = new SseDecoder();
    const chunk = bytes("x".repeat(8 * 1024 * 1024));
    expect(() => {
      for (let i = 0; i < 9; i++) decoder.push(chunk, () => {});
    }).toThrow("frame of over");
  });
});
