/** Calls of MCP servers in a Responses history: each item holds all that the model has read of it. */
import { objectsIn, type Loose } from "../../../core/json.ts";
import { parseAt, textOf } from "../../../core/parse.ts";
import type { Item } from "../../../core/turn.ts";
import { invalid } from "../../errors.ts";
import { callIdOf, hangingIn, hangingItems, type Hanging, type McpTool } from "../../hosted.ts";
import { textParts } from "../../lifting.ts";
import { mcpFlatName } from "./mcp-tools.ts";
import { McpApprovalRequestInput, McpApprovalResponseInput, McpCallInput, McpListInput } from "./schema.ts";

type McpCall = { label: string; name: string; arguments: string; hanging?: Hanging };

export interface McpCallText extends McpCall {
  /** Of the item. */
  id: string;
  output: string | null;
  /** As a `McpError`, or what a client sends for one. */
  error: Loose<"type" | "message" | "content"> | null;
}

/** A call that its user has approved, and that is to be run. */
interface Approved extends McpCall {
  request: string;
}

export function itemsOfMcp(call: McpCallText): Item[] {
  return pair(call, call.error ? `The call failed: ${errorText(call.error)}` : (call.output ?? ""));
}

function pair(
  { id, label, name, arguments: args, hanging }: Omit<McpCallText, "output" | "error">,
  text: string,
): Item[] {
  const call_id = callIdOf(id);
  return [
    ...hangingItems(call_id, hanging),
    { type: "tool_call", call_id, name: mcpFlatName(label, name), arguments: args },
    { type: "tool_result", call_id, parts: textParts(text) },
  ];
}

function errorText({ type, message, content }: NonNullable<McpCallText["error"]>): string {
  if (type !== "mcp_tool_execution_error") return textOf(message);
  const texts = objectsIn(content).flatMap(({ text }) => (typeof text === "string" ? [text] : []));
  return texts.length > 0 ? texts.join("\n") : JSON.stringify(content ?? null);
}

/** The MCP items of one input, which refer to one another. */
export class McpHistory {
  readonly approved: Approved[] = [];
  private readonly answers = new Map<string, { approve: boolean; reason: string | undefined }>();
  private readonly ran = new Set<string>();
  private readonly requests = new Set<string>();
  private readonly canRun: (label: string) => boolean;

  constructor(input: readonly Record<string, unknown>[], canRun: (label: string) => boolean) {
    this.canRun = canRun;
    for (const [i, item] of input.entries()) {
      if (item.type === "mcp_approval_request" && typeof item.id === "string") this.requests.add(item.id);
      if (item.type === "mcp_call" && typeof item.approval_request_id === "string")
        this.ran.add(item.approval_request_id);
      if (item.type !== "mcp_approval_response") continue;
      const { approval_request_id, approve, reason } = parseAt(McpApprovalResponseInput, item, `input[${i}]`);
      this.answers.set(approval_request_id, { approve, reason: reason ?? undefined });
    }
  }

  call(item: Record<string, unknown>, at: string): Item[] {
    const { id, server_label: label, name, arguments: args, output, error } = parseAt(McpCallInput, item, at);
    const failed = typeof error === "string" ? { type: "http_error", code: 0, message: error } : error;
    const hanging = hangingIn(item.hanging);
    const call = { id, label, name, arguments: args, ...(hanging && { hanging }) };
    return itemsOfMcp({ ...call, output: output ?? null, error: failed ?? null });
  }

  /** Nothing where the call that it asked for comes later, or is still to be run. */
  request(item: Record<string, unknown>, at: string): Item[] {
    const { id, server_label: label, name, arguments: args } = parseAt(McpApprovalRequestInput, item, at);
    if (this.ran.has(id)) return [];
    const answer = this.answers.get(id);
    const hanging = hangingIn(item.hanging);
    const call = { id, label, name, arguments: args, ...(hanging && { hanging }) };
    if (!answer) return pair(call, "The user has not said yet whether this call may run. It did not run.");
    const reason = answer.reason ? ` They say: ${answer.reason}` : "";
    if (!answer.approve) return pair(call, `The user did not let this call run.${reason}`);
    if (!this.canRun(label)) return pair(call, "The user approved this call, but the server is not there any more.");
    this.approved.push({ request: id, ...call });
    return [];
  }

  response(item: Record<string, unknown>, at: string): void {
    const { approval_request_id } = parseAt(McpApprovalResponseInput, item, at);
    if (this.requests.has(approval_request_id)) return;
    const param = `${at}.approval_request_id`;
    const words = `\`${param}\` answers a request that is not in the input; send the mcp_approval_request item too`;
    throw invalid(words, param);
  }
}

/** The tools in a list of the history; undefined for a list that failed. */
export function toolsIn(item: Record<string, unknown>, at: string): { label: string; tools: McpTool[] } | undefined {
  const { server_label: label, tools, error } = parseAt(McpListInput, item, at);
  if (error) return undefined;
  const read = tools.map(({ name, description, input_schema, annotations }) => ({
    name,
    description: description ?? null,
    input_schema: input_schema ?? {},
    annotations: annotations ?? null,
  }));
  return { label, tools: read };
}
