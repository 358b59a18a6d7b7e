/** Every text that bytes of a host can be said to hold as arguments of a call, read as generously as possible. */
import type { WireName } from "../../../src/core/provider.ts";
import type { Json } from "../../support/response-rules.ts";
import { framesIn } from "../../support/ways/understood.ts";

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const object = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

/** Texts that grow, by some name. */
class Growing {
  private readonly texts = new Map<string, string>();
  readonly all: string[] = [];

  add(key: unknown, piece: unknown): void {
    const text = (this.texts.get(String(key)) ?? "") + (typeof piece === "string" ? piece : "");
    this.texts.set(String(key), text);
    this.all.push(text);
  }

  begin(key: unknown): void {
    this.texts.set(String(key), "");
    this.all.push("");
  }
}

export function callsHeld(wire: WireName, sse: string): string[] {
  const growing = new Growing();
  for (const frame of framesIn(sse)) {
    if (frame === "[DONE]") continue;
    if (wire === "chat") {
      const [choice] = list(frame["choices"]);
      for (const call of list(object(choice?.["delta"])["tool_calls"])) {
        const { name, arguments: args } = object(call["function"]);
        if (typeof name === "string") growing.begin(call["index"]);
        growing.add(call["index"], args);
      }
    } else if (wire === "messages") {
      const delta = object(frame["delta"]);
      // Events and deltas of unknown kinds are passed over, as the protocol wants it.
      const known = frame["type"] === "content_block_delta" && delta["type"] === "input_json_delta";
      if (frame["type"] === "content_block_start") growing.begin(frame["index"]);
      growing.add(`generous ${String(frame["index"])}`, delta["partial_json"]);
      if (known) growing.add(frame["index"], delta["partial_json"]);
    } else {
      if (frame["type"] === "response.function_call_arguments.delta") growing.add(frame["item_id"], frame["delta"]);
      growing.add(`generous ${String(frame["item_id"])}`, frame["delta"]);
      for (const text of [frame["arguments"], object(frame["item"])["arguments"]])
        if (typeof text === "string") growing.all.push(text);
      for (const item of list(object(frame["response"])["output"])) growing.all.push(String(item["arguments"]));
    }
  }
  return growing.all;
}
