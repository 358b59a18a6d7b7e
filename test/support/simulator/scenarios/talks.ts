/** Talk, calls, thoughts and images. */
import { BASE_TOOLS, ECHO_NAMESPACE, PATCH, PATCH_TOOL, PICTURE, VIEW_TOOL, user, image } from "./items.ts";
import { text, exec, DONE } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

export const TALKS: readonly Scenario[] = [
  {
    id: "text",
    about: "text alone, twice",
    request: { tools: [] },
    turns: [
      { input: [user("Say hi.")], wish: text("Hi.") },
      { input: [user("Again.")], wish: text("Hi again.") },
    ],
  },
  {
    id: "one-call",
    about: "one call, its result, the answer",
    turns: [
      {
        input: [user("List the files.")],
        wish: { say: "I look.", calls: [exec("ls")] },
        needs: { calls: ["exec_command"] },
      },
      { results: ["a.txt"], wish: text("There is a.txt."), reaches: ["a.txt", '{\\"cmd\\":\\"ls\\"}'] },
    ],
  },
  {
    id: "parallel-calls",
    about: "two calls in one answer",
    turns: [
      {
        input: [user("Look at both.")],
        wish: { calls: [exec("cat a"), exec("cat b")] },
        needs: { calls: ["exec_command", "exec_command"] },
      },
      { results: ["text of a", "text of b"], wish: DONE, reaches: ["text of a", "text of b"] },
    ],
    forgives: ["parallel_tool_calls"],
  },
  {
    id: "freeform-patch",
    about: "a freeform tool",
    request: { tools: [...BASE_TOOLS, PATCH_TOOL] },
    turns: [
      {
        input: [user("Add hello.txt.")],
        wish: { calls: [{ name: "apply_patch", freeform: PATCH }] },
        needs: { calls: ["apply_patch"] },
      },
      { results: ["Success."], wish: DONE, reaches: ["Success.", "Add File: hello.txt"] },
    ],
  },
  {
    id: "mcp-namespace",
    about: "a tool of an MCP server",
    request: { tools: [...BASE_TOOLS, ECHO_NAMESPACE] },
    turns: [
      {
        input: [user("Echo it.")],
        wish: { calls: [{ name: "echo", args: { text: "it" } }] },
        needs: { calls: ["echo"] },
      },
      { results: ["it, echoed"], wish: DONE, reaches: ["it, echoed"] },
    ],
  },
  {
    id: "reasoning",
    about: "thoughts go back to the model that had them, over three turns",
    request: { reasoning: { effort: "high", summary: "auto" } },
    turns: [
      {
        input: [user("Think, then look.")],
        wish: { think: "I should list first.", calls: [exec("ls")] },
        needs: { calls: ["exec_command"] },
      },
      { results: ["a.txt"], wish: { think: "One file only.", say: "There is a.txt." } },
      { input: [user("And now?")], wish: { think: "Nothing is left.", say: "That is all." } },
    ],
  },
];

export const IMAGES: readonly Scenario[] = [
  {
    id: "image-user",
    about: "an image of the user's, as data",
    turns: [{ input: [user("What is this?", image(PICTURE))], wish: text("A dot."), reaches: [PICTURE] }],
  },
  {
    id: "image-tool",
    about: "an image in a tool's output",
    request: { tools: [...BASE_TOOLS, VIEW_TOOL] },
    turns: [
      {
        input: [user("Look at dot.png.")],
        wish: { calls: [{ name: "view_image", args: { path: "dot.png" } }] },
        needs: { calls: ["view_image"] },
      },
      { results: [[image(PICTURE)]], wish: text("A dot."), reaches: [PICTURE] },
      { input: [user("Thanks.")], wish: text("Any time."), reaches: [PICTURE] },
    ],
  },
  {
    id: "image-url",
    about: "an image by https URL",
    turns: [
      {
        input: [user("What is this?", image("https://example.com/dot.png"))],
        wish: text("A dot."),
        reaches: ["https://example.com/dot.png"],
      },
    ],
  },
];
