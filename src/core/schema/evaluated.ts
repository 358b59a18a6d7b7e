/** Which parts of a value its schema has looked at: what `unevaluatedProperties` and `unevaluatedItems` leave out. */
export class Evaluated {
  readonly keys = new Set<string>();
  readonly places = new Set<number>();
  /** All of the first so many items. */
  items = 0;
  all = false;

  hasItem(place: number): boolean {
    return this.all || place < this.items || this.places.has(place);
  }

  hasKey(key: string): boolean {
    return this.all || this.keys.has(key);
  }

  /** Steps that it takes to add all that is known elsewhere. */
  get size(): number {
    return 8 * (this.keys.size + this.places.size);
  }

  add(other: Evaluated): void {
    for (const key of other.keys) this.keys.add(key);
    for (const place of other.places) this.places.add(place);
    this.items = Math.max(this.items, other.items);
    this.all ||= other.all;
  }
}
