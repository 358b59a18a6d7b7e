/** Ids of the tool calls in one reply: as the upstream gave them, or new where two calls would have the same. */
import type { IdSource } from "./ids.ts";
import type { Turn } from "./turn.ts";

export class CallIds {
  private readonly turn: Turn;
  private readonly ids: IdSource;
  private given: Set<string> | undefined; // Those of the reply, and of the history once the first is needed.

  constructor(turn: Turn, ids: IdSource) {
    this.turn = turn;
    this.ids = ids;
  }

  /** The id of the next call; some upstreams give none, or one that another call of the reply or of the history has. */
  next(from_upstream: string): string {
    const given = from_upstream.toWellFormed();
    this.given ??= new Set(this.turn.items.flatMap((item) => (item.type === "tool_call" ? [item.call_id] : [])));
    const id = given === "" || this.given.has(given) ? `call_${this.ids.next().slice(-24)}` : given;
    this.given.add(id);
    return id;
  }
}
