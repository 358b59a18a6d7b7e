/** Items in the store: what a request becomes when its history is put before it, and how lists of them are told. */
import { describe, expect, test } from "bun:test";
import { expandRequest, resolveReferences } from "../../../../src/wires/responses/state/expand.ts";
import { listText, pageOf, shownItem } from "../../../../src/wires/responses/state/item-list.ts";
import { readPage } from "../../../../src/wires/responses/state/query.ts";
import { readStateFields } from "../../../../src/wires/responses/state/state-fields.ts";
import { inputTexts, responseOf, withIds, withoutGivenId } from "../../../../src/wires/responses/state/stored-items.ts";

const query = (text: string) => readPage(new URLSearchParams(text));

describe("a request with its history", () => {
  test.each([
    ['{"model":"m","input":"hi"}', {}, '{"model":"m","input":"hi"}'],
    [
      ' { "previous_response_id" : "a", "n":12345678901234567890,\n"input" : "h\\u00e9" , "x":1.0 } ',
      { history: ['{"a":1.0}'] },
      ' { "n":12345678901234567890,\n"input" : [{"a":1.0},{"type":"message","role":"user","content":"h\\u00e9"}] , "x":1.0 } ',
    ],
    ['{"previous_response_id":"a"}', { history: ["{}"] }, '{"input":[{}]}'],
    ['{"conversation":{"id":"c"},"background":true,"model":"m"}', { stream: true }, '{"model":"m","stream":true}'],
    ['{"model":"m","background":true}', { store: false }, '{"model":"m","store":false}'],
    ['{"store":true,"input":[ {"a":1} , {"b":2} ]}', { store: false }, '{"store":false,"input":[ {"a":1} , {"b":2} ]}'],
    ['{"input":[ {"a":1} ]}', { history: ['{"h":1}'] }, '{"input":[{"h":1},{"a":1}]}'],
    ['{"input":[]}', { history: ['{"h":1}'] }, '{"input":[{"h":1}]}'],
  ])("%s", (text, changes, expanded) => expect(expandRequest(text, changes)).toBe(expanded));

  test("references are replaced by what they name", () => {
    const text =
      '{"input":[{"type":"item_reference","id":"msg_a"},{"id":"msg_b"},{"role":"user","content":"x","id":"c"}]}';
    expect(readStateFields(JSON.parse(text)).references).toEqual(["msg_a", "msg_b"]);
    expect(resolveReferences(text, new Map([["msg_a", '{"A":1}']]))).toEqual([
      '{"A":1}',
      '{"id":"msg_b"}',
      '{"role":"user","content":"x","id":"c"}',
    ]);
  });

  test.each([
    [{ previous_response_id: "a", conversation: "b" }, "conversation"],
    [{ previous_response_id: 1 }, "previous_response_id"],
    [{ conversation: {} }, "conversation.id"],
    [{ conversation: "" }, "conversation"],
  ])("%j is refused", (body, param) =>
    expect(() => readStateFields(body)).toThrow(expect.objectContaining({ kind: "invalid_request", param })),
  );
});

describe("ids", () => {
  const items = [
    '{"role":"user","content":"x"}',
    '{ "type":"function_call_output","id":null}',
    '{"id":"own","type":"message"}',
    "{}",
  ];
  test("are given where there is none, tell their response, and are taken off again", () => {
    const given = withIds(items, "resp_abc_d", 7);
    expect(given).toEqual([
      '{"id":"msg_abc_d_i7","role":"user","content":"x"}',
      '{ "type":"function_call_output","id":"fco_abc_d_i8"}',
      '{"id":"own","type":"message"}',
      '{"id":"msg_abc_d_i10"}',
    ]);
    expect([given[0], given[2], given[3]].map((item) => withoutGivenId(item ?? ""))).toEqual([
      items[0] ?? "",
      items[2] ?? "",
      items[3] ?? "",
    ]);
    expect(["msg_abc_d_i7", `fc_${"0".repeat(32)}1f`, "msg_else"].map(responseOf)).toEqual([
      "resp_abc_d",
      `resp_${"0".repeat(32)}`,
      undefined,
    ]);
  });

  test("a text alone is a message of the user", () => {
    expect(inputTexts('{"input":"a\\"b"}')).toEqual(['{"type":"message","role":"user","content":"a\\"b"}']);
    expect(["{}", '{"input":null}', '{"input":""}'].flatMap(inputTexts)).toEqual([]);
  });
});

describe("lists", () => {
  const items = ["a", "b", "c"].map((id) => `{"id":"${id}","type":"x"}`);
  test.each([
    ["", "cba", false],
    ["limit=2", "cb", true],
    ["limit=2&after=b", "a", false],
    ["order=asc&limit=1", "a", true],
    ["order=asc&after=a", "bc", false],
    ["order=asc&after=c", "", false],
  ])("%s", (asked, ids, has_more) => {
    const list = JSON.parse(listText(pageOf(items, query(asked)), [])) as Record<string, unknown>;
    const [first = null, last = null] = [ids[0], ids.at(-1)];
    expect(list).toMatchObject({ object: "list", first_id: first, last_id: last, has_more });
    expect((list["data"] as { id: string }[]).map(({ id }) => id).join("")).toBe(ids);
  });

  test.each(["limit=0", "limit=101", "limit=x", "order=up"])("%s is refused", (asked) =>
    expect(() => query(asked)).toThrow(),
  );

  test("items are written out, and keep what nobody asked for to themselves", () => {
    const shown = (item: object, include: string[] = []) =>
      JSON.parse(shownItem(JSON.stringify(item), include)) as unknown;
    expect(shown({ role: "assistant", content: "x" })).toEqual({
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "x", annotations: [], logprobs: [] }],
    });
    const thought = { type: "reasoning", summary: [], encrypted_content: "e" };
    expect(shown(thought)).toEqual({ type: "reasoning", summary: [] });
    expect(shown(thought, ["reasoning.encrypted_content"])).toEqual(thought);
  });
});
