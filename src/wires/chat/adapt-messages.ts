/** Canonical messages in the form that one upstream's dialect asks for. Each message's form depends on it and those before. */
import type { Dialect } from "../../core/dialect.ts";
import { ShimError } from "../../core/errors.ts";
import { shortHash } from "../../core/hash.ts";
import type {
  AssistantMessage,
  ChatMessage,
  ContentPart,
  SystemMessage,
  ToolCall,
  ToolMessage,
  UserMessage,
} from "./upstream/body.ts";
import { joined } from "./upstream/lower.ts";

export function adaptMessages(messages: readonly ChatMessage[], dialect: Dialect): ChatMessage[] {
  const adapted = new Adapted(dialect);
  for (const [i, message] of messages.entries()) {
    if (message.role === "system" && i > 0) adapted.lateSystem(message);
    else if (message.role === "user") adapted.user(message.content);
    else if (message.role === "assistant") adapted.assistant(message);
    else if (message.role === "tool") adapted.result(message);
    else adapted.add(message);
  }
  return adapted.finish();
}

class Adapted {
  private readonly messages: ChatMessage[] = [];
  /** The user's last message, while more may join it. */
  private joining: Joined | undefined;
  private readonly dialect: Dialect;
  /** Names of the calls whose results may come, by the ids that are sent. */
  private readonly names = new Map<string, string>();
  /** Calls that wait for the result of the one before them, the next one last. */
  private waiting: AssistantMessage[] = [];

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  add(message: ChatMessage): void {
    this.joining?.close();
    this.joining = undefined;
    this.messages.push(message);
  }

  lateSystem({ content }: SystemMessage): void {
    if (this.dialect.late_system_role === "user") return this.user(marked(content));
    if (typeof content !== "string") throw textOnly();
    this.add({ role: "system", content });
  }

  user(content: string | ContentPart[]): void {
    const parts = partsOf(content);
    if (!this.dialect.image_urls) refuseUrls(parts);
    const { bridge_after_tool, merge_user_messages } = this.dialect;
    if (this.joining && merge_user_messages) return this.joining.add(parts);
    if (this.messages.at(-1)?.role === "tool" && bridge_after_tool !== "")
      this.add({ role: "assistant", content: bridge_after_tool });
    const message: UserMessage = { role: "user", content };
    this.add(message);
    this.joining = new Joined(message);
  }

  assistant(message: AssistantMessage): void {
    const { required_reasoning_field: required } = this.dialect;
    const said = { ...message };
    if (required !== "") said[required] ??= "";
    if (!said.tool_calls) return this.add(said);
    const calls = said.tool_calls.map((call) => this.named(call));
    const text = said.content;
    if (this.dialect.text_with_calls === "before" && typeof text === "string" && text !== "") {
      this.add({ role: "assistant", content: text });
      said.content = null;
    }
    this.calls(said, calls);
  }

  private calls(said: AssistantMessage, calls: readonly ToolCall[]): void {
    if (!this.dialect.one_call_per_message) return this.push({ ...said, tool_calls: calls });
    const [first, ...others] = calls;
    if (first) this.push({ ...said, tool_calls: [first] });
    this.waiting = others
      .map((call) => ({ role: "assistant" as const, content: null, tool_calls: [call] }))
      .toReversed();
  }

  private push({ content, tool_calls, ...fields }: AssistantMessage): void {
    this.add({
      ...fields,
      ...contentBeside(content, this.dialect.empty_content),
      ...(tool_calls && { tool_calls }),
    });
  }

  private named(call: ToolCall): ToolCall {
    const id = sentId(call.id, this.dialect.tool_call_id);
    this.names.set(id, call.function.name);
    return id === call.id ? call : { ...call, id };
  }

  result(message: ToolMessage): void {
    const tool_call_id = sentId(message.tool_call_id, this.dialect.tool_call_id);
    const name = this.dialect.tool_result_name ? this.names.get(tool_call_id) : undefined;
    this.add({ ...message, tool_call_id, ...(name !== undefined && { name }) });
    const next = this.waiting.pop();
    if (next) this.push(next);
  }

  finish(): ChatMessage[] {
    this.joining?.close();
    return this.messages;
  }
}

/** Neighbours that become one message. Texts are joined at the end only: else many of them would take a square of time. */
class Joined {
  private readonly message: UserMessage;
  private texts: string[] = [];
  /** Once there is more than text. */
  private parts: ContentPart[] | undefined;
  private single = true;

  constructor(message: UserMessage) {
    this.message = message;
    this.take(partsOf(message.content));
  }

  add(parts: readonly ContentPart[]): void {
    this.single = false;
    this.take(parts);
  }

  close(): void {
    if (!this.single) this.message.content = this.parts ?? this.words;
  }

  private get words(): string {
    return this.texts.join("\n\n");
  }

  private take(parts: readonly ContentPart[]): void {
    if (!this.parts && parts.every(isText)) {
      for (const { text } of parts) this.texts.push(text);
      return;
    }
    this.parts ??= this.texts.length > 0 ? [{ type: "text", text: this.words }] : [];
    for (const part of parts) this.parts.push(part);
  }
}

function contentBeside(
  content: AssistantMessage["content"],
  none: Dialect["empty_content"],
): Pick<AssistantMessage, "content"> {
  if (content !== null && content !== undefined) return { content };
  return none === "absent" ? {} : { content: none === "null" ? null : "" };
}

function partsOf(content: string | ContentPart[]): ContentPart[] {
  if (typeof content !== "string") return content;
  return content === "" ? [] : [{ type: "text", text: content }];
}

function isText(part: ContentPart): part is Extract<ContentPart, { type: "text" }> {
  return part.type === "text";
}

/** What the developer says later on, told by the user. */
function marked(content: string | ContentPart[]): string | ContentPart[] {
  const parts = partsOf(content);
  const words = parts.filter(isText).map((part) => part.text);
  const text = `<developer_message>\n${words.join("\n")}\n</developer_message>`;
  return joined([{ type: "text", text }, ...parts.filter((part) => !isText(part))]);
}

function textOnly(): ShimError {
  return new ShimError(
    "unsupported",
    "a system or developer message to this upstream can hold text only; put images and files into a user message",
  );
}

/** Nothing is fetched on the upstream's behalf: an address in a prompt must not make this machine ask for it. */
function refuseUrls(parts: readonly ContentPart[]): void {
  const url = parts.find((part) => part.type === "image_url" && !part.image_url.url.startsWith("data:"));
  if (url)
    throw new ShimError("unsupported", "this upstream fetches no images; send the image itself as a `data:` URL");
}

/** The same id always becomes the same, so that call and result stay together and prompts keep their beginning. */
function sentId(id: string, form: Dialect["tool_call_id"]): string {
  if (form === "alnum9") return /^[a-zA-Z0-9]{9}$/.test(id) ? id : (shortHash(id) + shortHash(`${id}9`)).slice(0, 9);
  return form === "max40" && id.length > 40 ? `${id.slice(0, 31)}_${shortHash(id)}` : id;
}
