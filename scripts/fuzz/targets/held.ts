/** Whether bytes hold a call: read as generously as can be, for the reader itself may be the one that is wrong. */
import { isTooDeep } from "../../../src/core/errors.ts";
import type { Json } from "../../../test/support/response-rules.ts";

export interface Received {
  /** Every text that may be a piece of arguments, in the order of the bytes. */
  pieces: string[];
  bytes: string;
  /** Every text, anywhere, in one. */
  all: string;
  names: Set<string>;
  /** Not all of it was looked at. */
  deep: boolean;
}

const ARGUMENTS = new Set(["arguments", "partial_json", "input", "delta"]);

export function receivedIn(payloads: readonly string[]): Received {
  const received: Received = { pieces: [], bytes: payloads.join("\n"), all: "", names: new Set(), deep: false };
  const texts: string[] = [];
  const visit = (value: unknown, key: string): void => {
    if (ARGUMENTS.has(key) && (typeof value === "string" || (typeof value === "object" && value !== null)))
      received.pieces.push(typeof value === "string" ? value : JSON.stringify(value));
    if (key === "name" && (typeof value === "string" || typeof value === "number"))
      received.names.add(String(value).toWellFormed());
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "object" && value !== null)
      for (const [inner, each] of Object.entries(value as Json)) visit(each, inner);
  };
  for (const payload of payloads) {
    try {
      visit(JSON.parse(payload), "");
    } catch (error) {
      received.deep ||= isTooDeep(error);
    }
  }
  received.all = texts.join("");
  return received;
}

export interface CompleteCall {
  name: string;
  args: string;
}

/** Others than JSON.parse keeps, so that no text of ours is the same. */
const LONG_NUMBER = /\d[\d.]{15}/;

/** A call as it was sent; its arguments are pieces that came, in their order, and nothing else. */
export function holds({ pieces, names, bytes: all }: Received, { name, args }: CompleteCall): boolean {
  if (!names.has(name)) return false;
  const texts = [args, rawIn(args)].filter((text) => text !== undefined);
  if (LONG_NUMBER.test(args) && inOrder(letters(args), all)) return true;
  return args.trim() === "{}" || texts.some((text) => made(text, pieces) || made(plain(text), pieces.map(plain)));
}

/** The text of a tool that takes any, in the object that goes for it. */
function rawIn(args: string): string | undefined {
  try {
    const { input, ...others } = JSON.parse(args) as Json;
    return typeof input === "string" && Object.keys(others).length === 0 ? input : undefined;
  } catch {
    return undefined;
  }
}

/** Written anew: other blanks, escapes and numbers. */
function plain(json: string): string {
  return json.toWellFormed().replaceAll(/\\u[0-9a-fA-F]{4}|\\[a-z]|[^\dA-Za-z]/g, "");
}

/** Whether the text is some of the pieces, one after another. */
function made(text: string, pieces: readonly string[]): boolean {
  const whole = text.toWellFormed();
  let reached = new Set([0]);
  for (const piece of pieces.map((each) => each.toWellFormed())) {
    if (piece === "") continue;
    const next = new Set(reached);
    for (const at of reached) if (whole.startsWith(piece, at)) next.add(at + piece.length);
    reached = next;
    if (reached.has(whole.length)) return true;
  }
  if (whole === "") return true;
  // Half a character may stand in each of two pieces.
  const halves = whole.includes("\uFFFD") || pieces.some((each) => !each.isWellFormed());
  return halves && inOrder(letters(whole), pieces.join(""));
}

/** A call that stood in the text: its name, and each letter of its values, in their order. */
export function holdsLeaked({ all }: Received, { name, args }: CompleteCall): boolean {
  return all.includes(name) && leavesOf(args).every((leaf) => inOrder(letters(leaf), all));
}

const letters = (text: string): string => text.replaceAll(/[^\dA-Za-z]/g, "");

function inOrder(text: string, within: string): boolean {
  let at = 0;
  for (const char of text) {
    at = within.indexOf(char, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

function leavesOf(json: string): string[] {
  const leaves: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
    else if (typeof value === "string") leaves.push(value);
  };
  try {
    visit(JSON.parse(json));
  } catch {
    leaves.push(json);
  }
  return leaves;
}
