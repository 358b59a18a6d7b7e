/** How much a client wants its model to think, in the words of OpenAI, OpenRouter, Anthropic, Qwen and template arguments. */
import { effortByBudget } from "../../lifting.ts";
import type { RequestBody } from "./schema.ts";

/** Fields that ask for it. */
export const EFFORT_FIELDS = [
  "reasoning_effort",
  "reasoning",
  "thinking",
  "enable_thinking",
  "thinking_budget",
  "chat_template_kwargs",
] as const satisfies (keyof RequestBody)[];

/** Of the arguments of a chat template those that do. */
export const EFFORT_ARGUMENTS: readonly string[] = ["enable_thinking", "thinking", "reasoning_effort"];

/** Where thinking is switched on and nothing says how much: OpenAI's own middle. */
const ON = "medium";

/** The first that says anything; undefined when nothing does. */
export function effortOf(body: RequestBody): string | undefined {
  return body.reasoning_effort ?? ofReasoning(body) ?? ofThinking(body) ?? ofSwitches(body);
}

function ofReasoning({ reasoning }: RequestBody): string | undefined {
  if (!reasoning) return undefined;
  const { effort, enabled, max_tokens } = reasoning;
  if (effort) return effort;
  if (enabled === false) return "none";
  if (typeof max_tokens === "number") return ofBudget(max_tokens);
  return enabled === true ? ON : undefined;
}

function ofThinking({ thinking }: RequestBody): string | undefined {
  if (!thinking) return undefined;
  if (thinking.type === "disabled") return "none";
  if (typeof thinking.budget_tokens === "number") return ofBudget(thinking.budget_tokens);
  return thinking.type === "enabled" || thinking.type === "adaptive" ? ON : undefined;
}

function ofSwitches({ enable_thinking, thinking_budget, chat_template_kwargs: kwargs }: RequestBody) {
  const told = kwargs?.reasoning_effort;
  if (typeof told === "string") return told;
  const on = enable_thinking ?? kwargs?.enable_thinking ?? kwargs?.thinking;
  if (on === false) return "none";
  if (typeof thinking_budget === "number") return ofBudget(thinking_budget);
  return on === true ? ON : undefined;
}

function ofBudget(tokens: number): string {
  return tokens <= 0 ? "none" : effortByBudget(tokens);
}
