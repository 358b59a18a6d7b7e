/** What the other paths of the Responses API say to parameters that are wrong, through the executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ChatUpstream, reply, say } from "../../support/chat-upstream.ts";
import { describeWith } from "../../support/needs.ts";
import type { Json } from "../../support/response-rules.ts";
import { Shim } from "../../support/shim.ts";
import { long } from "./table.ts";

const describe = describeWith("shim");

const MESSAGE = { role: "user", content: "hi" };
/** `RESP` and `CONV` stand for ids of what is there. */
type Row = [
  method: string,
  path: string,
  body: Json | undefined,
  code: string | null,
  param: string | null,
  status?: number,
];

const WRONG: Row[] = [
  ["GET", "/responses/RESP/input_items?limit=0", undefined, "integer_below_min_value", "limit"],
  ["GET", "/responses/RESP/input_items?limit=101", undefined, "integer_above_max_value", "limit"],
  ["GET", "/responses/RESP/input_items?limit=many", undefined, "invalid_type", "limit"],
  ["GET", "/responses/RESP/input_items?limit=1.5", undefined, "invalid_type", "limit"],
  ["GET", "/responses/RESP/input_items?order=up", undefined, "invalid_value", "order"],
  ["GET", "/responses/RESP/input_items?after=msg_none", undefined, null, "after", 404],
  ["GET", "/responses/RESP/input_items?include[]=everything", undefined, "invalid_value", "include[0]"],
  ["GET", "/responses/RESP?include=reasoning.encrypted_content,everything", undefined, "invalid_value", "include[1]"],
  ["GET", "/responses/RESP?stream=true&starting_after=x", undefined, "invalid_type", "starting_after"],
  ["GET", "/responses/RESP?stream=true", undefined, "invalid_value", "stream"],
  ["POST", "/responses/RESP/cancel", {}, null, null],
  ["GET", "/responses/resp_none", undefined, null, null, 404],
  ["POST", "/responses/resp_none/cancel", {}, null, null, 404],
  ["DELETE", "/responses/resp_none", undefined, null, null, 404],
  ["POST", "/responses/compact", { input: "hi" }, "missing_required_parameter", "model"],
  ["POST", "/responses/compact", { model: "m" }, "missing_required_parameter", "input"],
  ["POST", "/responses/compact", { model: "m", input: 5 }, "invalid_type", "input"],
  ["POST", "/responses/input_tokens", { input: "hi" }, "missing_required_parameter", "model"],
  ["POST", "/responses/input_tokens", { model: "m" }, "missing_required_parameter", "input"],
  ["POST", "/responses/input_tokens", { model: "m", input: "hi", truncation: "x" }, "invalid_value", "truncation"],
  ["POST", "/conversations", { metadata: { k: 1 } }, "invalid_type", "metadata.k"],
  ["POST", "/conversations", { metadata: { k: long(513) } }, "string_above_max_length", "metadata.k"],
  ["POST", "/conversations", { items: "hi" }, "invalid_type", "items"],
  ["POST", "/conversations", { items: Array.from({ length: 21 }, () => MESSAGE) }, "array_above_max_length", "items"],
  ["POST", "/conversations/CONV", {}, "missing_required_parameter", "metadata"],
  ["POST", "/conversations/CONV/items", {}, "missing_required_parameter", "items"],
  ["POST", "/conversations/CONV/items?include[]=x", { items: [MESSAGE] }, "invalid_value", "include[0]"],
  ["GET", "/conversations/CONV/items?limit=0", undefined, "integer_below_min_value", "limit"],
  ["GET", "/conversations/conv_none", undefined, null, null, 404],
  ["GET", "/conversations/CONV/items/msg_none", undefined, null, null, 404],
];

let upstream: ChatUpstream;
let shim: Shim;
const ids = { RESP: "", CONV: "" };

async function ask(method: string, path: string, body?: Json): Promise<{ status: number; json: Json }> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(shim.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return { status: answer.status, json: (await answer.json()) as Json };
}

describe("wrong parameters", () => {
  beforeAll(async () => {
    upstream = new ChatUpstream([reply(say("Good."))]);
    shim = await Shim.start({ args: ["--upstream", upstream.url] });
    ids.RESP = String((await ask("POST", "/responses", { model: "m", input: "hi" })).json["id"]);
    ids.CONV = String((await ask("POST", "/conversations", {})).json["id"]);
  });
  afterAll(async () => {
    await shim?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  test.each(
    WRONG.map((row): [string, Row] => [`${row[0]} ${row[1]} ${JSON.stringify(row[2] ?? "").slice(0, 80)}`, row]),
  )("%s", async (_, [method, path, body, code, param, status = 400]) => {
    const { RESP, CONV } = ids;
    const answer = await ask(method, path.replace("RESP", RESP).replace("CONV", CONV), body);
    const error = { type: "invalid_request_error", code, param, message: expect.any(String) };
    expect(answer).toEqual({ status, json: { error } });
    // What is refused leaves nothing behind.
    expect((await ask("GET", `/conversations/${CONV}/items`)).json["data"]).toEqual([]);
  });
});
