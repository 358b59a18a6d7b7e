/** What a client has understood of an answer, read as liberally as clients do. */
import { SseDecoder } from "../../../src/core/sse.ts";
import type { Json } from "../response-rules.ts";
import type { SpokenCall } from "./spoken.ts";

export interface Understood {
  /** Ends that were told, good or bad; one is right. */
  ends: number;
  /** Words of the error that ended it. */
  error: string | undefined;
  /** It was told that something is missing (the limit, a filter). */
  incomplete: boolean;
  text: string;
  /** Calls that are announced as whole. */
  calls: SpokenCall[];
}

type Frame = Json | "[DONE]";

const none = (): Understood => ({ ends: 0, error: undefined, incomplete: false, text: "", calls: [] });
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const string = (value: unknown): string => (typeof value === "string" ? value : "");
const object = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

/** Frames that are JSON; others no client understands. */
export function framesIn(sse: string): Frame[] {
  const frames: Frame[] = [];
  const onData = (data: string): void => {
    if (data === "[DONE]") return void frames.push(data);
    try {
      frames.push(object(JSON.parse(data)));
    } catch {}
  };
  const decoder = new SseDecoder();
  decoder.push(new TextEncoder().encode(sse), onData);
  decoder.end(onData);
  return frames;
}

export function readResponses(frames: readonly Frame[]): Understood {
  const told = none();
  const announced: Json[] = [];
  for (const frame of frames) {
    if (frame === "[DONE]") continue;
    const type = string(frame["type"]);
    if (type === "response.output_text.delta") told.text += string(frame["delta"]);
    if (type === "response.output_item.done") announced.push(object(frame["item"]));
    if (type === "error") told.error ??= string(frame["message"]) || string(object(frame["error"])["message"]);
    if (!/^response\.(?:completed|incomplete|failed)$/.test(type)) continue;
    told.ends++;
    const response = object(frame["response"]);
    const error = object(response["error"]);
    if (type.endsWith("failed")) told.error ??= string(error["message"]) || "failed";
    if (type.endsWith("incomplete") || response["status"] === "incomplete") told.incomplete = true;
    if (frames.length > 1) continue;
    // A body.
    announced.push(...list(response["output"]));
    told.text = list(response["output"])
      .flatMap((item) => list(item["content"]))
      .filter((part) => part["type"] === "output_text")
      .map((part) => string(part["text"]))
      .join("");
  }
  // An error of a forwarded stream has no other end.
  if (told.ends === 0 && told.error !== undefined) told.ends = 1;
  told.calls = announced
    .filter((item) => item["type"] === "function_call" && item["status"] !== "incomplete")
    .map((item) => ({ id: string(item["call_id"]), name: string(item["name"]), args: string(item["arguments"]) }));
  return told;
}

export function readMessages(frames: readonly Frame[]): Understood {
  const told = none();
  let open: Json = {};
  let input = "";
  const whole = (block: Json, args: string): void => {
    if (block["type"] !== "tool_use") return;
    told.calls.push({ id: string(block["id"]), name: string(block["name"]), args });
  };
  for (const frame of frames) {
    if (frame === "[DONE]") continue;
    const delta = object(frame["delta"]);
    switch (frame["type"]) {
      case "whole": {
        const message = object(frame["message"]);
        for (const block of list(message["content"])) {
          if (block["type"] === "text") told.text += string(block["text"]);
          whole(block, JSON.stringify(block["input"]));
        }
        told.incomplete = /max_tokens|refusal/.test(string(message["stop_reason"]));
        break;
      }
      case "content_block_start":
        open = object(frame["content_block"]);
        told.text += string(open["text"]);
        input = "";
        break;
      case "content_block_delta":
        told.text += string(delta["text"]);
        input += string(delta["partial_json"]);
        break;
      case "content_block_stop":
        whole(open, input === "" ? JSON.stringify(open["input"] ?? {}) : input);
        open = {};
        break;
      case "message_delta":
        if (/max_tokens|refusal/.test(string(delta["stop_reason"]))) told.incomplete = true;
        break;
      case "message_stop":
        told.ends++;
        break;
      case "error":
        told.ends++;
        told.error ??= string(object(frame["error"])["message"]) || "failed";
        break;
      default:
    }
  }
  return told;
}

export function readChat(frames: readonly Frame[]): Understood {
  const told = none();
  const calls: SpokenCall[] = [];
  let finish = "";
  for (const frame of frames) {
    if (frame === "[DONE]") {
      told.ends++;
      continue;
    }
    if (frame["error"] !== undefined) {
      told.ends++;
      told.error ??= string(object(frame["error"])["message"]) || JSON.stringify(frame["error"]);
      continue;
    }
    const [choice] = list(frame["choices"]);
    finish = string(choice?.["finish_reason"]) || finish;
    const said = object(choice?.["delta"] ?? choice?.["message"]);
    told.text += string(said["content"]);
    for (const [n, piece] of list(said["tool_calls"]).entries()) {
      const { name, arguments: args } = object(piece["function"]);
      const at = typeof piece["index"] === "number" ? piece["index"] : n;
      const call = (calls[at] ??= { id: "", name: "", args: "" });
      call.id ||= string(piece["id"]);
      call.name ||= string(name);
      call.args += string(args);
    }
  }
  told.incomplete = finish === "length" || finish === "content_filter";
  // Only with a proper end a client runs them.
  if (finish !== "" && told.error === undefined) told.calls = calls.filter(Boolean);
  return told;
}
