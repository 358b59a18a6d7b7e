/**
 * The arguments of a tool call while they come: what may go to the client at once, with each property repaired by
 * itself. The repair of a whole text is the same stream, fed once, so that both always write the same.
 *
 * An encoder is meant to use it so, for each call of a declared function:
 *
 *     const stream = new ArgumentStream(tool.parameters, budget);   // one budget for all streams of a reply
 *     write(stream.feed(delta));                                    // each delta; often "", for what is held back
 *     const whole = finishedArguments(tool.name, stream.text, …);   // only at the reply's proper end
 *     write(stream.end(whole).rest);                                // with the last bracket, which makes a client act
 *
 * What went out is never taken back, and together it is `whole` whenever `agrees` is true. It is false where something
 * could not be read behind a value that was repaired, and the whole text was left as the model wrote it: then the rest
 * goes out as it came. A final event must say what the deltas said, which is `all`, and not `whole`. A call
 * that is cut gets no `end`: its last bracket never goes out.
 */
import { GrowingText } from "../growing-text.ts";
import type { WorkBudget } from "../work-budget.ts";
import { repairNearlyJson } from "./nearly-json.ts";
import { Places, type Place } from "./places.ts";
import type { Change } from "./frames.ts";
import { RepairingReader } from "./reader.ts";
import { residueTail } from "./residue-tail.ts";

/** Steps that the budget gets for each character, beyond what it was given. */
const GRANT_A_CHARACTER = 4;
/** Texts within texts that are looked into. */
const MAX_DEPTH = 4;
/** Steps that a character takes where the text of an array or object is read, and where it is repaired as JSON. */
const STEPS_A_READING = 1;
const STEPS_A_REPAIR = 8;

interface StreamEnd {
  /** What has not gone out yet. */
  rest: string;
  /** With what has. */
  all: string;
  /** Whether that is the whole text as it was given. */
  agrees: boolean;
}

export class ArgumentStream {
  private readonly reader: RepairingReader;
  private readonly budget: WorkBudget;
  private readonly written = new GrowingText();
  /** What the reader wrote and what has not gone out: half a character, or what may be residue. */
  private kept = "";

  constructor(schema: unknown, budget: WorkBudget) {
    this.budget = budget;
    const places = new Places(schema, budget);
    this.reader = readerOf(places, places.root, false, 0);
  }

  /** All that has come. */
  get text(): string {
    return this.written.value;
  }

  /** Whether nothing more goes out before the end, since something cannot be read. */
  get is_broken(): boolean {
    return this.reader.is_broken;
  }

  /** What may go out now. */
  feed(delta: string): string {
    this.written.add(delta);
    if (this.reader.is_broken) return "";
    this.budget.grant(delta.length * GRANT_A_CHARACTER);
    const out = this.kept + this.reader.feed(delta);
    const cut = cutFor(out);
    this.kept = out.slice(cut);
    return cut === out.length ? out : out.slice(0, cut);
  }

  /** What the stream itself has as the whole; undefined where the text is no JSON object. */
  get repaired(): string | undefined {
    const { rest } = this.reader;
    return rest === undefined ? undefined : this.read() + rest;
  }

  /** The rest of `whole`, or, where that begins otherwise than what has gone out, of the text as it came. */
  end(whole: string): StreamEnd {
    const read = this.read();
    const sent = read.slice(0, read.length - this.kept.length);
    if (whole.startsWith(sent)) return { rest: whole.slice(sent.length), all: whole, agrees: true };
    const rest = this.kept + this.text.slice(this.reader.sent);
    return { rest, all: sent + rest, agrees: false };
  }

  /** All that the reader has written. */
  private read(): string {
    return changed(this.text.slice(0, this.reader.sent), this.reader.changes);
  }
}

/** How much of it may go out. */
function cutFor(out: string): number {
  const last = out.charCodeAt(out.length - 1);
  const cut = out.includes("<") ? residueTail(out) : out.length;
  return cut === out.length && last >= 0xd800 && last <= 0xdbff ? cut - 1 : cut;
}

/** The text of a JSON object with each property repaired by itself; undefined for what is no JSON object. */
export function repairMembers(text: string, schema: unknown, budget: WorkBudget): string | undefined {
  const stream = new ArgumentStream(schema, budget);
  stream.feed(text);
  return stream.repaired;
}

function changed(text: string, changes: readonly Change[]): string {
  let out = "";
  let at = 0;
  for (const { start, end, by } of changes) {
    if (end > text.length) break;
    out += text.slice(at, start) + by;
    at = end;
  }
  return out + text.slice(at);
}

function readerOf(places: Places, place: Place, arrays: boolean, depth: number): RepairingReader {
  return new RepairingReader({
    places,
    place,
    arrays,
    read: (text, at) => readText(text, places, at, depth + 1),
    decide: (text, at) => decide(text, places, at, depth + 1),
  });
}

/** A whole array or object, repaired; undefined for what is none. */
function read(text: string, places: Places, place: Place, depth: number): string | undefined {
  if (depth > MAX_DEPTH || !places.afford(text.length * STEPS_A_READING)) return undefined;
  const reader = readerOf(places, place, true, depth);
  const out = reader.feed(text);
  const { rest } = reader;
  return rest === undefined ? undefined : out + rest;
}

/** The array or object that a string holds. */
function readText(text: string, places: Places, place: Place, depth: number): string | undefined {
  const repaired = read(text, places, place, depth);
  if (repaired !== undefined || !places.afford(text.length * STEPS_A_REPAIR)) return repaired;
  const nearly = repairNearlyJson(text);
  return nearly.charAt(0) === text.charAt(0) ? read(nearly, places, place, depth) : undefined;
}

/** A value for which the schema has several branches: repaired when it then fits one of them, and only in one way. */
function decide(text: string, places: Places, place: Place, depth: number): string {
  const branches = (text.startsWith("{") ? place.object_branches : place.array_branches) ?? [];
  if (!places.afford(branches.length)) return text;
  const found = new Set<string>();
  for (const schema of branches) {
    const branch = places.branch(place, schema);
    const repaired = read(text, places, branch, depth);
    if (repaired === undefined) return text;
    if (places.fits(JSON.parse(repaired), branch)) found.add(repaired);
  }
  const [only = text, ...others] = found;
  return others.length === 0 ? only : text;
}
