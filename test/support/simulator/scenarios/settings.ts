/** Formats, choices of tools, limits and efforts. */
import * as items from "./items.ts";
import { BASE_TOOLS, LATIN_TOOLS, ODD_TOOLS, STRICT_TOOL, VIEW_TOOL, user } from "./items.ts";
import { text, exec, DONE } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

const ANSWER = { answer: "forty-two" };

const FORMAT = {
  text: {
    format: {
      type: "json_schema",
      name: "codex_output_schema",
      strict: true,
      schema: items.object({ answer: { type: "string" } }),
    },
  },
};

const TALK_ONLY = text("I would rather talk.");

const CHOICE = { forgives: ["tool_choice"] };

export const SETTINGS: readonly Scenario[] = [
  {
    id: "schema",
    about: "an answer in JSON",
    request: { tools: [], ...FORMAT },
    turns: [{ input: [user("How much?")], wish: { json: ANSWER }, needs: { json: true } }],
    forgives: ["text.format"],
  },
  {
    id: "json-object",
    about: "an answer in any JSON",
    request: { tools: [], text: { format: { type: "json_object" } } },
    turns: [
      { input: [user("How much? Say it in JSON.")], wish: { json: ANSWER, any_json: true }, needs: { json: true } },
    ],
    forgives: ["text.format"],
  },
  {
    id: "schema-with-tools",
    about: "a call first, then an answer in JSON",
    request: FORMAT,
    turns: [
      { input: [user("Find out how much.")], wish: { calls: [exec("cat n")] }, needs: { calls: ["exec_command"] } },
      { results: ["42"], wish: { json: ANSWER }, needs: { json: true } },
    ],
    forgives: ["text.format"],
  },
  {
    id: "choice-none",
    about: "no call is allowed",
    request: { tool_choice: "none" },
    turns: [{ input: [user("Just talk.")], wish: { calls: [exec("ls")] }, needs: { calls: [] } }],
  },
  {
    id: "choice-required",
    about: "a call is demanded",
    request: { tool_choice: "required" },
    turns: [{ input: [user("Do something.")], wish: TALK_ONLY, needs: { calls: ["exec_command"] } }],
    ...CHOICE,
  },
  {
    id: "choice-named",
    about: "a certain call is demanded",
    request: { tools: [...BASE_TOOLS, VIEW_TOOL], tool_choice: { type: "function", name: "view_image" } },
    turns: [{ input: [user("Look.")], wish: TALK_ONLY, needs: { calls: ["view_image"] } }],
    ...CHOICE,
  },
  {
    id: "one-at-a-time",
    about: "parallel calls are not wanted",
    request: { parallel_tool_calls: false },
    turns: [{ input: [user("Look.")], wish: { calls: [exec("ls")] }, needs: { calls: ["exec_command"] } }],
  },
  {
    id: "limit",
    about: "the answer is cut at its limit",
    request: { tools: [], max_output_tokens: 16 },
    turns: [
      {
        input: [user("Tell a story.")],
        wish: { say: "Once upon a time there was", cut_by_length: true },
        reaches: [":16"],
      },
    ],
    ends: "incomplete",
  },
  {
    id: "sampling",
    about: "temperature and top_p",
    request: { tools: [], temperature: 0.2, top_p: 0.9 },
    turns: [{ input: [user("Say hi.")], wish: text("Hi.") }],
  },
  {
    id: "strict-tool",
    about: "a strict function",
    request: { tools: [STRICT_TOOL] },
    turns: [{ input: [user("Run it.")], wish: { calls: [exec("ls")] }, needs: { calls: ["exec_command"] } }],
  },
  {
    id: "odd-schemas",
    about: "words of JSON Schema that few know",
    request: { tools: ODD_TOOLS },
    turns: [
      {
        input: [user("Search.")],
        wish: { calls: [{ name: "search", args: { query: "x" } }] },
        needs: { calls: ["search"] },
      },
    ],
  },
  {
    id: "odd-names",
    about: "names that are not for functions",
    request: { tools: LATIN_TOOLS },
    turns: [
      {
        input: [user("Search.")],
        wish: { calls: [{ name: "search_docs", args: {} }] },
        needs: { calls: ["search_docs"] },
      },
      { results: ["found"], wish: DONE },
    ],
  },
];

const effort = (word: string): Scenario => ({
  id: `effort-${word}`,
  about: `effort ${word}`,
  file: "effort",
  request: { tools: [], reasoning: { effort: word, summary: "auto" } },
  turns: [
    {
      input: [user("Say hi.")],
      wish: { think: "A greeting.", say: "Hi." },
      ...(word === "none" && { needs: { thoughtless: true } }),
    },
  ],
  forgives: ["reasoning.effort"],
});

export const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"].map(effort);
