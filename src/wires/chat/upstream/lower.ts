/** Writes a fitted history as the messages of a Chat Completions request: each assistant turn one message, text as strings. */
import type { Dialect } from "../../../core/dialect.ts";
import { textOf } from "../../../core/fit/media.ts";
import type { Item, Part, ReasoningItem } from "../../../core/turn.ts";
import { unsupported } from "../../errors.ts";
import { instructionTexts, safeArguments, systemText } from "../../lowering.ts";

export function lowerItems(instructions: readonly Item[], items: readonly Item[], dialect: Dialect): ChatMessage[] {
  const lowering = new Lowering(dialect);
  lowering.system(instructions);
  for (const item of items) lowering.item(item);
  return lowering.finish();
}

/** What an assistant turn has said so far. */
type Assistant = { reasoning: ReasoningItem[]; text: string[]; calls: ToolCall[] };

class Lowering {
  private readonly messages: ChatMessage[] = [];
  private readonly dialect: Dialect;
  private assistant: Assistant | undefined;
  /** Names of the tools by the ids of their calls. */
  private readonly names = new Map<string, string>();

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  system(instructions: readonly Item[]): void {
    const texts = instructionTexts(instructions, systemText).filter((text) => text !== "");
    if (texts.length > 0) this.messages.push({ role: "system", content: texts.join("\n\n") });
  }

  item(item: Item): void {
    switch (item.type) {
      case "message":
        if (item.role === "assistant") return void this.said().text.push(textOf(item.parts));
        this.closeAssistant();
        this.messages.push(
          item.role === "user"
            ? { role: "user", content: joined(item.parts.map(contentPart)) }
            : { role: "system", content: systemText(item.parts) },
        );
        return;
      case "reasoning":
        return void this.said().reasoning.push(item);
      case "tool_call":
        this.names.set(item.call_id, item.name);
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
    return this.messages;
  }

  private said(): Assistant {
    return (this.assistant ??= { reasoning: [], text: [], calls: [] });
  }

  private closeAssistant(): void {
    const said = this.assistant;
    this.assistant = undefined;
    const words = said?.text.filter((text) => text !== "").join("\n\n") ?? "";
    if (!said || (words === "" && said.calls.length === 0)) return;
    const { fields, prefix, parts } = lowerReasoning(said.reasoning);
    const { required_reasoning_field: required, empty_content: none } = this.dialect;
    const beside = { ...fields, ...(required !== "" && { [required]: fields[required] ?? "" }) };
    let text = prefix + words;
    if (said.calls.length === 0)
      return void this.messages.push({ role: "assistant", content: contentOf(text, parts), ...beside });
    if (this.dialect.text_with_calls === "before" && text !== "" && parts.length === 0) {
      this.messages.push({ role: "assistant", content: text });
      text = "";
    }
    const empty = text === "" && parts.length === 0;
    this.messages.push({
      role: "assistant",
      ...beside,
      ...(!(empty && none === "absent") && { content: empty && none === "null" ? null : contentOf(text, parts) }),
      tool_calls: withExtras(said.calls, said.reasoning),
    });
  }

  private result(tool_call_id: string, parts: readonly Part[]): void {
    const name = this.dialect.tool_result_name ? this.names.get(tool_call_id) : undefined;
    const content = textOf(parts);
    this.messages.push({ role: "tool", tool_call_id, content, ...(name !== undefined && { name }) });
  }
}

function contentOf(text: string, parts: readonly object[]): string | object[] {
  return parts.length === 0 ? text : [...parts, ...(text === "" ? [] : [{ type: "text", text }])];
}

/** Text as one string where there is nothing else: some upstreams take no parts, and others cut a message into one per part. */
function joined(parts: readonly ContentPart[]): string | ContentPart[] {
  // A part that says nothing makes many upstreams refuse the whole.
  if (!parts.every((part) => part.type === "text"))
    return parts.filter((part) => part.type !== "text" || part.text !== "");
  return parts.map((part) => part.text).join("\n\n");
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
      if (part.data === undefined)
        throw unsupported(
          `the upstream cannot fetch the file at ${part.url ?? "?"}; send its content as \`file_data\``,
        );
      return { type: "file", file: { ...(part.filename && { filename: part.filename }), file_data: part.data } };
  }
}

type ContentPart =
  | { type: "text"; text: string }
  | { type: "image_url"; image_url: { url: string; detail?: string } }
  | { type: "file"; file: { filename?: string; file_data: string } };

interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
  extra_content?: unknown;
}

interface AssistantMessage {
  role: "assistant";
  content?: string | object[] | null;
  tool_calls?: readonly ToolCall[];
  [reasoning: string]: unknown;
}

export type ChatMessage =
  | { role: "system" | "user"; content: string | ContentPart[] }
  | AssistantMessage
  | { role: "tool"; tool_call_id: string; name?: string; content: string };

interface LoweredReasoning {
  /** Beside the content. */
  fields: Record<string, unknown>;
  /** Before the text of the content. */
  prefix: string;
  /** Before the text, which then is a part of a list. */
  parts: object[];
}

const NOTHING: LoweredReasoning = { fields: {}, prefix: "", parts: [] };

function lowerReasoning(reasoning: readonly ReasoningItem[]): LoweredReasoning {
  const known = reasoning.filter((item) => item.origin !== undefined && item.origin.field !== "extra_content");
  const field = known[0]?.origin?.field;
  // One message has thoughts of one form only.
  const same = known.filter((item) => item.origin?.field === field);
  const text = same.map((item) => item.text).join("\n");
  switch (field) {
    case undefined:
    case "thinking_blocks":
    case "responses":
    case "extra_content":
      return NOTHING;
    case "think":
      return { ...NOTHING, prefix: `<think>${text}</think>\n\n` };
    case "thinking":
      return { ...NOTHING, parts: [{ type: "thinking", thinking: [{ type: "text", text }], closed: true }] };
    case "reasoning_details": {
      const details = same.flatMap((item) => item.origin?.details ?? [{ type: "reasoning.text", text: item.text }]);
      return { ...NOTHING, fields: { reasoning_details: details } };
    }
    default:
      return { ...NOTHING, fields: { [field]: text } };
  }
}

/** What hung on these calls goes back with them. */
function withExtras(calls: readonly ToolCall[], reasoning: readonly ReasoningItem[]): readonly ToolCall[] {
  const extras = new Map<unknown, unknown>();
  for (const item of reasoning) {
    if (item.origin?.field !== "extra_content") continue;
    for (const { call_id, extra_content } of item.origin.details ?? []) extras.set(call_id, extra_content);
  }
  if (extras.size === 0) return calls;
  return calls.map((call) => (extras.has(call.id) ? { ...call, extra_content: extras.get(call.id) } : call));
}
