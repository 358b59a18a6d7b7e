/** What the demo finds among an agent's tools, and what it makes of their results. */
import { expect, test } from "bun:test";
import { demoProvider } from "../../src/server/upstreams/demo.ts";
import { ask } from "../support/ask.ts";
import { tell, validateResponseStream } from "../support/response-events.ts";
import type { Json } from "../support/response-rules.ts";
import { serving } from "./serving.ts";

const demo = demoProvider();
const toolOf = (name: string, key: string, type = "string"): Json => ({
  type: "function",
  name,
  parameters: { type: "object", properties: { [key]: { type } }, required: [key] },
});

async function answerTo(body: Json): Promise<Json[]> {
  await using on = await serving(async () => []);
  const { text, response } = await ask(on.url, { model: "anything", stream: true, ...body });
  expect(tell(validateResponseStream(text))).toBe("");
  return response["output"] as Json[];
}

test.each([
  ["cmd", "exec_command"],
  ["command", "bash"],
])("it runs one command by a tool that takes `%s`", async (key, name) => {
  const tools = [toolOf("other", "path"), toolOf("listed", key, "array"), toolOf(name, key)];
  const [said, call, ...more] = await answerTo({ input: "go", tools });
  expect(more).toEqual([]);
  expect(said).toMatchObject({ type: "message" });
  expect(call).toMatchObject({ type: "function_call", name });
  expect(Object.keys(JSON.parse(String(call?.["arguments"])) as Json)).toEqual([key]);
});

const RESULT = (output: string): Json[] => [
  { role: "user", content: "go" },
  { type: "function_call", call_id: "call_demo", name: "exec_command", arguments: "{}" },
  { type: "function_call_output", call_id: "call_demo", output },
];

test.each([
  ["bare", "what came\nand more"],
  ["below Codex's own lines", "Chunk ID: 1\nProcess exited with code 0\nOutput:\nwhat came\n"],
])("it answers with the first line of what really came out, %s", async (_, output) => {
  const answer = JSON.stringify(await answerTo({ input: RESULT(output), tools: [toolOf("exec_command", "cmd")] }));
  expect(answer).toContain("what came");
  expect(answer).not.toContain("Chunk ID");
  expect(answer).not.toContain("and more");
});

test("a new question begins anew, in spite of results before it", async () => {
  const input = [...RESULT("old"), { role: "user", content: "again" }];
  const output = await answerTo({ input, tools: [toolOf("exec_command", "cmd")] });
  expect(output.at(-1)).toMatchObject({ type: "function_call" });
});

test("a client of Chat gets one body where it asks for no stream, a stream where it asks for one", async () => {
  await using on = await serving(async () => []);
  const tools = [{ type: "function", function: { name: "bash", parameters: toolOf("bash", "command").parameters } }];
  for (const more of [{}, { tools }]) {
    const body = { model: "demo", messages: [{ role: "user", content: "go" }], ...more };
    const said = await fetch(`${on.url}/chat/completions`, { method: "POST", body: JSON.stringify(body) });
    const { choices } = (await said.json()) as { choices: { message: { content: string; tool_calls?: Json[] } }[] };
    expect(choices[0]?.message.content).toContain("demo");
    expect(choices[0]?.message.tool_calls?.length).toBe("tools" in more ? 1 : undefined);
    const text = JSON.stringify({ ...body, stream: true });
    const streamed = await fetch(`${on.url}/chat/completions`, { method: "POST", body: text });
    expect(await streamed.text()).toEndWith("data: [DONE]\n\n");
  }
});

test("without a tool to run commands it says what it is", async () => {
  for (const tools of [[], [toolOf("other", "path")]]) {
    const [only, ...more] = await answerTo({ input: "go", tools });
    expect(more).toEqual([]);
    expect(JSON.stringify(only)).toContain("demo");
  }
});

test("it calls itself `demo`", async () => {
  expect((await demo.listModels("", new AbortController().signal)).models).toEqual([{ id: "demo" }]);
});
