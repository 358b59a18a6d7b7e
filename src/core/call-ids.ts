/** Ids of the calls in one reply: as the upstream gave them, or new where they would not tell calls apart. */
import type { IdSource } from "./ids.ts";
import type { Turn } from "./turn.ts";

export class CallIds {
  private readonly turn: Turn;
  private readonly ids: IdSource;
  private readonly given = new Set<string>();

  constructor(turn: Turn, ids: IdSource) {
    this.turn = turn;
    this.ids = ids;
  }

  /** The id of the next call; some hosts give none, or one that another call of the reply or of the history has. */
  next(said: string): string {
    const given = said.toWellFormed();
    const taken =
      given === "" ||
      this.given.has(given) ||
      this.turn.items.some((item) => item.type === "tool_call" && item.call_id === given);
    const id = taken ? `call_${this.ids.next().slice(-24)}` : given;
    this.given.add(id);
    return id;
  }
}
