/**
 * Puts tool calls together from deltas. Servers number and name the deltas in many ways: an index that is
 * missing, always 0 or used again for the next call; ids that are missing, repeated or changing; a whole call in
 * one delta; a name that comes late, again or blank. Two calls are never joined, one is never split.
 */

export interface CallDelta {
  index: number | undefined;
  id: string;
  name: string;
  arguments: string;
}

export interface PartialCall {
  index: number | undefined;
  id: string;
  name: string;
  arguments: string;
  /** Its name came again after its arguments were whole: the head of a further call, if new arguments follow. */
  renamed: boolean;
}

export class ToolCallAssembler {
  readonly calls: PartialCall[] = [];
  private readonly declared: ReadonlySet<string>;

  /** `declared`: the tools' names, which tell a name that comes in pieces from the head of a further call. */
  constructor(declared: ReadonlySet<string> = new Set()) {
    this.declared = declared;
  }

  /**
   * The call that this delta belongs to, with the delta added; undefined for a delta that says nothing.
   * `fresh` for the entries of a whole body, each of which is a call.
   */
  add(delta: CallDelta, fresh = false): PartialCall | undefined {
    const found = fresh ? undefined : this.find(delta);
    const piece = found !== undefined && this.isNamePiece(found, delta);
    const anew = found !== undefined && !piece && startsAnew(found, delta);
    let call = anew ? undefined : found;
    if (!call) {
      if (delta.id === "" && delta.name === "" && delta.arguments === "") return undefined;
      const name = anew && found.renamed ? found.name : "";
      call = { index: delta.index, id: delta.id, name, arguments: "", renamed: false };
      this.calls.push(call);
    }
    if (call.id === "") call.id = delta.id;
    call.index ??= delta.index;
    if (delta.name !== "") {
      if (call.name === "" || piece) call.name += delta.name;
      else if (delta.arguments === "" && isWholeJson(call.arguments)) call.renamed = true;
    }
    call.arguments += delta.arguments;
    return call;
  }

  /** Whether a name may yet grow: the whole name of another tool begins with it. */
  mayGrow(name: string): boolean {
    for (const known of this.declared) if (known.length > name.length && known.startsWith(name)) return true;
    return false;
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
    const byIndex = index === undefined ? undefined : this.calls.findLast((call) => call.index === index);
    if (id === "") {
      if (byIndex) return byIndex;
      if (index === undefined) return name === "" ? this.unfinished(last) : last;
      return name === "" && last.index === undefined ? last : undefined;
    }

    const byId = this.calls.findLast((call) => call.id === id);
    if (byId) {
      if (index === undefined || byId.index === undefined) return byId;
      // Some servers give every call the same id: there the index tells.
      const both = this.calls.findLast((call) => call.id === id && call.index === index);
      if (both) return both;
      // A name without arguments is the head of a further call.
      return name === "" || (delta.arguments !== "" && isContinuation(byId, delta)) ? byId : undefined;
    }
    // An id that is not known: a further call where a name begins it, otherwise an id that changes from delta to delta.
    if (byIndex) return byIndex.id !== "" && name !== "" && !isContinuation(byIndex, delta) ? undefined : byIndex;
    if (name !== "" || (index !== undefined && last.index !== undefined)) return undefined;
    return last.id === "" || (last.arguments !== "" && !isWholeJson(last.arguments)) ? last : undefined;
  }

  /** Where nothing tells which call goes on: the only one that is not whole, otherwise the last. */
  private unfinished(last: PartialCall): PartialCall {
    if (this.calls.length === 1 || !isWholeJson(last.arguments)) return last;
    const open = this.calls.filter((call) => !isWholeJson(call.arguments));
    return open.length === 1 && open[0] ? open[0] : last;
  }
}

/** Whether the delta begins a further call where it would otherwise continue this one. */
function startsAnew(call: PartialCall, delta: CallDelta): boolean {
  if (delta.name !== "" && call.name !== "" && delta.name !== call.name) return true;
  // Some hosts send an empty object before the arguments themselves; those are nobody else's, since no name begins them.
  if (isPlaceholder(call.arguments) && delta.name === "" && !call.renamed && (delta.id === "" || delta.id === call.id))
    return false;
  // The same name again, or none: it goes on, unless the arguments so far are whole and new ones begin.
  if (delta.arguments !== "") return beginsJson(delta.arguments) && isWholeJson(call.arguments);
  return delta.name !== "" && delta.id !== "" && delta.id !== call.id && isWholeJson(call.arguments);
}

/** An id that changes from delta to delta of one call: the name is repeated, the arguments go on in their middle. */
function isContinuation(call: PartialCall, delta: CallDelta): boolean {
  return (
    delta.name === call.name && call.arguments !== "" && !isWholeJson(call.arguments) && !beginsJson(delta.arguments)
  );
}

function isPlaceholder(args: string): boolean {
  return args.length < 8 && args.trim() === "{}";
}

function beginsJson(text: string): boolean {
  const first = text.trimStart()[0];
  return first === "{" || first === "[";
}

/** Whether the text is one whole JSON object or array. Asked at deltas, so it parses only what ends like one. */
export function isWholeJson(text: string): boolean {
  let end = text.length - 1;
  while (end >= 0 && text.charCodeAt(end) <= 32) end--;
  const last = text.charCodeAt(end);
  if (last !== 125 /* } */ && last !== 93 /* ] */) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
