/**
 * Writes a fitted history as the instructions and input items of a Responses request. What the system says at the head
 * becomes `instructions`: upstreams put them first whatever else they do, and those that render a template get one system
 * message. The rest stays where it is said.
 */
import { append } from "../../../core/append.ts";
import { isMedia, textOf } from "../../../core/fit/media.ts";
import { shortHash } from "../../../core/hash.ts";
import type { Item, MessageItem, Part } from "../../../core/turn.ts";
import { safeArguments } from "../../lowering.ts";
import type { InputItem, InputPart, SaidPart, Thought } from "./body.ts";
import { thoughtsOf } from "./lower-reasoning.ts";

export function lowerItems(items: readonly Item[]): InputItem[] {
  const lowering = new Lowering();
  for (const item of items) lowering.item(item);
  return lowering.input;
}

class Lowering {
  readonly input: InputItem[] = [];
  /** Thoughts that nothing has followed yet. One that led to nothing stays away: upstreams refuse it. */
  private thoughts: Thought[] = [];

  item(item: Item): void {
    switch (item.type) {
      case "message":
        return item.role === "assistant" ? this.assistant(item) : this.given(item);
      case "reasoning":
        append(this.thoughts, thoughtsOf(item));
        return;
      case "tool_call":
        return this.said({
          type: "function_call",
          call_id: sentId(item.call_id),
          name: item.name,
          arguments: safeArguments(item.arguments),
        });
      case "tool_result":
        this.thoughts = [];
        this.input.push({
          type: "function_call_output",
          call_id: sentId(item.call_id),
          // The text is one string, as the tool wrote it, unless something else stands beside it.
          output: item.parts.some(isMedia) ? item.parts.flatMap(inputPart) : textOf(item.parts),
        });
    }
  }

  private assistant({ parts, phase }: MessageItem): void {
    const content = parts.flatMap(saidPart);
    if (content.length > 0) this.said({ type: "message", role: "assistant", content, ...(phase && { phase }) });
  }

  private said(item: InputItem): void {
    append(this.input, this.thoughts);
    this.input.push(item);
    this.thoughts = [];
  }

  private given({ role, parts }: MessageItem): void {
    this.thoughts = [];
    const content = parts.flatMap(inputPart);
    if (content.length > 0) this.input.push({ type: "message", role: role === "user" ? "user" : "developer", content });
  }
}

function inputPart(part: Part): InputPart[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" ? [] : [{ type: "input_text", text: part.text }];
    case "image":
      // The API knows no image without it.
      return [{ type: "input_image", image_url: part.url, detail: part.detail ?? "auto" }];
    case "file": {
      const { filename, data, url } = part;
      return [
        {
          type: "input_file",
          ...(filename && { filename }),
          ...(data === undefined ? url !== undefined && { file_url: url } : { file_data: data }),
        },
      ];
    }
  }
}

function saidPart(part: Part): SaidPart[] {
  if (isMedia(part) || part.text === "") return [];
  return [part.type === "refusal" ? { type: "refusal", refusal: part.text } : { type: "output_text", text: part.text }];
}

const MAX_CALL_ID = 64;

/** The same id always becomes the same, so that call and result stay together and prompts keep their beginning. */
function sentId(id: string): string {
  if (id.length <= MAX_CALL_ID) return id;
  const mark = shortHash(id);
  return `${id.slice(0, MAX_CALL_ID - mark.length - 1)}_${mark}`;
}
