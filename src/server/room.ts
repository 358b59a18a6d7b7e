/** How many requests for a model may run at once. */
import { ShimError } from "../core/errors.ts";

const COME_BACK_MS = 1000;

export class Room {
  taken = 0;
  private readonly places: number;

  constructor(places: number) {
    this.places = places;
  }

  /** Throws when there is none: a client that is told so comes back, one that waits without a word gives up. */
  enter(): void {
    if (this.taken >= this.places)
      throw new ShimError("overloaded", `${this.places} requests are running already (--max-requests)`, {
        retry_after_ms: COME_BACK_MS,
      });
    this.taken++;
  }

  leave(): void {
    this.taken--;
  }
}
