/** The text of a finished tool call, for every client wire: checked, repaired when unambiguous, noted. */
import { assurePatch, isPatchGrammar } from "./apply-patch.ts";
import { assureArguments, withoutPlaceholder } from "./arguments.ts";
import { unwrapFreeform } from "./freeform.ts";
import { withoutResidue } from "./text-calls/argument-residue.ts";
import type { TakeNote } from "./notes.ts";
import type { WorkBudget } from "./work-budget.ts";

/** Arguments of a function. `name` is the tool's, for the note; the budget is that of all calls of the reply. */
export function finishedArguments(
  name: string,
  args: string,
  schema: Record<string, unknown> | undefined,
  budget: WorkBudget,
  note: TakeNote,
): string {
  const { text, outcome } = assureArguments(cutResidue(name, args, note), schema, budget);
  if (outcome !== "valid") note(`arguments_${outcome}`, name);
  // Some of their values were repaired, others could not be.
  if (text !== args && (outcome === "invalid" || outcome === "unproved")) note("arguments_coerced", name);
  return text;
}

/** The raw text of a freeform call, which its model wrote as arguments of a function. */
export function finishedInput(name: string, args: string, grammar: string | undefined, note: TakeNote): string {
  const whole = cutResidue(name, args, note);
  const input = unwrapFreeform(withoutPlaceholder(whole) ?? whole).toWellFormed();
  if (!isPatchGrammar(grammar)) {
    if (grammar !== undefined) note("grammar_unchecked", name);
    return input;
  }
  const { text, outcome } = assurePatch(input);
  if (outcome !== "valid") note(`patch_${outcome}`, name);
  return text;
}

function cutResidue(name: string, args: string, note: TakeNote): string {
  const text = withoutResidue(args);
  if (text === undefined) return args;
  note("residue_cut", name);
  return text;
}
