/** Every shape in which hosts were seen to put their words; none of them can do harm. */
import { describe, expect, test } from "bun:test";
import { envelopeOfBody } from "../../../src/core/upstream-errors/envelope.ts";
import { errorInReply, readHttpError } from "../../../src/core/upstream-errors/read.ts";
import { textOf } from "../../support/error-rows.ts";

const MAX_BODY = 64 * 1024;

describe("an envelope", () => {
  test.each<[string, unknown, object]>([
    [
      "of a proxy, with the whole error in its words",
      {
        error: {
          message:
            'litellm.BadRequestError: OpenAIException - {\n  "error": {\n    "message": "The encrypted content gAAA...OA== could not be verified.",\n    "type": "invalid_request_error",\n    "param": null,\n    "code": "invalid_encrypted_content"\n  }\n}. Received Model Group=m',
          type: null,
          param: null,
          code: "400",
        },
      },
      {
        message: "litellm.BadRequestError: OpenAIException - The encrypted content gAAA...OA== could not be verified.",
        code: "invalid_encrypted_content",
        type: "invalid_request_error",
      },
    ],
    [
      "within an envelope within an envelope",
      { error: { message: JSON.stringify({ error: JSON.stringify({ detail: "too long" }) }) } },
      { message: "too long" },
    ],
    [
      "of a router, with the words of the host",
      {
        error: {
          code: 400,
          message: "Provider returned error",
          metadata: { raw: '{"error":{"message":"bad role","code":"x"}}', provider_name: "Some" },
        },
      },
      { message: "Provider returned error (bad role)", code: "x", status: 400 },
    ],
    [
      "with a list of places and what was wrong there",
      { detail: [{ type: "missing", loc: ["body", "tools", 0, "name"], msg: "Field required", input: { a: 1 } }] },
      { message: "tools[0].name: Field required", param: "tools[0].name", code: "missing" },
    ],
    [
      "with such a list as its message",
      { object: "Error", message: [{ loc: ["body", "tools"], msg: "no", input: [] }], type: "t", code: 3001 },
      { message: "tools: no (got a list)", param: "tools", type: "t", code: "3001" },
    ],
    [
      "with such a list within its message",
      { object: "error", message: { detail: [{ loc: ["body", "stop"], msg: "no", input: null }] }, type: "t", code: 3 },
      { message: "stop: no (got null)", param: "stop", type: "t" },
    ],
    [
      "of problem+json",
      { type: "about:blank", title: "Bad", status: 400, detail: "no" },
      { message: "no", status: 400 },
    ],
    ["with nothing but a title", { title: "Bad Request", status: 400 }, { message: "Bad Request", type: "" }],
    [
      "with words in `error` and more in `message`",
      { error: "not_found", message: "no" },
      { message: "no", type: "not_found" },
    ],
    [
      "with a sentence as code",
      { code: "The caller may not", error: "no" },
      { message: "no", code: "The caller may not" },
    ],
    ["of Google", [{ error: { code: 429, message: "no", status: "X" } }], { message: "no", type: "X", status: 429 }],
    ["of Amazon", { __type: "ThrottlingException", Message: "no" }, { message: "no", type: "ThrottlingException" }],
    ["of an event stream", 'event: error\ndata: {"error":{"message":"no"}}\n\n', { message: "event: error\ndata: no" }],
    ["of a data line", 'data: {"error":{"message":"no"}}\n\n', { message: "no" }],
    [
      "of a page",
      "<html><style>a{b:c}</style><title>504 Gateway Time-out</title></html>",
      { message: "504 Gateway Time-out" },
    ],
    ["of plain words", "upstream  connect\nerror", { message: "upstream connect error" }],
    ["of nothing", "", { message: "" }],
    ["with an object in place of words", { detail: { a: 1 } }, { message: '{"a":1}' }],
    ["with a request's id", { error: { message: "no" }, request_id: "r" }, { message: "no", request_id: "r" }],
    [
      "with its finer code in details",
      { error: { message: "no", type: "t", details: { error_code: "c" } } },
      { code: "c" },
    ],
    ["with its status under any name", { error: { message: "no", http_code: "529" } }, { status: 529 }],
  ])("%s", (_, body, expected) => {
    expect(envelopeOfBody(textOf(body))).toMatchObject(expected);
  });
});

describe("a hostile body is read like any other", () => {
  const nested = (() => {
    let text = "no";
    for (let i = 0; i < 10; i++) text = JSON.stringify({ error: { message: text } });
    return text;
  })();
  const deep = (open: string, close: string): string => {
    const times = Math.floor(MAX_BODY / (open.length + close.length)) - 1;
    return `${open.repeat(times)}1${close.repeat(times)}`;
  };
  test.each<[string, string]>([
    ["envelopes in envelopes", nested],
    ["lists in lists", deep("[", "]")],
    ["errors in errors", deep('{"error":', "}")],
    ["details in details", deep('{"detail":', "}")],
    ["messages in messages", deep('{"message":', "}")],
    ["details as an object in objects", `{"detail":{"a":${deep('{"a":', "}")}}}`],
    ["braces", "{".repeat(MAX_BODY)],
    ["tags", "<".repeat(MAX_BODY)],
    ["half a character", `{"error":"\\ud83d"}`],
    ["a prototype", '{"error":{"__proto__":{"message":"x"},"constructor":"y","message":"z"}}'],
    ["numbers as words", '{"error":{"message":7,"type":8,"code":9,"param":10}}'],
    ["lists as words", '{"error":{"message":[],"type":[],"code":{},"param":[]},"request_id":{}}'],
    ["nulls", '{"error":{"message":null,"type":null,"code":null,"param":null}}'],
    ["a long code", JSON.stringify({ error: { message: "x", code: "c".repeat(9000), param: "p".repeat(9000) } })],
    ["a long id", JSON.stringify({ error: { message: "x" }, request_id: "r".repeat(9000) })],
  ])("%s", (_, body) => {
    const error = readHttpError(400, new Headers(), body, "host");
    expect(error.message.length).toBeLessThan(1500);
    expect(error.upstream?.status).toBe(400);
    expect(JSON.stringify(error.upstream).length).toBeLessThan(1000);
    const json = (() => {
      try {
        return JSON.parse(body) as unknown;
      } catch {
        return body;
      }
    })();
    const inReply = errorInReply(json);
    if (inReply) expect(inReply.message.length).toBeLessThan(1500);
  });
});
