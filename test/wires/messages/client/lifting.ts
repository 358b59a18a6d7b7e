/** Lifts Messages bodies for the tests, written short. */
import { ShimError } from "../../../../src/core/errors.ts";
import type { TextPart, Turn } from "../../../../src/core/turn.ts";
import { liftRequest } from "../../../../src/wires/messages/client/lift.ts";

export const HI = [{ role: "user", content: "hi" }];

export function lift(body: object): Turn {
  return liftRequest({ model: "m", max_tokens: 100, messages: HI, ...body }).turn;
}

export function listed(body: object): string[] {
  return lift(body).ignored.map(({ field, what }) => `${field}: ${what}`);
}

export function refusal(body: object): { kind: string; param: string | undefined; message: string } {
  try {
    lift(body);
  } catch (error) {
    if (error instanceof ShimError) return { kind: error.kind, param: error.param, message: error.message };
    throw error;
  }
  throw new Error("was not refused");
}

export const text = (value: string): TextPart => ({ type: "text", text: value });
