/**
 * Calls and results of a thread that goes on from something stored, where neither may be without the other. A client that
 * sends the whole history itself is not held to that: what it has lost is put right (core/history).
 */
import { reworded, ShimError } from "../../../core/errors.ts";
import { listOf, objectOf } from "../../../core/json.ts";

/** `known` items precede the request's own in its input. Clients know OpenAI's words and repair what they name. */
export function refuseStrayResults(json: unknown, known: number): void {
  const calls = new Set<string>();
  for (const [i, item] of itemsIn(json).entries()) {
    const { kind, type, call_id } = readItem(item);
    if (kind === "call") calls.add(call_id);
    else if (kind === "result" && i >= known && !calls.has(call_id))
      throw unpaired(`No tool call found for ${spoken(type)} with call_id ${call_id}.`);
  }
}

/** Calls made since the last user message; what was left open before that was accepted already. */
export function refuseOpenCalls(json: unknown, known: number): void {
  const open = new Map<string, string>();
  for (const [i, item] of itemsIn(json).entries()) {
    const { kind, type, call_id } = readItem(item);
    if (kind === "call") open.set(call_id, type);
    else if (kind === "result") open.delete(call_id);
    else if (i < known && objectOf(item).role === "user") open.clear();
  }
  const [left] = open;
  if (left) throw unpaired(`No tool output found for ${spoken(left[1])} ${left[0]}.`);
}

/** An error that names a place in such an input names it by the request's own items. */
export function withOwnPlaces(error: ShimError, known: number): ShimError {
  if (known === 0 || !error.param?.startsWith("input[")) return error;
  const own = (text: string): string =>
    text.replaceAll(/\binput\[(\d+)\]/g, (place, at) => (Number(at) < known ? place : `input[${Number(at) - known}]`));
  return reworded(error, own);
}

/** Nothing where the input is a text, or wrong: then it is refused where it is read. */
function itemsIn(json: unknown): readonly unknown[] {
  return listOf(objectOf(json).input);
}

interface PairedItem {
  /** Undefined for all else: messages, and calls that the server ran itself. */
  kind: "call" | "result" | undefined;
  type: string;
  call_id: string;
}

function readItem(item: unknown): PairedItem {
  const { type, call_id, execution } = objectOf(item);
  if (typeof type !== "string" || typeof call_id !== "string" || execution === "server")
    return { kind: undefined, type: "", call_id: "" };
  const kind = type.endsWith("_call") ? "call" : type.endsWith("_output") ? "result" : undefined;
  return { kind, type, call_id };
}

const spoken = (type: string): string => type.replaceAll("_", " ");

function unpaired(message: string): ShimError {
  return new ShimError("invalid_request", message, { param: "input", code: null });
}
