/**
 * Lowers a turn to the body of a Chat Completions request, in the form that every host takes: one leading system
 * message, text as strings, each assistant turn one message, each call answered at once. The same turn gives the
 * same text always, and a longer history begins with the text of the shorter one, so that prompt caches hold.
 */
import { parseObject } from "../../core/arguments.ts";
import type { Dialect } from "../../core/dialect.ts";
import { ShimError } from "../../core/errors.ts";
import { pairHistory } from "../../core/history.ts";
import type { TakeNote } from "../../core/notes.ts";
import type { FilePart, ImagePart, Item, Part, ReasoningItem, Turn } from "../../core/turn.ts";
import type { Lowered, Surroundings } from "../wire.ts";
import { lowerSettings, lowerTool, schemaInWords } from "./lower-settings.ts";
import { lowerReasoning, withExtras, type ToolCall } from "./lower-reasoning.ts";

type ContentPart =
  | { type: "text"; text: string }
  | { type: "image_url"; image_url: { url: string; detail?: string } }
  | { type: "file"; file: { filename?: string; file_data: string } };

export type ChatMessage =
  | { role: "system"; content: string }
  | { role: "user"; content: string | ContentPart[] }
  | {
      role: "assistant";
      content: string | object[] | null;
      tool_calls?: readonly ToolCall[];
      [reasoning: string]: unknown;
    }
  | { role: "tool"; tool_call_id: string; content: string };

export function lowerTurn(turn: Turn, dialect: Dialect, around: Surroundings): Lowered {
  const { items, settings } = schemaInWords(turn, dialect);
  const head = { model: turn.model, ...(turn.tools.length > 0 && { tools: turn.tools.map(lowerTool) }) };
  const messages = JSON.stringify(lowerItems(own(items, turn.model, around.note), dialect, around.note));
  const rest = {
    ...lowerSettings(settings, dialect, turn.tools.length > 0),
    stream: true,
    stream_options: { include_usage: true },
    ...(dialect.return_progress && { return_progress: true }),
  };
  // Tools stand before the messages, as they do in the prompt: a longer history then begins with the shorter one.
  const prompt = `${JSON.stringify(head).slice(0, -1)},"messages":${messages}`;
  return { body: wellFormed(`${prompt},${JSON.stringify(rest).slice(1)}`), prompt_end: prompt.length - 1 };
}

/** Thoughts of another model mean nothing to this one. */
function own(items: readonly Item[], model: string, note: TakeNote): Item[] {
  return items.filter((item) => {
    const thinker = item.type === "reasoning" ? item.origin?.model : undefined;
    if (thinker === undefined || thinker === model) return true;
    note("foreign_reasoning", thinker);
    return false;
  });
}

/** Half a surrogate pair, which JSON can hold only as an escape, makes most servers refuse the whole body. */
function wellFormed(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replaceAll(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (escape) => (escape.length === 2 ? escape : "\\ufffd"));
}

export function lowerItems(items: readonly Item[], dialect: Dialect, note: TakeNote): ChatMessage[] {
  const lowering = new Lowering(dialect);
  const paired = pairHistory(items, (repair) => note("history_repaired", repair));
  const firstOther = paired.findIndex((item) => item.type !== "message" || item.role !== "system");
  const head = firstOther === -1 ? paired : paired.slice(0, firstOther);
  lowering.system(head);
  for (const item of paired.slice(head.length)) lowering.item(item);
  return lowering.finish();
}

/** What an assistant turn has said so far. */
interface Assistant {
  reasoning: ReasoningItem[];
  text: string[];
  calls: ToolCall[];
}

class Lowering {
  private readonly dialect: Dialect;
  private readonly messages: ChatMessage[] = [];
  private assistant: Assistant | undefined;
  /** Images of the assistant and of tool results: only a user message can hold them, after the whole block. */
  private images: ContentPart[] = [];

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  system(head: readonly Item[]): void {
    const texts = head
      .map((item) => (item.type === "message" ? systemText(item.parts) : ""))
      .filter((text) => text !== "");
    if (texts.length > 0) this.messages.push({ role: "system", content: texts.join("\n\n") });
  }

  item(item: Item): void {
    switch (item.type) {
      case "message":
        if (item.role === "assistant") this.assistantSaid(item.parts);
        else if (item.role === "user") this.user(item.parts.map(contentPart));
        else this.lateSystem(item.parts);
        return;
      case "reasoning":
        this.said().reasoning.push(item);
        return;
      case "tool_call":
        this.said().calls.push({
          id: item.call_id,
          type: "function",
          function: { name: item.name, arguments: safeArguments(item.arguments) },
        });
        return;
      case "tool_result":
        this.closeAssistant();
        return this.result(item.call_id, item.parts);
    }
  }

  finish(): ChatMessage[] {
    this.closeAssistant();
    this.flushImages();
    return this.messages;
  }

  private assistantSaid(parts: readonly Part[]): void {
    const media = parts.filter(isMedia);
    this.said().text.push(textOf(parts));
    if (media.length > 0) this.images.push({ type: "text", text: "Made by the assistant:" }, ...media.map(contentPart));
  }

  private said(): Assistant {
    this.flushImages();
    this.assistant ??= { reasoning: [], text: [], calls: [] };
    return this.assistant;
  }

  private closeAssistant(): void {
    const said = this.assistant;
    this.assistant = undefined;
    const words = said?.text.filter((text) => text !== "").join("\n\n") ?? "";
    if (!said || (words === "" && said.calls.length === 0)) return;
    const { fields, prefix, parts } = lowerReasoning(said.reasoning);
    const text = prefix + words;
    const none = this.dialect.empty_content === "null" ? null : "";
    const content = text === "" && said.calls.length > 0 ? none : text;
    this.messages.push({
      role: "assistant",
      content: parts.length === 0 ? content : [...parts, ...(text === "" ? [] : [{ type: "text", text }])],
      ...fields,
      ...(said.calls.length > 0 && { tool_calls: withExtras(said.calls, said.reasoning) }),
    });
  }

  private result(call_id: string, parts: readonly Part[]): void {
    const media = parts.filter(isMedia);
    const text = textOf(parts);
    if (media.length === 0) return void this.messages.push({ role: "tool", tool_call_id: call_id, content: text });
    const note = `(${media.length === 1 ? "its attachment follows" : `its ${media.length} attachments follow`} in the next user message)`;
    this.messages.push({
      role: "tool",
      tool_call_id: call_id,
      content: text === "" ? note : `${text}\n${note}`,
    });
    this.images.push({ type: "text", text: `Attached to the output of call ${call_id}:` }, ...media.map(contentPart));
  }

  private flushImages(): void {
    const images = this.images;
    if (images.length === 0) return;
    this.images = [];
    this.user(images);
  }

  private lateSystem(parts: readonly Part[]): void {
    if (this.dialect.late_system_role === "user") {
      const text = `<developer_message>\n${textOf(parts)}\n</developer_message>`;
      return this.user([{ type: "text", text }, ...parts.filter(isMedia).map(contentPart)]);
    }
    const text = systemText(parts);
    this.closeAssistant();
    this.flushImages();
    this.messages.push({ role: "system", content: text });
  }

  private user(parts: ContentPart[]): void {
    this.closeAssistant();
    this.flushImages();
    const last = this.messages.at(-1);
    if (this.dialect.merge_user_messages && last?.role === "user") last.content = joined(last.content, parts);
    else this.messages.push({ role: "user", content: joined("", parts) });
  }
}

/** Text as one string where there is nothing else: some hosts take no parts, and others cut a message into one per part. */
function joined(before: string | ContentPart[], parts: readonly ContentPart[]): string | ContentPart[] {
  const all: ContentPart[] =
    typeof before === "string" ? (before === "" ? [] : [{ type: "text", text: before }]) : before;
  const whole = [...all, ...parts];
  if (whole.every((part) => part.type === "text")) return whole.map((part) => part.text).join("\n\n");
  return whole;
}

function contentPart(part: Part): ContentPart {
  switch (part.type) {
    case "text":
    case "refusal":
      return { type: "text", text: part.text };
    case "image": {
      const detail = part.detail === "original" ? "high" : part.detail;
      return { type: "image_url", image_url: { url: part.url, ...(detail && { detail }) } };
    }
    case "file":
      if (part.data === undefined) {
        throw new ShimError(
          "unsupported",
          `the upstream cannot fetch the file at ${part.url ?? "?"}; send its content as \`file_data\``,
        );
      }
      return {
        type: "file",
        file: { ...(part.filename && { filename: part.filename }), file_data: part.data },
      };
  }
}

function isMedia(part: Part): part is ImagePart | FilePart {
  return part.type === "image" || part.type === "file";
}

function systemText(parts: readonly Part[]): string {
  if (parts.some(isMedia)) {
    throw new ShimError(
      "unsupported",
      "a system or developer message to this upstream can hold text only; put images and files into a user message",
    );
  }
  return textOf(parts);
}

function textOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.type === "text" || part.type === "refusal")
    .map((part) => part.text)
    .join("\n");
}

/**
 * Arguments go back verbatim when they are what they should be. Broken ones would make many hosts refuse the
 * whole history (llama-server 500, Ollama 400), so they travel as a string within an object.
 */
function safeArguments(text: string): string {
  if (text.trim() === "") return "{}";
  return parseObject(text) ? text : JSON.stringify({ unparsed_arguments: text });
}
