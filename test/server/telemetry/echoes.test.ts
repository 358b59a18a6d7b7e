/** No part of a prompt comes into the log by way of a host's error. */
import { describe, expect, test } from "bun:test";
import { REDACTED, redactor } from "../../../src/server/access/redact.ts";
import { withoutEchoes } from "../../../src/server/telemetry/echoes.ts";
import { expectLinear } from "../../support/growth.ts";

const PROMPT = "The launch code of the third silo is kept in the drawer below the window, beside the spare fuses.";
const REQUEST = JSON.stringify({ model: "qwen3-coder-480b-a35b-instruct-fp8", input: PROMPT });

describe("echoes", () => {
  test.each([0, 1, 7, 23, 24, 25, 47, 48])("an echo %p characters into a message is taken out whole", (before) => {
    const told = withoutEchoes(`${"-".repeat(before)}${PROMPT}; try again`, REQUEST);
    expect(told).toBe(`${"-".repeat(before)}[…]; try again`);
  });

  test("every echo of 48 characters is found, wherever it begins and ends", () => {
    for (let from = 0; from + 48 <= PROMPT.length; from++) {
      for (const before of [0, 5, 13]) {
        const told = withoutEchoes(`${"#".repeat(before)}${PROMPT.slice(from, from + 48)}#`, REQUEST);
        expect(told).toBe(`${"#".repeat(before)}[…]#`);
      }
    }
  });

  test("names and short words stay", () => {
    const message = "upstream_failed: the host (http://h/v1): model qwen3-coder-480b-a35b-instruct-fp8 not loaded";
    expect(withoutEchoes(message, REQUEST)).toBe(message);
    expect(withoutEchoes("", REQUEST)).toBe("");
  });

  test("a long message beside a large request takes time that grows with that only", () => {
    const requestOf = (times: number): string => `${"lorem ipsum ".repeat(times)}${PROMPT}`;
    expectLinear(400_000, requestOf, (large) =>
      expect(withoutEchoes(`${"x".repeat(1500)}${PROMPT}`, large)).toEndWith("x[…]"),
    );
  });
});

test("secrets are taken out, the longest first, and no short word", () => {
  const redact = redactor(["sk-abc", "sk-abcdef", "short", undefined, ""]);
  expect(redact("key sk-abcdef and sk-abc, shortly")).toBe(`key ${REDACTED} and ${REDACTED}, shortly`);
});
