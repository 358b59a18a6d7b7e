/** What all wires do alike when they lift a client's body into a turn. */
import { DEFAULT_DIALECT, EFFORTS } from "../core/dialect.ts";
import { ShimError } from "../core/errors.ts";
import type { Nullish } from "../core/json.ts";
import { missing } from "../core/parse.ts";
import type {
  Ignored,
  Item,
  JsonSchemaFormat,
  MessageItem,
  Part,
  Settings,
  TextFormat,
  TextPart,
} from "../core/turn.ts";
import { invalid, unsupported } from "./errors.ts";

/** Lifts a history, item by item. */
export class HistoryLifter<Table> {
  readonly items: Item[] = [];
  protected readonly table: Table;
  protected readonly ignored: Ignored[];

  constructor(table: Table, ignored: Ignored[]) {
    this.table = table;
    this.ignored = ignored;
  }

  protected ignore(field: string, what: string, why: string): void {
    this.ignored.push({ field, what, why });
  }

  /** A message that says nothing has no meaning for a model, and many upstreams refuse it. */
  protected message(role: MessageItem["role"], parts: Part[], phase?: MessageItem["phase"] | null): void {
    if (parts.length > 0) this.items.push({ type: "message", role, parts, ...(phase && { phase }) });
  }

  protected call(call_id: string | null | undefined, name: string, args: string): void {
    this.items.push({ type: "tool_call", call_id: call_id ?? "", name, arguments: args });
  }

  protected result(call_id: string | null | undefined, parts: Part[], name?: string | null): void {
    this.items.push({ type: "tool_result", call_id: call_id ?? "", ...(name && { name }), parts });
  }
}

export function textParts(text: string): TextPart[] {
  return text === "" ? [] : [{ type: "text", text }];
}

/** The parts of a text or a list, each with its place; those that `lift` makes nothing of are left out. */
export function liftParts<Given>(
  content: string | readonly Given[] | null | undefined,
  at: string,
  lift: (part: Given, at: string) => Part | readonly Part[] | undefined,
): Part[] {
  if (typeof content === "string") return textParts(content);
  return (content ?? []).flatMap((part, i) => lift(part, `${at}[${i}]`) ?? []);
}

/** Arguments that a client sends as an object, not as text. */
export function argumentsText(args: string | object | null | undefined): string {
  return typeof args === "object" ? JSON.stringify(args ?? {}) : (args ?? "");
}

/** How closely a model is to look at an image. */
export const DETAILS = ["auto", "low", "high", "original"] as const;

export function storedFile(param: string, owner: string, way_out: string): ShimError {
  const words = `\`${param}\` names a file stored at ${owner}, which this upstream cannot reach; send ${way_out}`;
  return unsupported(words, param);
}

type Numbers = Pick<Settings, "temperature" | "top_p" | "presence_penalty" | "frequency_penalty">;

/** Settings that all wires call alike. */
export function samplingOf(body: Nullish<Numbers>): Numbers {
  const { temperature, top_p, presence_penalty, frequency_penalty } = body;
  return {
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof top_p === "number" && { top_p }),
    ...(typeof presence_penalty === "number" && { presence_penalty }),
    ...(typeof frequency_penalty === "number" && { frequency_penalty }),
  };
}

/** The greatest effort whose usual budget is within this one. */
export function effortByBudget(tokens: number): string {
  const budgets = DEFAULT_DIALECT.effort_budgets;
  return EFFORTS.findLast((effort) => (budgets[effort] ?? Infinity) <= tokens) ?? "minimal";
}

/** Throws where the schema is missing; `at` is the place of the format. */
export function schemaFormat(
  format: Nullish<Omit<JsonSchemaFormat, "type">> | null | undefined,
  at: string,
): TextFormat {
  const { name, description, schema, strict } = format ?? {};
  if (!schema) throw missing(`${at}.schema`);
  return {
    type: "json_schema",
    name: name || "response",
    schema,
    ...(description && { description }),
    ...(typeof strict === "boolean" && { strict }),
  };
}

/** Throws where the history holds nothing that a model could answer. */
export function refuseUnanswerable(
  items: readonly Item[],
  field: string,
  verb: string,
  says: (item: Item) => boolean,
): void {
  if (items.some((item) => item.type !== "reasoning" && says(item))) return;
  throw invalid(`\`${field}\` ${verb} nothing that a model could answer`, field);
}

/** What a tool choice names must be declared. */
export function notAmongTools(at: string, name: string, tools: string): ShimError {
  return invalid(`\`${at}\` names \`${name}\`, which is not among ${tools}`, at);
}
