/** What a host has heard of a thread, in any wire's words: every call and every result, in order. */
import type { WireName } from "../../../src/core/provider.ts";
import type { Json } from "../response-rules.ts";

export interface Heard {
  stream: boolean;
  /** The last thing that the user said. */
  say: string;
  /** Name and arguments, as `[name, arguments]`. */
  calls: [name: string, args: unknown][];
  results: string[];
  /** All that the assistant said. */
  text: string;
}

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** A text, or the texts of its parts. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map((part) => (typeof part["text"] === "string" ? part["text"] : ""))
    .join("");
}

const parsed = (text: unknown): unknown => JSON.parse(String(text));

const READERS: Record<WireName, (body: Json, heard: Heard) => void> = {
  responses: (body, heard) => {
    for (const item of list(body["input"])) {
      if (item["type"] === "function_call") heard.calls.push([String(item["name"]), parsed(item["arguments"])]);
      else if (item["type"] === "function_call_output") heard.results.push(textOf(item["output"]));
      else if (item["role"] === "user") heard.say = textOf(item["content"]);
      else if (item["role"] === "assistant") heard.text += textOf(item["content"]);
    }
  },
  messages: (body, heard) => {
    for (const message of list(body["messages"])) {
      const content = message["content"];
      for (const block of list(content)) {
        if (block["type"] === "tool_use") heard.calls.push([String(block["name"]), block["input"]]);
        if (block["type"] === "tool_result") heard.results.push(textOf(block["content"]));
      }
      if (message["role"] === "assistant") heard.text += textOf(content);
      else if (textOf(content) !== "") heard.say = textOf(list(content).at(-1)?.["text"] ?? content);
    }
  },
  chat: (body, heard) => {
    for (const message of list(body["messages"])) {
      for (const call of list(message["tool_calls"])) {
        const { name, arguments: args } = call["function"] as Json;
        heard.calls.push([String(name), parsed(args)]);
      }
      if (message["role"] === "tool") heard.results.push(textOf(message["content"]));
      if (message["role"] === "assistant") heard.text += textOf(message["content"]);
      if (message["role"] === "user") heard.say = textOf(message["content"]);
    }
  },
};

export function heardBy(wire: WireName, body: Json): Heard {
  const heard: Heard = { stream: body["stream"] === true, say: "", calls: [], results: [], text: "" };
  READERS[wire](body, heard);
  return heard;
}
