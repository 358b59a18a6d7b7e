/** What the decoders of all wires do alike when they write the parts of a reply in their order (see core/item-order). */
import { CallIds } from "../core/call-ids.ts";
import { ItemOrder, type PartRules } from "../core/item-order.ts";
import { ItemWriter } from "../core/item-writer.ts";
import type { Emit, EndReason } from "../core/reply.ts";
import type { Turn } from "../core/turn.ts";
import type { WireScope } from "./wire.ts";

export abstract class PartOrder<Part> implements PartRules<Part> {
  readonly writer: ItemWriter;
  protected readonly order = new ItemOrder<Part>(this);
  protected readonly scope: WireScope;
  /** White space that nothing has followed yet. */
  protected blank = "";
  private readonly callIds: CallIds;

  constructor(turn: Turn, emit: Emit, scope: WireScope) {
    this.writer = new ItemWriter(emit);
    this.scope = scope;
    this.callIds = new CallIds(turn, scope.ids);
  }

  abstract holds(part: Part): boolean;
  abstract finished(part: Part): boolean;
  abstract begin(part: Part): boolean;
  abstract finish(part: Part): void;
  abstract release(part: Part, whole: boolean, begun: boolean): boolean;

  /** Lets out what had to wait. Returns whether there was a tool call for the client. */
  end(reason: EndReason): boolean {
    return this.order.release(isWhole(reason));
  }

  protected openCall(id: string, name: string): string {
    const call_id = this.callIds.next(id);
    this.writer.begin({ kind: "tool_call", call_id, name });
    return call_id;
  }

  /** White space at the head of a text waits for what follows, since a message of blanks says nothing: then undefined. */
  protected withBlank(open: boolean, text: string): string | undefined {
    if (!open && text.trim() === "") {
      this.blank += text;
      return undefined;
    }
    const said = open ? text : this.blank + text;
    this.blank = "";
    return said;
  }
}

export function isWhole(reason: EndReason): boolean {
  return reason === "stop" || reason === "tool_calls";
}
