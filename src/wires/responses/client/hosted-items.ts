/** Tells the client of hosted calls as items of a Responses response, with the events that OpenAI's stream has for them. */
import type { Source } from "../../../core/citations.ts";
import { finishedArguments } from "../../../core/finished-call.ts";
import type { TakeNote } from "../../../core/notes.ts";
import type { Item } from "../../../core/turn.ts";
import type { WorkBudget } from "../../../core/work-budget.ts";
import { foundBy, queryFor } from "../../hosted.ts";
import type { HostedCall, HostedOutcome, HostedReporter, McpHosted } from "../../hosted.ts";
import type { EventWriter } from "./events.ts";
import { itemsOfMcp, type McpCallText } from "./mcp-items.ts";
import type { McpTable } from "./mcp-tools.ts";
import type { RequestBody } from "./schema.ts";
import { itemsOfSearch, sealSearch, type Search } from "./search-items.ts";

interface ReporterOptions {
  body: RequestBody;
  events: EventWriter;
  mcp: McpTable;
  /** A new id for the item that comes next. */
  itemId(prefix: string): string;
  /** Grows by what is found; texts are looked through for them. */
  sources: Map<string, Source>;
  /** For what is checked of all calls. */
  budget: WorkBudget;
  note: TakeNote;
}

export class ItemReporter implements HostedReporter {
  private readonly options: ReporterOptions;
  /** Of the call that is being told, and its arguments as they are told. */
  private id = "";
  private arguments = "";

  constructor(options: ReporterOptions) {
    this.options = options;
  }

  listed(): void {
    const { events, itemId, mcp } = this.options;
    for (const { label, listed } of mcp.told) {
      const id = itemId("mcpl");
      const place = events.place(id);
      const item = { id, type: "mcp_list_tools", server_label: label };
      events.added(JSON.stringify({ ...item, tools: [] }));
      events.event("response.mcp_list_tools.in_progress", place);
      const failed = "error" in listed;
      const tools = failed ? { tools: [], error: listed.error } : { tools: listed.tools };
      events.event(`response.mcp_list_tools.${failed ? "failed" : "completed"}`, place);
      events.done(JSON.stringify({ ...item, ...tools }));
    }
    mcp.told.length = 0;
  }

  begin(call: HostedCall): string {
    this.arguments = call.arguments;
    if (call.tool.kind === "mcp") this.beginMcp(call, call.tool);
    else this.beginSearch(call);
    return this.arguments;
  }

  end(call: HostedCall, outcome: HostedOutcome): Item[] {
    return call.tool.kind === "mcp" ? this.endMcp(call, call.tool, outcome) : this.endSearch(call, outcome);
  }

  askApproval(call: HostedCall): void {
    if (call.tool.kind !== "mcp") return;
    const { events, itemId } = this.options;
    const { wish, name } = call.tool;
    const args = this.checked(call, call.tool);
    const head = { id: itemId("mcpr"), type: "mcp_approval_request", arguments: args, name, server_label: wish.label };
    const item = JSON.stringify({ ...head, ...hungOn(call) });
    events.added(item);
    events.done(item);
  }

  private beginMcp(call: HostedCall, tool: McpHosted): void {
    const { events, itemId } = this.options;
    this.id = itemId("mcp");
    // What a user has approved is run as it was approved.
    if (call.approved === undefined) this.arguments = this.checked(call, tool);
    const place = events.place(this.id);
    const args = JSON.stringify(this.arguments);
    events.added(this.mcpItem(call, tool, "in_progress", { arguments: "", output: null, error: null }));
    events.event("response.mcp_call.in_progress", place);
    events.event("response.mcp_call_arguments.delta", `${place},"delta":${args}`);
    events.event("response.mcp_call_arguments.done", `${place},"arguments":${args}`);
  }

  private endMcp(call: HostedCall, tool: McpHosted, outcome: HostedOutcome): Item[] {
    const { events } = this.options;
    const failed = outcome.kind === "failed";
    const told = {
      arguments: this.arguments,
      output: outcome.kind === "called" ? outcome.output : null,
      error: failed ? (outcome.details ?? { type: "http_error" as const, code: 0, message: outcome.error }) : null,
    };
    const status = failed ? "failed" : "completed";
    events.event(`response.mcp_call.${status}`, events.place(this.id));
    events.done(this.mcpItem(call, tool, status, told));
    return itemsOfMcp({ id: this.id, label: tool.wish.label, name: tool.name, ...told, ...hungOn(call) });
  }

  private checked({ arguments: args }: HostedCall, { name, parameters }: McpHosted): string {
    const { budget, note } = this.options;
    return finishedArguments(name, args, parameters, budget, note);
  }

  private mcpItem(
    call: HostedCall,
    { name, wish }: McpHosted,
    status: string,
    { arguments: args, output, error }: Pick<McpCallText, "arguments" | "output" | "error">,
  ): string {
    const head = { id: this.id, type: "mcp_call", status, approval_request_id: call.approved ?? null };
    const hung = status === "in_progress" ? {} : hungOn(call);
    return JSON.stringify({ ...head, arguments: args, error, name, output, server_label: wish.label, ...hung });
  }

  private beginSearch(call: HostedCall): void {
    const { events, itemId } = this.options;
    this.id = itemId("ws");
    const place = events.place(this.id);
    events.added(this.searchItem(queryFor(call), "in_progress"));
    events.event("response.web_search_call.in_progress", place);
    events.event("response.web_search_call.searching", place);
  }

  private endSearch(call: HostedCall, outcome: HostedOutcome): Item[] {
    const { body, events, sources } = this.options;
    const failed = outcome.kind === "failed";
    const search: Search = { id: this.id, ...foundBy(call, outcome) };
    for (const { url, title } of search.results) sources.set(url, { url, title });
    if (!failed) events.event("response.web_search_call.completed", events.place(this.id));
    events.done(this.searchItem(search.query, failed ? "failed" : "completed", search));
    if (isSealed(body)) this.seal(search);
    return itemsOfSearch(search);
  }

  private searchItem(query: string, status: string, found?: Search): string {
    const { body } = this.options;
    const { include } = body;
    const with_sources = found && include?.includes("web_search_call.action.sources");
    const action = {
      type: "search",
      query,
      queries: [query],
      ...(with_sources && { sources: found.results.map(({ url }) => ({ type: "url", url })) }),
    };
    // Who keeps the history must keep what was found, or the model forgets what it has read.
    const keep = found && (include?.includes("web_search_call.results") || !isSealed(body));
    return JSON.stringify({
      id: this.id,
      type: "web_search_call",
      status,
      action,
      ...(keep && { results: found.results, ...(found.error !== undefined && { error: found.error }) }),
      ...(keep && found.hanging && { hanging: found.hanging }),
    });
  }

  private seal(search: Search): void {
    const { events, itemId } = this.options;
    const id = itemId("rs");
    const begun = { id, type: "reasoning", status: "in_progress", summary: [] };
    events.added(JSON.stringify(begun));
    events.done(JSON.stringify({ ...begun, status: "completed", encrypted_content: sealSearch(search) }));
  }
}

const hungOn = ({ hanging }: HostedCall): Pick<HostedCall, "hanging"> => (hanging ? { hanging } : {});

function isSealed({ include }: RequestBody): boolean {
  return include?.includes("reasoning.encrypted_content") ?? false;
}
