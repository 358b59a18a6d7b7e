/**
 * Puts tool calls together from deltas. Servers number and name the deltas in many ways: an index that is
 * missing, always 0 or used again for the next call; ids that are missing, repeated or changing; a whole call in
 * one delta; a name that comes late, again or blank. Two calls are never joined, one is never split.
 */

import { JsonProgress } from "../../../core/json-progress.ts";

export type CallDelta = { index: number | undefined; id: string; name: string; arguments: string };

export interface PartialCall {
  index: number | undefined;
  id: string;
  name: string;
  arguments: string;
  /** Of the arguments. */
  progress: JsonProgress;
  /** In the order in which calls were begun. */
  place: number;
  /** Its name came again after its arguments were whole: the head of a further call, if new arguments follow. */
  renamed: boolean;
}

export class ToolCallAssembler {
  readonly calls: PartialCall[] = [];
  private readonly declared: ReadonlySet<string>;
  /** The last call of each index, of each id, and of both together. */
  private readonly last = new Map<string, PartialCall>();
  /** Calls that were not seen to be whole since something was added to them. */
  private readonly maybeOpen = new Set<PartialCall>();
  /** The declared names in their order; made when a name is asked about. */
  private sorted: readonly string[] | undefined;

  /** `declared`: the tools' names, which tell a name that comes in pieces from the head of a further call. */
  constructor(declared: ReadonlySet<string> = new Set()) {
    this.declared = declared;
  }

  /** The call to which this delta was added. `fresh`: an entry of a whole body, which is a call of its own. */
  add(delta: CallDelta, fresh = false): PartialCall | undefined {
    const found = fresh ? undefined : this.find(delta);
    const piece = found !== undefined && this.isNamePiece(found, delta);
    const anew = found !== undefined && !piece && startsAnew(found, delta);
    let call = anew ? undefined : found;
    if (!call) {
      if (delta.id === "" && delta.name === "" && delta.arguments === "") return undefined;
      const name = anew && found.renamed ? found.name : "";
      const { index, id } = delta;
      const place = this.calls.length;
      call = { index, id, name, arguments: "", progress: new JsonProgress(), place, renamed: false };
      this.calls.push(call);
      this.remember(call);
    } else if ((call.id === "" && delta.id !== "") || (call.index === undefined && delta.index !== undefined)) {
      if (call.id === "") call.id = delta.id;
      call.index ??= delta.index;
      this.remember(call);
    }
    if (delta.name !== "") {
      if (call.name === "" || piece) call.name += delta.name;
      else if (delta.arguments === "" && isWhole(call)) call.renamed = true;
    }
    call.arguments += delta.arguments;
    call.progress.add(delta.arguments);
    this.maybeOpen.add(call);
    return call;
  }

  private remember(call: PartialCall): void {
    for (const key of keysOf(call.id, call.index))
      if ((this.last.get(key)?.place ?? -1) < call.place) this.last.set(key, call);
  }

  /** Whether a name may yet grow: the whole name of another tool begins with it. */
  mayGrow(name: string): boolean {
    this.sorted ??= [...this.declared].sort();
    // Of all that begin with it, the first stands right behind it.
    const next = this.sorted[placeBehind(this.sorted, name)];
    return next?.startsWith(name) === true;
  }

  /** Whether the delta's name continues the one that has come, before any arguments. */
  private isNamePiece(call: PartialCall, { id, name }: CallDelta): boolean {
    if (name === "" || call.name === "" || call.arguments !== "" || (id !== "" && id !== call.id)) return false;
    if (this.declared.has(call.name) && (name === call.name || this.declared.has(name))) return false;
    const joined = call.name + name;
    return this.declared.has(joined) || this.mayGrow(joined);
  }

  /** The call that this delta goes on with, unless it turns out to begin another. */
  private find(delta: CallDelta): PartialCall | undefined {
    const last = this.calls.at(-1);
    if (!last) return undefined;
    const { id, index, name } = delta;
    const byIndex = index === undefined ? undefined : last.index === index ? last : this.last.get(indexKey(index));
    if (id === "") {
      if (byIndex) return byIndex;
      if (index === undefined) return name === "" ? this.unfinished(last) : last;
      return name === "" && last.index === undefined ? last : undefined;
    }

    const byId = this.last.get(idKey(id));
    if (byId) {
      if (index === undefined || byId.index === undefined) return byId;
      // Some servers give every call the same id: there the index tells.
      const both = this.last.get(bothKey(id, index));
      if (both) return both;
      // A name without arguments is the head of a further call.
      return name === "" || (delta.arguments !== "" && isContinuation(byId, delta)) ? byId : undefined;
    }
    // An id that is not known: a further call where a name begins it, otherwise an id that changes from delta to delta.
    if (byIndex) return byIndex.id !== "" && name !== "" && !isContinuation(byIndex, delta) ? undefined : byIndex;
    if (name !== "" || (index !== undefined && last.index !== undefined)) return undefined;
    return last.id === "" || (last.arguments !== "" && !isWhole(last)) ? last : undefined;
  }

  /** Where nothing tells which call goes on: the only one that is not whole, otherwise the last. */
  private unfinished(last: PartialCall): PartialCall {
    if (this.calls.length === 1 || !isWhole(last)) return last;
    let only: PartialCall | undefined;
    for (const call of this.maybeOpen) {
      if (isWhole(call)) this.maybeOpen.delete(call);
      else if (only) return last;
      else only = call;
    }
    return only ?? last;
  }
}

/** Whether the delta begins a further call where it would otherwise continue this one. */
function startsAnew(call: PartialCall, delta: CallDelta): boolean {
  if (delta.name !== "" && call.name !== "" && delta.name !== call.name) return true;
  // Some upstreams send an empty object before the arguments themselves; those are nobody else's, since no name begins them.
  if (isPlaceholder(call.arguments) && delta.name === "" && !call.renamed && (delta.id === "" || delta.id === call.id))
    return false;
  // The same name again, or none: it goes on, unless the arguments so far are whole and new ones begin.
  if (delta.arguments !== "") return beginsJson(delta.arguments) && isWhole(call);
  return delta.name !== "" && delta.id !== "" && delta.id !== call.id && isWhole(call);
}

/** An id that changes from delta to delta of one call: the name is repeated, the arguments go on in their middle. */
function isContinuation(call: PartialCall, delta: CallDelta): boolean {
  return delta.name === call.name && call.arguments !== "" && !isWhole(call) && !beginsJson(delta.arguments);
}

function isPlaceholder(args: string): boolean {
  return args.length < 8 && args.trim() === "{}";
}

function beginsJson(text: string): boolean {
  const first = text.trimStart()[0];
  return first === "{" || first === "[";
}

/** Whether the arguments are one whole JSON object or list. */
export function isWhole(call: PartialCall): boolean {
  return call.progress.isWhole(call.arguments);
}

const indexKey = (index: number): string => `index ${index}`;
const idKey = (id: string): string => `id ${id}`;
const bothKey = (id: string, index: number): string => `both ${index} ${id}`;

function keysOf(id: string, index: number | undefined): string[] {
  const byId = id === "" ? [] : [idKey(id)];
  if (index === undefined) return byId;
  return [...byId, indexKey(index), ...(id === "" ? [] : [bothKey(id, index)])];
}

/** Where the first one stands that comes after it. */
function placeBehind(sorted: readonly string[], name: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}
