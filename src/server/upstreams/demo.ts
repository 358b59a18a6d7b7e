/**
 * The built-in demo: a scripted model that speaks real Chat Completions, so that a newcomer sees the whole loop
 * work before any model is installed. It runs one harmless command and reports its output.
 */
import { resolveProvider } from "../../config/resolve.ts";
import { ShimError } from "../../core/errors.ts";
import type { Provider } from "./upstream.ts";

export const DEMO_MODEL = "demo";

const COMMAND = "echo hello from the juscode-shim demo";

interface ChatRequest {
  stream?: boolean;
  messages: { role: string; content: unknown }[];
  tools?: { function: { name: string; parameters?: { properties?: Record<string, { type?: string }> } } }[];
}

export function demoProvider(): Provider {
  return {
    id: "demo",
    record: resolveProvider({ id: "demo", local: true }),
    speaker: "the built-in demo",
    base_url: undefined,
    redact: (text) => text,
    ask: async () => {
      throw new ShimError("not_found", "the built-in demo answers no questions");
    },
    listModels: async () => ({ models: [{ id: DEMO_MODEL }], shim: null }),
    call: async () => new Response(null, { status: 404 }),
    send: async (_path, body) => {
      const request = JSON.parse(typeof body === "string" ? body : await body.text()) as ChatRequest;
      const reply = script(request);
      if (request.stream !== true) return Response.json(whole(reply));
      const frames = pieces(reply).map((frame) => `data: ${JSON.stringify(frame)}\n\n`);
      const headers = { "content-type": "text/event-stream" };
      return new Response(`${frames.join("")}data: [DONE]\n\n`, { headers });
    },
  };
}

/** A reply of the demo. */
interface ScriptedReply {
  text: string;
  call?: { name: string; arguments: string };
}

function script(request: ChatRequest): ScriptedReply {
  const lastUser = request.messages.findLastIndex((message) => message.role === "user");
  const result = request.messages.slice(lastUser + 1).findLast((message) => message.role === "tool");
  if (result) {
    const ran = `It works. The command ran on your machine and printed: ${outputOf(result.content)}`;
    return { text: `${ran}\nNow start a real model (Ollama, llama-server, LM Studio, vLLM) and ask again.` };
  }
  const tool = commandTool(request);
  if (!tool) return { text: NO_TOOLS };
  const call = { name: tool.name, arguments: JSON.stringify({ [tool.key]: COMMAND }) };
  return { text: "I am the demo built into juscode-shim, and I will run one command.", call };
}

const NO_TOOLS =
  "This is the demo model built into juscode-shim: it knows no answers. Start a real model (Ollama, llama-server, LM Studio, vLLM), and juscode-shim finds it.";

function commandTool(request: ChatRequest): { name: string; key: string } | undefined {
  for (const { function: fn } of request.tools ?? [])
    for (const key of ["cmd", "command"])
      if (fn.parameters?.properties?.[key]?.type === "string") return { name: fn.name, key };
  return undefined;
}

/** Codex puts some lines about the run before the output itself. */
function outputOf(content: unknown): string {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  const output = text.includes("Output:\n") ? text.slice(text.indexOf("Output:\n") + 8) : text;
  return output.trim().split("\n")[0] ?? "";
}

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

function whole({ text, call }: ScriptedReply): object {
  const tool_calls = call && [{ id: "call_demo", type: "function", function: call }];
  const message = { role: "assistant", content: text, tool_calls };
  const choices = [{ index: 0, message, finish_reason: finish(call) }];
  return { id: "chatcmpl-demo", object: "chat.completion", created: 0, model: DEMO_MODEL, choices, usage: USAGE };
}

function pieces({ text, call }: ScriptedReply): object[] {
  const words = text.match(/\S+\s*/g) ?? [];
  const head = { index: 0, id: "call_demo", type: "function", function: { name: call?.name, arguments: "" } };
  return [
    delta({ role: "assistant", content: "" }),
    ...words.map((content) => delta({ content })),
    ...(call
      ? [delta({ tool_calls: [head] }), delta({ tool_calls: [{ index: 0, function: { arguments: call.arguments } }] })]
      : []),
    delta({}, finish(call)),
    chunk({ choices: [], usage: USAGE }),
  ];
}

function finish(call: ScriptedReply["call"]): string {
  return call ? "tool_calls" : "stop";
}

function delta(fields: object, finish_reason: string | null = null): object {
  return chunk({ choices: [{ index: 0, delta: fields, finish_reason }] });
}

function chunk(fields: object): object {
  return { id: "chatcmpl-demo", object: "chat.completion.chunk", created: 0, model: DEMO_MODEL, ...fields };
}
