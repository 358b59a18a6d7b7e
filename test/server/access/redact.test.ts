/** Secrets are found in every form in which a host may repeat them, and nothing else is taken for one. */
import { describe, expect, test } from "bun:test";
import { REDACTED, redactError, redactor } from "../../../src/server/access/redact.ts";
import { secretsIn } from "../../../src/server/access/secrets.ts";
import { ShimError } from "../../../src/core/errors.ts";
import { expectLinear } from "../../support/growth.ts";
import { FORMS, givesAway } from "../../support/secret-forms.ts";

const SECRETS = ["7f3ab2c9d41e", "sk-live/Xy+9=z_Q~8", 'pass"wörd\\ 42', "nnnn7777", "a%41b&amp;c\\u0041d"];

describe.each(SECRETS)("the secret %s", (secret) => {
  const redact = redactor([secret]);

  test.each(Object.keys(FORMS))("%s", (name) => {
    const told = FORMS[name]?.(secret) ?? "";
    for (const [before, after] of [
      ["", ""],
      ["key ", " is wrong"],
      ['{"error":{"message":"no ', '","code":"x"}}'],
      ["\\n", "\\n"],
      ["%20", "%20"],
    ] as const) {
      const out = redact(before + told + after);
      expect([out, givesAway(out, secret)]).toEqual([out, false]);
      expect(out).toContain(REDACTED);
    }
  });

  test("between the very same characters, beside each other, and in long texts", () => {
    expect(redact(`${secret} ${secret}`)).toBe(`${REDACTED} ${REDACTED}`);
    expect(redact(secret + secret)).toBe(REDACTED);
    const far = `${"x".repeat(70_000)}${FORMS["as \\u escapes"]?.(secret)}${"y".repeat(200_000)}${secret}`;
    expect(redact(far)).toBe(`${"x".repeat(70_000)}${REDACTED}${"y".repeat(200_000)}${REDACTED}`);
  });

  test("at every place of a long text, also where it is looked at in pieces", () => {
    for (let before = 65_536 - 260; before < 65_536 + 8; before += 3) {
      const out = redact(`${".".repeat(before)}${FORMS["as \\u escapes"]?.(secret)}${".".repeat(70_000)}`);
      expect([before, out.length]).toEqual([before, before + REDACTED.length + 70_000]);
    }
  });
});

test("JSON stays JSON", () => {
  const secret = "n7f3ab2c9";
  const redact = redactor([secret]);
  // Here it begins with half an escape.
  for (const text of [`line\n7f3ab2c9`, secret, `"${secret}"`, `\\${secret}\\`, "\u{1f600}n7f3ab2c9\u{1f600}"]) {
    const json = JSON.stringify({ error: { message: text, inner: JSON.stringify({ text }) } });
    const out = redact(json);
    expect(() => JSON.parse(out) as unknown).not.toThrow();
    expect(givesAway(out, secret)).toBe(false);
  }
});

test("what a host has cut short, and what was cut here", () => {
  const redact = redactor(["7f3ab2c9d41e55aa"]);
  for (const [text, out] of [
    ["the key 7f3ab2c9…", `the key ${REDACTED}…`],
    ["the key 7f3ab2c9... is wrong", `the key ${REDACTED}... is wrong`],
    ["the key 7f3ab2c9****55aa", `the key ${REDACTED}****55aa`],
    ["the key 7f3ab2c9d41e55a", `the key ${REDACTED}`],
    ["the key \\u0037f3ab2c9d", `the key ${REDACTED}`],
    ["7f3a", "7f3a"],
  ] as const)
    expect(redact(text)).toBe(out);
});

test("nothing else is taken for one", () => {
  const redact = redactor(["7f3ab2c9d41e", "short", undefined, ""]);
  for (const text of [
    "",
    "shortly",
    "7f3ab2c9d41",
    "the key 7f3ab2c is no key",
    '{"error":"\\u0037 %37 &#55; \\n"}',
    "\\",
    "%",
    "&#99999999;\\u{ffffffff}",
    "7f3ab2c9 d41e",
  ])
    expect(redact(text === "7f3ab2c9d41" ? `${text} x` : text)).toBe(text === "7f3ab2c9d41" ? `${text} x` : text);
});

test.each(["a", "ab", "\\u0061", "%25", "\\\\", "&#97;", "aaab"])(
  "takes time that grows with the text alone, whatever it and the secrets are: %s",
  (unit) => {
    const redact = redactor(["a".repeat(2000), "ab".repeat(1000), `${"a".repeat(1999)}b`]);
    redact("a".repeat(100));
    expectLinear(
      80_000,
      (size) => unit.repeat(size),
      (text) => redact(text),
    );
  },
  60_000,
);

describe("what is secret of a host's settings", () => {
  const all = secretsIn({
    key: "the-key",
    headers: {
      Authorization: "Bearer 7f3ab2c9d41e",
      "Proxy-Authorization": `Basic ${Buffer.from("user:pass-word").toString("base64")}`,
      Cookie: 'session=abcdef123456; theme="dark-blue"',
      "X-Auth": 'Token token="tok-123456", id=me@here',
      "X-Title": "some application",
    },
    query: { sig: "query-value" },
    urls: ["http://jane:p%40ss-word@proxy.example:8080/?key=in-the-url", "no url", undefined],
    fields: { user: "jane", safety: { api_token: "deep-token", list: [{ text: "x", secrets: ["one-of-two"] }] } },
  });

  test.each([
    "the-key",
    "7f3ab2c9d41e",
    "Bearer 7f3ab2c9d41e",
    "user:pass-word",
    "pass-word",
    "abcdef123456",
    "tok-123456",
    "query-value",
    "p@ss-word",
    "p%40ss-word",
    "in-the-url",
    "deep-token",
    "one-of-two",
  ])("%s", (secret) => expect(all).toContain(secret));

  test.each(["jane", "Bearer", "Basic", "http://", "application"])("not %s", (word) => expect(all).not.toContain(word));
});

test("an error keeps all else: its kind, code, place, time to wait and cause", () => {
  const cause = new Error("why");
  const details = { param: "input[3].7f3ab2c9d41e", code: "previous_response_not_found", retry_after_ms: 7, cause };
  const told = redactError(
    new ShimError("quota", "no: 7f3ab2c9d41e", details),
    redactor(["7f3ab2c9d41e"]),
  ) as ShimError;
  expect(told).toBeInstanceOf(ShimError);
  const { kind, message, param, code, retry_after_ms } = told;
  expect([kind, message, param, code, retry_after_ms, told.cause]).toEqual([
    "quota",
    "no: [secret]",
    "input[3].[secret]",
    "previous_response_not_found",
    7,
    cause,
  ]);
  const none = redactError(new ShimError("quota", "no", { code: null }), redactor(["7f3ab2c9d41e"])) as ShimError;
  expect(none.code).toBeNull();
});
