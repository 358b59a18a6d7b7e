/** Steps of some tens of nanoseconds that one reply may spend on schemas of clients and arguments of models. */
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
