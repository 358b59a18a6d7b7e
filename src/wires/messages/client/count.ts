/** `POST /v1/messages/count_tokens`: what is to be counted. How many tokens it has, the upstream or an estimate says. */
import { promptCharacters } from "../../../core/estimate.ts";
import type { Turn } from "../../../core/turn.ts";
import { liftRequest } from "./lift.ts";
import { threadOf } from "./thread.ts";

interface CountRequest {
  turn: Turn;
  /** Length of the prompt's text, for where no upstream's own body can be measured. */
  characters: number;
  thread?: string;
}

export function liftCount(json: unknown): CountRequest {
  const { turn } = liftRequest(json);
  const thread = threadOf(json);
  const text = JSON.stringify([turn.tools, turn.items]);
  return { turn, characters: promptCharacters(text, text.length), ...(thread !== undefined && { thread }) };
}

export function countAnswer(input_tokens: number): object {
  return { input_tokens };
}
