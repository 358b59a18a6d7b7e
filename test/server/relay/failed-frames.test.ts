/** A forwarded answer is searched alike however its bytes are cut, at a cost that grows with them alone. */
import { expect, test } from "bun:test";
import { redactor } from "../../../src/server/access/redact.ts";
import { searched } from "../../../src/server/upstreams/failed-frames.ts";
import { expectLinear } from "../../support/growth.ts";
import { WAYS } from "../../support/leaky-host.ts";

const KEY = "7f3ab2c9d41e";
const redact = redactor([KEY]);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function through(text: string, stream: boolean, cuts: readonly number[]): string {
  const search = searched(stream, redact);
  const bytes = bytesOf(text);
  const out: Uint8Array[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    out.push(search.push(bytes.subarray(from, to)));
    from = to;
  }
  return Buffer.concat([...out, search.end()]).toString();
}

const STREAMS = Object.values(WAYS).flatMap(({ begin, failed, end }) =>
  failed(`é ${KEY} 😀`).flatMap((event) => [
    begin + event,
    `: ping\n\n${event}data: [DONE]\n\n`,
    begin + end + event.trimEnd(),
    begin.replaceAll("Hi", `"error": ${KEY}`.replaceAll('"', '\\"')) + end,
  ]),
);

test.each(["\n", "\r\n", "\r"])(
  "whatever the cuts, and with lines that end in %j",
  (line) => {
    for (const each of STREAMS) {
      const text = each.replaceAll("\n", line);
      const whole = through(text, true, []);
      const size = bytesOf(text).length;
      for (let at = 1; at < size; at++) expect(through(text, true, [at])).toBe(whole);
      expect(
        through(
          text,
          true,
          Array.from({ length: size - 1 }, (_, i) => i + 1),
        ),
      ).toBe(whole);
      expect(whole.includes(KEY)).toBe(!each.includes("😀"));
      if (whole.includes(KEY)) expect(whole).toBe(text);
    }
  },
  60_000,
);

test("signs of life in front of a body go on at once", () => {
  const search = searched(false, redact);
  for (const blank of [" ", "\n", "\r\n "]) expect(search.push(bytesOf(blank)).length).toBe(blank.length);
  expect(search.push(bytesOf(`{"error":"${KEY.slice(0, 5)}`)).length).toBe(0);
  expect(search.push(bytesOf(`${KEY.slice(5)}"}`)).length).toBe(0);
  expect(Buffer.from(search.end()).toString()).toBe('{"error":"[secret]"}');
});

test.each([
  ["one event in many pieces", `data: {"x":"`, "x".repeat(100)],
  ["an event that has failed, in many pieces", `data: {"error":{"message":"`, "x".repeat(100)],
  ["many events that may have failed", "", 'data: {"a":1,"error":{}}\n\n'],
  ["line ends without a blank one", "", "\r\n:\r\n:\r"],
])(
  "costs grow with the bytes alone: %s",
  (_, head, piece) => {
    const bytes = bytesOf(piece);
    expectLinear(
      16_000,
      (size) => size,
      (size) => {
        const search = searched(true, redact);
        search.push(bytesOf(head));
        for (let i = 0; i < size; i++) search.push(bytes);
        search.end();
      },
    );
  },
  60_000,
);
