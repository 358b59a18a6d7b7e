/** The tools of a Chat request: functions, legacy functions and freeform (custom) tools. */
import { nameOf, parseAt } from "../../../core/parse.ts";
import { FlatTools, type DeclaredTool } from "../../tools.ts";
import { CustomTool, FunctionTool } from "./schema.ts";

type ChatTool = DeclaredTool<"custom">;

export class ToolTable extends FlatTools<"custom"> {
  declare(tools: readonly Record<string, unknown>[]): void {
    for (const [i, tool] of tools.entries()) this.declareOne(tool, `tools[${i}]`);
  }

  /** The older form, without a type around each. */
  declareLegacy(functions: readonly Record<string, unknown>[]): void {
    for (const [i, each] of functions.entries()) this.declareFunction(each, `functions[${i}]`, `functions[${i}]`);
  }

  private declareOne(tool: Record<string, unknown>, at: string): void {
    const { type, custom } = tool;
    // Some clients put the name beside the type, as in the Responses API.
    const inner = tool.function ?? (tool.name === undefined ? undefined : tool);
    if ((type === "function" || type === undefined) && inner !== undefined)
      this.declareFunction(inner, inner === tool ? at : `${at}.function`, at);
    else if (type === "function") this.declareFunction(undefined, `${at}.function`, at);
    else if (type === "custom") this.declareCustom(custom, at);
    else {
      this.ignore(at, nameOf(type), "a hosted tool: this upstream cannot run it");
    }
  }

  private declareFunction(value: unknown, inner: string, at: string): void {
    this.addFunction(parseAt(FunctionTool, value, inner), at);
  }

  private declareCustom(value: unknown, at: string): void {
    const { format, ...tool } = parseAt(CustomTool, value, `${at}.custom`);
    this.addFreeform("custom", { ...tool, format: format?.grammar }, at);
  }

  protected override repeat(_: ChatTool, { name }: ChatTool, at: string): void {
    this.ignore(at, name, "a tool of this name is declared already");
  }
}
