/**
 * Decides whether a call that stood in the text is one: it names a declared tool, its arguments fit the tool's
 * schema, and the same call stands nowhere in the request, since a model that quotes a file must not run it.
 */
import { coerce, fitOf, losesDigits, parseObject, replyBudget } from "../../core/arguments.ts";
import type { Tool, Turn } from "../../core/turn.ts";
import type { WorkBudget } from "../../core/work-budget.ts";
import type { FoundCalls, TextCall } from "./text-call.ts";
import { Quotations } from "./quotation.ts";
import { isResidue } from "./residue.ts";

interface AcceptedCall {
  name: string;
  arguments: string;
}

/** For the calls in the text of one reply. */
export class CallAcceptance {
  private readonly turn: Turn;
  private readonly budget: WorkBudget = replyBudget();
  private readonly tools: ReadonlyMap<string, Tool>;
  private quotations: Quotations | undefined;

  constructor(turn: Turn) {
    this.turn = turn;
    this.tools = new Map(turn.tools.map((tool) => [tool.name, tool]));
  }

  /** All calls of one block, or undefined when any of them is none. */
  accept(found: FoundCalls): AcceptedCall[] | undefined {
    this.quotations ??= new Quotations(this.turn, this.tools);
    if (this.quotations.holdsWords(found)) return undefined;
    const accepted: AcceptedCall[] = [];
    for (const call of found.calls) {
      const one = this.acceptCall(call, this.quotations);
      if (!one) return undefined;
      accepted.push(one);
    }
    return accepted;
  }

  private acceptCall(call: TextCall, quotations: Quotations): AcceptedCall | undefined {
    const tool = this.tools.get(call.name);
    if (!tool) return undefined;
    const json = typeof call.arguments === "string" ? call.arguments : undefined;
    const given = typeof call.arguments === "string" ? parseObject(call.arguments) : call.arguments;
    if (!given) return undefined;
    const whole = json !== undefined && this.fits(given, tool);
    // XML-like markup has only strings, and small models write such: the schema says which of them are something else.
    const args = whole || (json !== undefined && losesDigits(json)) ? given : coerce(given, tool.parameters);
    if (!whole && !this.fits(args, tool)) return undefined;
    if (quotations.holdsCall(tool.name, args)) return undefined;
    if (!whole && json !== undefined && quotations.holdsCall(tool.name, given)) return undefined;
    return { name: tool.name, arguments: whole ? json : JSON.stringify(args) };
  }

  private fits(args: Record<string, unknown>, { parameters }: Tool): boolean {
    return fitOf(args, parameters, this.budget) === "fits";
  }
}

/** What was said, in its order. Thoughts do not count. */
export type Said =
  | { kind: "words"; text: string }
  | { kind: "found"; found: FoundCalls }
  /** A structured one, with its arguments where it came behind what may be a call. */
  | { kind: "call"; call?: GivenCall };

export interface GivenCall {
  name: string;
  arguments: string;
  dropped: boolean;
}

/** Whether a structured call says nothing, so that a call in the text may say it. */
const isEmpty = (said: Said): boolean =>
  said.kind === "call" && said.call !== undefined && /^\s*(?:\{\s*\})?\s*$/.test(said.call.arguments);

/**
 * Whether what was said ends with calls: a model that calls a tool stops there. One that goes on talking showed an
 * example, and where structured calls came the server knows the model's markup, unless they are empty.
 */
export function endsWithCalls(said: readonly Said[]): boolean {
  if (said.some((each) => each.kind === "call" && !isEmpty(each))) return false;
  const behind = (from: number): boolean =>
    said.slice(from + 1).every((each) => each.kind !== "words" || isResidue(each.text));
  const last = said.findLastIndex(({ kind }) => kind === "found");
  const strict = said.findIndex(
    (each) => each.kind === "found" && (each.found.last === true || each.found.thought !== undefined),
  );
  return last !== -1 && behind(last) && (strict === -1 || behind(strict));
}
