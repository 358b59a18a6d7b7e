/** Lifts the messages of a Chat request into the neutral form. */
import { append } from "../../../core/append.ts";
import type { ShimError } from "../../../core/errors.ts";
import { wrapFreeform } from "../../../core/freeform.ts";
import { missing, nameOf, parseAt } from "../../../core/parse.ts";
import type { FilePart, ImagePart, Part } from "../../../core/turn.ts";
import { invalid, unsupported } from "../../errors.ts";
import { argumentsText, DETAILS, HistoryLifter, liftParts, storedFile } from "../../lifting.ts";
import { liftExtra, liftReasoning } from "./lift-reasoning.ts";
import * as schema from "./schema.ts";
import type { ToolTable } from "./tools.ts";

export class MessageLifter extends HistoryLifter<ToolTable> {
  /** Legacy calls have no ids: those that wait for their result, by name. The oldest comes first. */
  private readonly legacy = new Map<string, Set<string>>();

  lift(messages: readonly Record<string, unknown>[]): void {
    for (const [i, message] of messages.entries()) this.liftOne(message, `messages[${i}]`, i);
  }

  private liftOne(message: Record<string, unknown>, at: string, i: number): void {
    switch (message.role) {
      case "system":
      case "developer":
        return this.spoken("system", message, at);
      case "user":
        return this.spoken("user", message, at);
      case "assistant":
        return this.assistant(parseAt(schema.AssistantMessage, message, at), at, i);
      case "tool": {
        const { tool_call_id, name, content } = parseAt(schema.ToolMessage, message, at);
        return this.result(tool_call_id, this.parts(content, `${at}.content`), name);
      }
      case "function":
        return this.legacyResult(message, at);
      default: {
        const is = message.role === undefined ? "is missing" : `is wrong: ${nameOf(message.role)}`;
        const words = `\`${at}.role\` ${is}; there are system, developer, user, assistant and tool`;
        throw invalid(words, `${at}.role`);
      }
    }
  }

  private spoken(role: "system" | "user", message: Record<string, unknown>, at: string): void {
    const { content, name } = parseAt(schema.SpokenMessage, message, at);
    this.listName(name, at);
    this.message(role, this.parts(content, `${at}.content`));
  }

  private assistant(message: schema.AssistantMessage, at: string, i: number): void {
    this.listName(message.name, at);
    append(this.items, liftReasoning(message));
    const said = this.parts(message.content, `${at}.content`);
    if (message.refusal) said.push({ type: "refusal", text: message.refusal });
    this.message("assistant", said);
    if (message.audio)
      this.ignore(`${at}.audio`, "audio", "it is stored at OpenAI, where this upstream cannot reach it");
    for (const [k, call] of (message.tool_calls ?? []).entries()) this.toolCall(call, `${at}.tool_calls[${k}]`);
    if (message.function_call) this.legacyCall(message.function_call, i);
  }

  private toolCall(call: schema.ToolCall, at: string): void {
    const call_id = call.id ?? "";
    if (call.custom) this.called(call_id, call.custom.name, wrapFreeform(call.custom.input ?? ""));
    else if (call.function) this.called(call_id, call.function.name, argumentsText(call.function.arguments));
    else throw missing(`${at}.function`);
    if (call.extra_content) this.items.push(liftExtra(call_id, call.extra_content));
  }

  private called(call_id: string, name: string, args: string): void {
    this.call(call_id, this.table.flatName(undefined, name), args);
  }

  /** The id depends on the place alone, so that the same history always has the same ids. */
  private legacyCall(call: NonNullable<schema.AssistantMessage["function_call"]>, i: number): void {
    const call_id = `call_at_${i}`;
    const waiting = this.legacy.get(call.name);
    if (waiting) waiting.add(call_id);
    else this.legacy.set(call.name, new Set([call_id]));
    this.called(call_id, call.name, call.arguments ?? "");
  }

  private legacyResult(message: Record<string, unknown>, at: string): void {
    const { content, name } = parseAt(schema.ToolMessage, message, at);
    const waiting = this.legacy.get(name ?? "");
    const [call_id = ""] = waiting ?? [];
    waiting?.delete(call_id);
    this.result(call_id, this.parts(content, `${at}.content`), name);
  }

  private parts(content: string | readonly schema.ContentPart[] | null | undefined, at: string): Part[] {
    return liftParts(content, at, (part, place) => this.part(part, place));
  }

  private part(part: schema.ContentPart, at: string): Part | undefined {
    switch (part.type) {
      case "text":
      case "input_text":
      case "output_text":
        return part.text ? { type: "text", text: part.text } : undefined;
      case "refusal":
        return part.refusal ? { type: "refusal", text: part.refusal } : undefined;
      case "image_url":
      case "input_image":
        return imagePart(part, at);
      case "file":
      case "input_file":
        return filePart(part, at);
      case "thinking": // Read with the rest of what the model thought.
        return undefined;
      case "input_audio":
      case "audio_url":
        throw untranslatable("audio", at);
      case "video_url":
        throw untranslatable("video", at);
      default:
        this.ignore(at, nameOf(part.type), "this upstream knows no content of this type");
        return undefined;
    }
  }

  private listName(name: string | null | undefined, at: string): void {
    if (name) this.ignore(`${at}.name`, name, "names of speakers are not carried over; write them into the text");
  }
}

/** To leave it out would answer another question. */
function untranslatable(medium: string, at: string): ShimError {
  return unsupported(`\`${at}\` is ${medium}, which cannot be translated for this upstream; send text`, at);
}

function imagePart(part: schema.ContentPart, at: string): ImagePart {
  const image = typeof part.image_url === "string" ? { url: part.image_url, detail: part.detail } : part.image_url;
  if (!image?.url) throw missing(`${at}.image_url`);
  const detail = DETAILS.find((each) => each === image.detail);
  return { type: "image", url: image.url, ...(detail && { detail }) };
}

/** Some upstreams take an address in place of the content. */
function filePart({ file }: schema.ContentPart, at: string): FilePart {
  const data = file?.file_data;
  if (file?.file_id && !data) throw storedFile(`${at}.file.file_id`, "OpenAI", "its content as `file_data`");
  if (!file || !data) throw missing(`${at}.file.file_data`);
  return {
    type: "file",
    ...(file.filename && { filename: file.filename }),
    ...(/^https?:/i.test(data) ? { url: data } : { data }),
  };
}
