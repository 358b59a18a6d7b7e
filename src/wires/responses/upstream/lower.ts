/**
 * Lowers a turn's history to the instructions and input items of a Responses request. The same history gives the same
 * text always, and a longer one begins with the shorter one's, so that prompt caches hold.
 */
import { append } from "../../../core/append.ts";
import { parseObject } from "../../../core/arguments.ts";
import type { Dialect } from "../../../core/dialect.ts";
import { ShimError } from "../../../core/errors.ts";
import { shortHash } from "../../../core/hash.ts";
import { pairHistory } from "../../../core/history.ts";
import type { TakeNote } from "../../../core/notes.ts";
import { inSpokenOrder } from "../../../core/spoken-order.ts";
import type { FilePart, ImagePart, Item, MessageItem, Part } from "../../../core/turn.ts";
import { thoughtsOf } from "./lower-reasoning.ts";
import type { GivenMessage, InputItem, InputPart, SaidPart, Thought } from "./body.ts";

type LowerDialect = Pick<Dialect, "image_urls" | "late_system_role" | "merge_user_messages">;

export interface LoweredItems {
  instructions: string[];
  input: InputItem[];
}

/**
 * What the system says at the head becomes `instructions`: hosts put them first whatever else they do, and those that
 * render a template get one system message. The rest stays where it is said.
 */
export function lowerItems(items: readonly Item[], dialect: LowerDialect, note: TakeNote): LoweredItems {
  const paired = inSpokenOrder(
    pairHistory(items, (repair) => note("history_repaired", repair)),
    items,
  );
  const firstOther = paired.findIndex((item) => !isPlainSystem(item));
  const head = (firstOther === -1 ? paired : paired.slice(0, firstOther)).filter(isPlainSystem);
  const lowering = new Lowering(dialect);
  for (const item of paired.slice(head.length)) lowering.item(item);
  return {
    instructions: head.map(({ parts }) => textOf(parts)).filter((text) => text.trim() !== ""),
    input: lowering.finish(),
  };
}

function isPlainSystem(item: Item): item is MessageItem {
  return item.type === "message" && item.role === "system" && !item.parts.some(isMedia);
}

class Lowering {
  private readonly dialect: LowerDialect;
  private readonly input: InputItem[] = [];
  /** Thoughts that nothing has followed yet. One that led to nothing stays away: hosts refuse it. */
  private thoughts: Thought[] = [];
  /** Images of the assistant: only a user message can hold them, after the results of its calls. */
  private images: InputPart[] = [];
  /** Calls that are not answered yet. */
  private open = 0;

  constructor(dialect: LowerDialect) {
    this.dialect = dialect;
  }

  item(item: Item): void {
    switch (item.type) {
      case "message":
        if (item.role === "assistant") return this.assistant(item);
        return item.role === "user" ? this.given("user", this.partsOf(item.parts)) : this.lateSystem(item.parts);
      case "reasoning":
        append(this.thoughts, thoughtsOf(item));
        return;
      case "tool_call":
        this.said({
          type: "function_call",
          call_id: sentId(item.call_id),
          name: item.name,
          arguments: safeArguments(item.arguments),
        });
        this.open++;
        return;
      case "tool_result":
        this.thoughts = [];
        this.open--;
        this.input.push({
          type: "function_call_output",
          call_id: sentId(item.call_id),
          // The text is one string, as the tool wrote it, unless something else stands beside it.
          output: item.parts.some(isMedia) ? this.partsOf(item.parts) : textOf(item.parts),
        });
    }
  }

  finish(): InputItem[] {
    this.flushImages();
    return this.input;
  }

  private assistant({ parts, phase }: MessageItem): void {
    const content = parts.flatMap(saidPart);
    if (content.length > 0) this.said({ type: "message", role: "assistant", content, ...(phase && { phase }) });
    const media = this.partsOf(parts.filter(isMedia));
    if (media.length > 0) this.images.push({ type: "input_text", text: "Made by the assistant:" }, ...media);
  }

  private said(item: InputItem): void {
    if (this.open === 0 && this.input.at(-1)?.type === "function_call_output") this.flushImages();
    append(this.input, this.thoughts);
    this.input.push(item);
    this.thoughts = [];
  }

  private given(role: GivenMessage["role"], content: InputPart[]): void {
    this.thoughts = [];
    this.flushImages();
    this.message(role, content);
  }

  private lateSystem(parts: readonly Part[]): void {
    if (this.dialect.late_system_role === "system") return this.given("developer", this.partsOf(parts));
    const words = textOf(parts);
    const text = `<developer_message>\n${words}\n</developer_message>`;
    const told: InputPart[] = words.trim() === "" ? [] : [{ type: "input_text", text }];
    this.given("user", [...told, ...this.partsOf(parts.filter(isMedia))]);
  }

  private flushImages(): void {
    const content = this.images;
    this.images = [];
    this.message("user", content);
  }

  /** Templates of some models refuse two messages of the user in a row. */
  private message(role: GivenMessage["role"], content: InputPart[]): void {
    if (content.length === 0) return;
    const last = this.input.at(-1);
    const joins = this.dialect.merge_user_messages && role === "user" && last?.type === "message" && last.role === role;
    if (joins) append(last.content, content);
    else this.input.push({ type: "message", role, content });
  }

  private partsOf(parts: readonly Part[]): InputPart[] {
    return parts.flatMap((part) => inputPart(part, this.dialect.image_urls));
  }
}

function inputPart(part: Part, imageUrls: boolean): InputPart[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" ? [] : [{ type: "input_text", text: part.text }];
    case "image":
      // Nothing is fetched on the upstream's behalf: an address in a prompt must not make this machine ask for it.
      if (!imageUrls && !part.url.startsWith("data:"))
        throw new ShimError("unsupported", "this upstream fetches no images; send the image itself as a `data:` URL");
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

function isMedia(part: Part): part is ImagePart | FilePart {
  return part.type === "image" || part.type === "file";
}

function textOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.type === "text" || part.type === "refusal")
    .map((part) => part.text)
    .join("\n");
}

const MAX_CALL_ID = 64;

/** The same id always becomes the same, so that call and result stay together and prompts keep their beginning. */
function sentId(id: string): string {
  if (id.length <= MAX_CALL_ID) return id;
  const mark = shortHash(id);
  return `${id.slice(0, MAX_CALL_ID - mark.length - 1)}_${mark}`;
}

/**
 * Arguments go back verbatim when they are what they should be. Broken ones make hosts that render a template refuse
 * the whole history, so they travel as a string within an object.
 */
function safeArguments(text: string): string {
  if (text.trim() === "") return "{}";
  return parseObject(text) ? text : JSON.stringify({ unparsed_arguments: text });
}
