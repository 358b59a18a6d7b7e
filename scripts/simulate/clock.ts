/** Simulated time: what is due first happens first; what is due together, in the order in which it was asked for. */

interface Due {
  at_ms: number;
  order: number;
  run(): void;
}

export class Clock {
  now_ms = 0;
  private readonly heap: Due[] = [];
  private order = 0;

  at(at_ms: number, run: () => void): void {
    const { heap } = this;
    heap.push({ at_ms, order: this.order++, run });
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.swapped(parent, i)) break;
      i = parent;
    }
  }

  after(ms: number, run: () => void): void {
    this.at(this.now_ms + ms, run);
  }

  run(): void {
    for (let due = this.pop(); due; due = this.pop()) {
      this.now_ms = due.at_ms;
      due.run();
    }
  }

  private pop(): Due | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    heap[0] = last;
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      const least = left + 1 < heap.length && before(heap[left + 1] as Due, heap[left] as Due) ? left + 1 : left;
      if (least >= heap.length || !this.swapped(i, least)) return first;
      i = least;
    }
  }

  private swapped(parent: number, child: number): boolean {
    const { heap } = this;
    const [above, below] = [heap[parent] as Due, heap[child] as Due];
    if (!before(below, above)) return false;
    heap[parent] = below;
    heap[child] = above;
    return true;
  }
}

const before = (a: Due, b: Due): boolean => a.at_ms < b.at_ms || (a.at_ms === b.at_ms && a.order < b.order);
