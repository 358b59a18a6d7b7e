/**
 * How many steps may be spent on what strangers wrote: schemas of clients, arguments of models. A step is a small, fixed
 * amount of work, some tens of nanoseconds. One budget serves all that comes of one reply, so that many small pieces
 * cost no more than a large one.
 */
export class WorkBudget {
  private left: number;

  constructor(steps: number) {
    this.left = steps;
  }

  grant(steps: number): void {
    this.left += steps;
  }

  /** Whether that many were left. */
  spend(steps: number): boolean {
    this.left -= steps;
    if (this.left >= 0) return true;
    this.left = 0;
    return false;
  }
}
