/** Lifts the messages of a Messages request into the neutral form. Roles need not alternate, and may say nothing. */
import { append } from "../../../core/append.ts";
import { objectOf } from "../../../core/json.ts";
import { nameOf, parseAt } from "../../../core/parse.ts";
import { unsealReasoning } from "../../../core/reasoning-tag.ts";
import type { MessageItem, Part } from "../../../core/turn.ts";
import { callIdOf, SEARCH_NAME, searchItems } from "../../hosted.ts";
import { HistoryLifter, textParts } from "../../lifting.ts";
import { partOf, partsOf } from "./lift-parts.ts";
import type { ToolTable } from "./lift-tools.ts";
import * as schema from "./schema.ts";
import { foundIn, type Sources } from "./search-tool.ts";

/** Begins the block that Claude Code 2.1.330 puts before all else for Anthropic's bookkeeping. */
export const BILLING = "x-anthropic-billing-header:";

export class MessageLifter extends HistoryLifter<ToolTable> {
  /** What was found. */
  readonly sources: Sources = new Map();
  /** Of the message that says it last; Claude Code says it anew with each turn. */
  effort: string | undefined;
  /** What was searched for, by the id of the call. */
  private readonly queries = new Map<string, string>();

  /** Without Claude Code's billing line, which stands first and differs per session: no prompt cache would ever hit. */
  system(system: schema.RequestBody["system"]): void {
    const parts = partsOf(system, "system", this.ignored).filter(
      (part) => part.type !== "text" || !part.text.startsWith(BILLING),
    );
    this.message("system", parts);
  }

  lift(messages: readonly Record<string, unknown>[]): void {
    for (const [i, given] of messages.entries()) {
      const at = `messages[${i}]`;
      const { role, content, output_config } = parseAt(schema.MessageInput, given, at);
      if (output_config?.effort) this.effort = output_config.effort;
      if (typeof content === "string") this.message(role, textParts(content));
      else if (content) this.blocks(role, content, `${at}.content`);
    }
  }

  /** Content that follows one another is one message; what else stands between divides it. */
  private blocks(role: MessageItem["role"], blocks: readonly schema.Block[], at: string): void {
    let said: Part[] = [];
    const flush = (): void => {
      this.message(role, said);
      said = [];
    };
    for (const [i, block] of blocks.entries()) {
      const place = `${at}[${i}]`;
      const parts = partOf(block, place, this.ignored) ?? this.toolChange(block, place);
      if (parts) append(said, parts);
      else {
        flush();
        this.other(block, place);
      }
    }
    flush();
  }

  private other(block: schema.Block, at: string): void {
    switch (block.type) {
      case "tool_use": {
        const { id, name, input } = parseAt(schema.ToolUseBlock, block, at);
        return this.call(id, this.table.flatName(undefined, name), argumentsOf(input));
      }
      case "tool_result":
        return this.toolResult(block, at);
      case "server_tool_use":
        return this.serverCall(block, at);
      case "web_search_tool_result":
        return this.searched(block, at);
      case "thinking":
        return this.thinking(block, at);
      case "redacted_thinking":
        return this.ignore(at, "redacted_thinking", FOREIGN);
      default:
        this.ignore(at, nameOf(block.type), "this upstream knows no block of this type");
    }
  }

  private toolResult(block: schema.Block, at: string): void {
    const { tool_use_id, content, is_error } = parseAt(schema.ToolResultBlock, block, at);
    const parts = partsOf(content, `${at}.content`, this.ignored);
    if (is_error && !saysError(parts)) parts.unshift({ type: "text", text: "The tool reports an error:" });
    this.result(tool_use_id, parts);
  }

  /** A search is told where its results stand. */
  private serverCall(block: schema.Block, at: string): void {
    const { id, name, input } = parseAt(schema.ServerToolUse, block, at);
    const query = input?.query;
    if (name === SEARCH_NAME && typeof query === "string") this.queries.set(id, query);
    else this.ignore(at, "server_tool_use", "this upstream knows no block of this type");
  }

  private searched(block: schema.Block, at: string): void {
    const { tool_use_id, content } = parseAt(schema.SearchToolResult, block, at);
    const query = this.queries.get(tool_use_id);
    const found = query === undefined ? undefined : foundIn(content, query);
    if (found) {
      for (const result of found.results) this.sources.set(result.url, result);
      append(this.items, searchItems(callIdOf(tool_use_id), found));
    } else this.ignore(at, "web_search_tool_result", "another server has found it, and sealed it for itself");
  }

  private thinking(block: schema.Block, at: string): void {
    const { signature } = parseAt(schema.ThinkingBlock, block, at);
    const ours = signature ? unsealReasoning(signature) : undefined;
    if (ours) this.items.push(ours);
    else this.ignore(at, "thinking", FOREIGN);
  }

  /** Tools that came or went in mid-conversation; what they are is declared, and that they are is told in place. */
  private toolChange(block: schema.Block, at: string): Part[] | undefined {
    if (block.type !== "tool_addition" && block.type !== "tool_removal") return undefined;
    const { tool } = parseAt(schema.ToolChange, block, at);
    const given = tool.definition?.name;
    const name = typeof given === "string" ? given : (tool.tool_name ?? tool.name ?? "");
    if (block.type === "tool_removal") this.table.remove(name);
    else if (tool.definition) this.table.declareOne(tool.definition, `${at}.tool.definition`);
    const now = block.type === "tool_removal" ? "cannot be called any more" : "can be called now";
    return textParts(`The tool \`${name}\` ${now}.`);
  }
}

const FOREIGN = "another server's model thought it, so this upstream cannot use it";

function saysError(parts: readonly Part[]): boolean {
  const first = parts[0];
  return first?.type === "text" && /^\s*(?:<tool_use_error>|error\b)/i.test(first.text);
}

/** Arguments that Claude Code could not read come back in a frame of its own (2.1.330); they are what the model wrote. */
const UNREADABLE = "__unparsedToolInput";

function argumentsOf(input: unknown): string {
  const { raw } = objectOf(objectOf(input)[UNREADABLE]);
  return typeof raw === "string" ? raw : JSON.stringify(input ?? {});
}
