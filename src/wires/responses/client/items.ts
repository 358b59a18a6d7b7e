/** Lifts the items of a Responses `input` into the neutral form. */
import { append } from "../../../core/append.ts";
import type { Source } from "../../../core/citations.ts";
import { wrapFreeform } from "../../../core/freeform.ts";
import { objectsIn } from "../../../core/json.ts";
import { missing, nameOf, parseAt, textOf } from "../../../core/parse.ts";
import { unsealReasoning } from "../../../core/reasoning-tag.ts";
import type { ImagePart, Part } from "../../../core/turn.ts";
import { unsupported } from "../../errors.ts";
import { argumentsText, DETAILS, HistoryLifter, liftParts, storedFile, textParts } from "../../lifting.ts";
import { unsealCompaction } from "./compaction.ts";
import { McpHistory, toolsIn } from "./mcp-items.ts";
import * as schema from "./schema.ts";
import { itemsOfSearch, searchIn, unsealSearch, type Search } from "./search-items.ts";
import type { ToolTable } from "./tools.ts";

export class ItemLifter extends HistoryLifter<ToolTable> {
  /** Pages that searches have found, by address. */
  readonly sources = new Map<string, Source>();
  /** Calls of MCP servers; set when a list of items is lifted. */
  mcp: McpHistory | undefined;
  /** Ids of searches whose results are sealed in items of their own. */
  private sealed: ReadonlySet<string> | undefined;

  lift(input: string | readonly Record<string, unknown>[]): void {
    if (typeof input === "string") return this.message("user", textParts(input));
    if (input.some(({ type }) => typeof type === "string" && type.startsWith("mcp_")))
      this.mcp = new McpHistory(input, (label) => this.table.mcp.has(label));
    if (input.some(({ type }) => type === "web_search_call")) this.sealed = sealedSearches(input);
    for (const [i, item] of input.entries()) this.liftItem(item, `input[${i}]`);
  }

  private liftItem(item: Record<string, unknown>, at: string): void {
    const type = item.type ?? (item.role === undefined ? undefined : "message");
    switch (type) {
      case "message":
        return this.messageItem(item, at);
      case "reasoning":
        return this.reasoning(item, at);
      case "function_call": {
        const call = parseAt(schema.FunctionCallInput, item, at);
        return this.call(call.call_id, this.table.flatName(call.namespace, call.name), argumentsText(call.arguments));
      }
      case "custom_tool_call": {
        const call = parseAt(schema.CustomCallInput, item, at);
        return this.call(call.call_id, this.table.flatName(call.namespace, call.name), wrapFreeform(call.input ?? ""));
      }
      case "tool_search_call": {
        const call = parseAt(schema.ToolSearchCallInput, item, at);
        return this.call(call.call_id, this.table.toolSearchName, JSON.stringify(call.arguments ?? {}));
      }
      case "function_call_output":
      case "custom_tool_call_output": {
        const { call_id, name, output } = parseAt(schema.CallOutputInput, item, at);
        return this.result(call_id, this.parts(output, `${at}.output`), name);
      }
      case "tool_search_output":
        return this.searchOutput(item, at);
      case "additional_tools": // Declared before the items are lifted.
      case "compaction_trigger": // Seen by the exchange, which asks for a summary.
        return;
      case "compaction":
        return this.compaction(item, at);
      case "mcp_list_tools":
      case "mcp_call":
      case "mcp_approval_request":
      case "mcp_approval_response":
        return this.mcpItem(String(type), item, at);
      case "web_search_call":
        return this.searchCall(item, at);
      case "agent_message":
        return this.agentMessage(item, at);
      case "item_reference":
        throw unsupported(
          `\`${at}\` refers to a stored item, and this server stores none; send the item itself (with \`store: false\` most SDKs do)`,
          at,
        );
      case undefined:
        throw missing(`${at}.type`);
      default:
        this.ignore(at, nameOf(type), "this upstream knows no item of this type");
    }
  }

  private messageItem(item: Record<string, unknown>, at: string): void {
    const { role, content, phase } = parseAt(schema.MessageInput, item, at);
    const parts = this.parts(content, `${at}.content`);
    if (role === "assistant") this.message(role, parts, phase);
    else this.message(role === "developer" ? "system" : role, parts);
  }

  private reasoning(item: Record<string, unknown>, at: string): void {
    const { encrypted_content } = parseAt(schema.ReasoningInput, item, at);
    const ours = encrypted_content ? unsealReasoning(encrypted_content) : undefined;
    const search = encrypted_content && !ours ? unsealSearch(encrypted_content) : undefined;
    if (ours) this.items.push(ours);
    else if (search) this.search(search);
    else this.ignore(at, "reasoning", "it comes from another server, so this upstream cannot use it");
  }

  private mcpItem(type: string, item: Record<string, unknown>, at: string): void {
    if (type === "mcp_call") append(this.items, this.mcp?.call(item, at) ?? []);
    else if (type === "mcp_approval_request") append(this.items, this.mcp?.request(item, at) ?? []);
    else if (type === "mcp_approval_response") this.mcp?.response(item, at);
    else {
      const list = toolsIn(item, at);
      if (list) this.table.mcp.remember(list.label, list.tools);
    }
  }

  private searchCall(item: Record<string, unknown>, at: string): void {
    // It is told where its results stand.
    if (typeof item.id === "string" && this.sealed?.has(item.id)) return;
    const search = searchIn(item);
    if (search) return this.search(search);
    this.ignore(at, "web_search_call", "it does not say what was found");
  }

  private search(search: Search): void {
    for (const { url, title } of search.results) this.sources.set(url, { url, title });
    append(this.items, itemsOfSearch(search));
  }

  private compaction(item: Record<string, unknown>, at: string): void {
    const { encrypted_content } = parseAt(schema.ReasoningInput, item, at);
    const ours = encrypted_content ? unsealCompaction(encrypted_content) : undefined;
    if (ours) this.items.push(ours);
    else this.ignore(at, "compaction", "it comes from another server, so this upstream cannot read it");
  }

  private searchOutput(item: Record<string, unknown>, at: string): void {
    const { call_id, tools } = parseAt(schema.ToolsInput, item, at);
    this.result(call_id, textParts(JSON.stringify({ tools_now_callable: toolNames(tools ?? [], this.table) })));
  }

  private agentMessage(item: Record<string, unknown>, at: string): void {
    const { author, content } = parseAt(schema.AgentMessageInput, item, at);
    const said = (content ?? []).map((part) => part.text ?? part.encrypted_content ?? "").join("\n");
    const from = JSON.stringify(author ?? "unknown");
    this.message("user", textParts(`<agent_message author=${from}>\n${said}\n</agent_message>`));
  }

  private parts(content: string | readonly schema.ContentPart[] | null | undefined, at: string): Part[] {
    return liftParts(content, at, (part, place) => this.part(part, place));
  }

  private part(part: schema.ContentPart, at: string): Part | undefined {
    switch (part.type) {
      case "input_text":
      case "output_text":
      case "text":
      case "summary_text":
      case "reasoning_text":
        return part.text ? { type: "text", text: part.text } : undefined;
      case "refusal":
        return part.refusal ? { type: "refusal", text: part.refusal } : undefined;
      case "input_image":
        return this.image(part, at);
      case "input_file":
        if (part.file_id) throw storedFile(`${at}.file_id`, "OpenAI", "its content");
        if (!part.file_data && !part.file_url) throw missing(`${at}.file_data`);
        return {
          type: "file",
          ...(part.filename && { filename: part.filename }),
          ...(part.file_data && { data: part.file_data }),
          ...(part.file_url && { url: part.file_url }),
        };
      default:
        this.ignore(at, part.type, "this upstream knows no content of this type");
        return undefined;
    }
  }

  private image({ image_url, file_id, detail: asked }: schema.ContentPart, at: string): ImagePart {
    const url = typeof image_url === "object" ? image_url?.url : image_url;
    if (!url) throw file_id ? storedFile(`${at}.file_id`, "OpenAI", "its content") : missing(`${at}.image_url`);
    const detail = DETAILS.find((each) => each === asked);
    if (asked && !detail) this.ignore(`${at}.detail`, nameOf(asked), "no such detail is known");
    return { type: "image", url, ...(detail && { detail }) };
  }
}

function sealedSearches(input: readonly Record<string, unknown>[]): Set<string> {
  const sealed = input.flatMap((item) => (item.type === "reasoning" ? textOf(item.encrypted_content) : []));
  return new Set(sealed.flatMap((text) => unsealSearch(text)?.id ?? []));
}

/** Flat names of the tools in a search result, namespaces opened. */
function toolNames(tools: readonly Record<string, unknown>[], table: ToolTable, namespace?: string): string[] {
  return tools.flatMap((tool) => {
    const name = textOf(tool.name);
    if (tool.type === "namespace" && Array.isArray(tool.tools)) return toolNames(objectsIn(tool.tools), table, name);
    return name === "" ? [] : [table.flatName(namespace, name)];
  });
}
