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
  /** Where the call stands among everything that the model said. */
  order: number;
}

export class ToolCallAssembler {
  readonly calls: PartialCall[] = [];

  /** The call that this delta belongs to, with the delta added. */
  add(delta: CallDelta, order: number): PartialCall {
    let call = this.find(delta);
    if (!call) {
      call = { index: delta.index, id: delta.id, name: "", arguments: "", order };
      this.calls.push(call);
    }
    if (call.id === "") call.id = delta.id;
    if (call.name === "") call.name = delta.name;
    call.arguments += delta.arguments;
    return call;
  }

  private find(delta: CallDelta): PartialCall | undefined {
    const last = this.calls.at(-1);
    if (!last) return undefined;
    const byId = delta.id === "" ? undefined : this.calls.findLast((call) => call.id === delta.id);
    const byIndex = delta.index === undefined ? undefined : this.calls.findLast((call) => call.index === delta.index);

    if (byId) {
      // The same id at another index, with a name: a server that gives every call the same id.
      if (delta.index !== undefined && byId.index !== delta.index) return delta.name === "" ? byId : byIndex;
      return this.startsAnew(byId, delta) ? undefined : byId;
    }
    if (delta.id !== "") {
      if (byIndex) {
        // An index that is known with an id that is not: a further call where a name or a new JSON value begins it,
        // otherwise an id that changes from delta to delta.
        const begins = byIndex.id !== "" && delta.name !== "" && !isContinuation(byIndex, delta);
        return begins || this.startsAnew(byIndex, delta) ? undefined : byIndex;
      }
      if (delta.index !== undefined) return undefined;
      return delta.name === "" && last.id === "" ? last : undefined;
    }
    if (delta.index !== undefined) {
      if (!byIndex) return undefined;
      return this.startsAnew(byIndex, delta) ? undefined : byIndex;
    }
    return this.startsAnew(last, delta) ? undefined : last;
  }

  /** Whether the delta begins a further call where it would otherwise continue this one. */
  private startsAnew(call: PartialCall, delta: CallDelta): boolean {
    if (delta.name !== "" && call.name !== "" && delta.name !== call.name) return true;
    // The same name again, or none: it goes on, unless the arguments so far are whole and new ones begin.
    if (delta.arguments !== "") return beginsJson(delta.arguments) && isWholeJson(call.arguments);
    return delta.name !== "" && delta.id !== "" && delta.id !== call.id && isWholeJson(call.arguments);
  }
}

/** An id that changes from delta to delta of one call: the name is repeated, the arguments go on in their middle. */
function isContinuation(call: PartialCall, delta: CallDelta): boolean {
  return (
    delta.name === call.name && call.arguments !== "" && !isWholeJson(call.arguments) && !beginsJson(delta.arguments)
  );
}

function beginsJson(text: string): boolean {
  const first = text.trimStart()[0];
  return first === "{" || first === "[";
}

/** Whether the text is one whole JSON object or array. */
export function isWholeJson(text: string): boolean {
  const last = text.at(-1);
  if (last !== "}" && last !== "]" && last?.trim() !== "") return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
