/** What people read of an upstream's error: its own words, whatever they are wrapped in, and what to do. */
import { describe, expect, test } from "bun:test";
import { errorInReply, readHttpError } from "../../../src/core/upstream-errors/read.ts";

const read = (status: number, body: string | object, headers: Record<string, string> = {}) =>
  readHttpError(status, new Headers(headers), typeof body === "string" ? body : JSON.stringify(body), "host");

const frame = (type: string, message = "no", more: object = {}): object => ({
  type: "error",
  error: { type, message, ...more },
  request_id: "req_01",
});
const invalid = (message: string): object => frame("invalid_request_error", message);
const openai = (
  code: string | null,
  message = "no",
  type = "invalid_request_error",
  param: string | null = null,
): object => ({
  error: { message, type, param, code },
});

describe("what an upstream says", () => {
  test.each<[string, string | object]>([
    ["try again", { error: { message: "try again", type: "x" } }],
    ["try again", { error: "try again" }],
    ["try again", { object: "error", message: "try again", code: 3 }],
    ["try again", { message: "try again", type: "x", code: "y" }],
    ["try again", { detail: "try again" }],
    ["try again", { success: false, errors: [{ code: 1, message: "try again" }] }],
    ["try again", { base_resp: { status_code: 1000, status_msg: "try again" } }],
    ["try again", [{ error: { code: 500, message: "try again" } }]],
    ["no (try again)", { error: { code: 500, message: "no", metadata: { raw: "try again" } } }],
    ["502 Bad Gateway", "<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>"],
    ["try again", "<p>try\n <b>again</b></p>"],
    ['{"error":{"code":7}}', { error: { code: 7 } }],
  ])("is told in its words: %s", (words, body) => {
    expect(read(500, body).message).toBe(`host returned 500: ${words}`);
  });

  test("is missed where there are none", () => {
    for (const body of ["", " ", "<p> </p>"])
      expect(read(500, body).message).toBe("host returned 500 without a message");
  });

  test("says how to fix it where that is known", () => {
    expect(read(401, { error: { message: "no" } }).message).toBe("host returned 401: no (check the upstream's key)");
  });

  test("is short, and holds no key", () => {
    const { message } = read(401, {
      error: { message: `bad key sk-abcdefgh12345678, Bearer abc.def.ghi-jkl; ${"x".repeat(5000)}` },
    });
    expect(message).toContain("bad key [key], [key]; xxx");
    expect(message.length).toBeLessThan(1100);
  });
});

describe("beside it stands", () => {
  test("who spoke, what it said, what to do, and where its people find it", () => {
    expect(read(401, frame("authentication_error", "invalid x-api-key")).message).toBe(
      "host returned 401: invalid x-api-key (check the upstream's key; request req_01)",
    );
    expect(read(500, frame("api_error", "Oops")).message).toBe("host returned 500: Oops (request req_01)");
    expect(read(500, { error: "Oops" }, { "request-id": "req_02" }).message).toBe(
      "host returned 500: Oops (request req_02)",
    );
    expect(read(500, "").message).toBe("host returned 500 without a message");
    expect(errorInReply({ type: "error", error: {} })?.message).toBe(
      "the upstream failed in mid-reply and gave no reason",
    );
  });

  test("no key, no page and no whole request", () => {
    expect(read(401, frame("authentication_error", "bad key sk-ant-api03-abcdefghij")).message).toContain(
      "bad key [key]",
    );
    expect(read(502, "<html><title>Bad gateway</title><body>long</body></html>").message).toBe(
      "host returned 502: Bad gateway",
    );
    expect(read(400, invalid("x".repeat(5000))).message.length).toBeLessThan(1100);
  });
  test("what to do", () => {
    expect(read(401, openai("invalid_api_key", "Incorrect API key provided: sk-abcdefghij.")).message).toBe(
      "host returned 401: Incorrect API key provided: [key]. (check the upstream's key)",
    );
    expect(read(500, "").message).toBe("host returned 500 without a message");
    expect(read(502, "<html><title>Bad gateway</title><body>long</body></html>").message).toBe(
      "host returned 502: Bad gateway",
    );
    expect(read(400, openai(null, "x".repeat(5000))).message.length).toBeLessThan(1100);
    expect(errorInReply({ type: "error", error: {} })?.message).toBe(
      "the upstream failed in mid-reply and gave no reason",
    );
  });

  test("which field, where the words do not say it", () => {
    expect(read(400, openai("x", "Bad value.", "t", "text.format")).message).toBe(
      "host returned 400: Bad value. ['text.format']",
    );
    expect(read(400, openai("x", "Bad 'text.format'.", "t", "text.format")).message).toBe(
      "host returned 400: Bad 'text.format'.",
    );
  });
});
