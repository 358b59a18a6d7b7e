/** What is cited, and what becomes of searches made here on an upstream that is handed the request as it is. */
import { describe, expect, test } from "bun:test";
import { citationsIn } from "../../../../src/core/citations.ts";
import { editRequest } from "../../../../src/wires/responses/client/forward.ts";
import { sealSearch, unsealSearch } from "../../../../src/wires/responses/client/search-items.ts";
import { expectLinear } from "../../../support/growth.ts";

const sourcesOf = (...urls: string[]) => new Map(urls.map((url) => [url, { url, title: `T ${url}` }]));
const cited = (text: string, ...urls: string[]): string[] =>
  citationsIn(text, sourcesOf(...urls)).map(({ start_index, end_index }) =>
    [...text].slice(start_index, end_index).join(""),
  );

const A = "https://a.example/x";
const B = "https://b.example/f_(film)";

describe("what a text cites", () => {
  test.each([
    ["a link", `See [the page](${A}).`, [`[the page](${A})`]],
    ["a bare address", `See ${A}.`, [A]],
    ["an address in brackets", `So it is (${A}), and ${A}`, [A, A]],
    ["one with brackets of its own", `See [film](${B}) and ${B}`, [`[film](${B})`, B]],
    ["two links side by side", `[1](${A})[2](${B})`, [`[1](${A})`, `[2](${B})`]],
    ["a host without the slash of its root", "https://root.example is it.", ["https://root.example"]],
    ["in angles", `<${A}>`, [A]],
    ["in bold", `**${A}**`, [A]],
    ["behind characters of two halves", `😀😀 [p](${A})`, [`[p](${A})`]],
    ["a longer address is another one", `${A}y and ${A}/y and ${A}?q=1`, []],
    ["nothing that was not found", "https://c.example/", []],
    ["numbers are no citations", "see [1] and arr[1]", []],
    ["a bracket of another line", `[open\n(${A}`, [A]],
  ])("%s", (_, text, expected) => expect(cited(text, A, B, "https://root.example/")).toEqual(expected));

  test("looks through much text in little time", () => {
    const textOf = (size: number): string =>
      `https://a.example/${")".repeat(size)} `.repeat(5) + `[`.repeat(size / 2) + `x](${A}) `.repeat(size / 100);
    expectLinear(800_000, textOf, (text) => expect(citationsIn(text, sourcesOf(A)).length).toBeGreaterThan(999));
  });
});

describe("a search", () => {
  const search = { id: `ws_${"0".repeat(34)}`, query: "q", results: [{ url: A, title: "One", text: "First." }] };

  test("is read back as it was sealed, and by nobody else's seal", () => {
    expect(unsealSearch(sealSearch(search))).toEqual(search);
    for (const broken of ["", "gAAAA", "juscode1s:", "juscode1s:{}", 'juscode1s:{"id":1,"query":"q","results":[]}'])
      expect(unsealSearch(broken)).toBeUndefined();
  });

  test("becomes words for an upstream that is handed the request", () => {
    const action = { type: "search", query: "q" };
    const items = [
      { type: "web_search_call", id: search.id, status: "completed", action },
      { type: "reasoning", id: `rs_${"0".repeat(34)}`, summary: [], encrypted_content: sealSearch(search) },
      { type: "web_search_call", id: search.id, status: "completed", action, results: search.results },
      { type: "web_search_call", id: "ws_others", status: "completed", action },
    ];
    const { body } = editRequest(JSON.stringify({ model: "m", input: items }), {
      model: "m",
      drop: [],
      extra_body: {},
    });
    const { input } = JSON.parse(body) as { input: { type: string; id?: string; content?: { text: string }[] }[] };
    expect(input.map(({ type }) => type)).toEqual(["message", "message", "web_search_call"]);
    expect(input[0]?.content?.[0]?.text).toContain("First.");
    expect(input[2]?.id).toBe("ws_others");
  });
});
