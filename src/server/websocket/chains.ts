/** What a connection remembers of responses that nobody stores: the newest few, within a limit that all share. */

/** `text` is JSON. */
export type Item = { text: string };

/** What a model reads to go on from a response. `base`: the stored response before these items, where there is one. */
export type History = { base: string | undefined; items: readonly Item[] };

/** Clients go on from the newest response; older ones are where they branch off, or were prewarmed. */
const MAX_RESPONSES = 4;
const MAX_IDS = 512; // So many earlier ids are known, so that one that is given again is noticed.

/** Copies the text: a slice of a message would keep the whole message in memory. */
export const itemOf = (text: string): Item => ({ text: Buffer.from(text).toString() });

export class Chains {
  private readonly memory: ChainMemory;
  private readonly histories = new Map<string, History>();
  private readonly ids = new Set<string>();

  constructor(memory: ChainMemory) {
    this.memory = memory;
  }

  find(id: string): History | undefined {
    return this.histories.get(id);
  }

  /** An id that is given a second time names two threads: then it leads to neither. */
  remember(id: string, history: History): void {
    if (this.ids.has(id)) return this.forget(id);
    this.ids.add(id);
    const [first = ""] = this.ids;
    if (this.ids.size > MAX_IDS) this.ids.delete(first);
    this.histories.set(id, history);
    for (const oldest of this.histories.keys()) {
      if (this.histories.size <= MAX_RESPONSES) break;
      this.histories.delete(oldest);
    }
    this.memory.holds(this, this.characters());
  }

  forget(id: string): void {
    if (this.histories.delete(id)) this.memory.holds(this, this.characters());
  }

  clear(): void {
    this.histories.clear();
    this.memory.holds(this, 0);
  }

  /** Most items stand in several histories, and in memory once. */
  private characters(): number {
    const items = new Set([...this.histories.values()].flatMap((history) => history.items));
    return [...items].reduce((sum, { text }) => sum + text.length, 0);
  }
}

export class ChainMemory {
  private readonly limit: number;
  private readonly held = new Map<Chains, number>(); // In the order in which they were last used.
  private total = 0;

  /** In characters. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get characters(): number {
    return this.total;
  }

  holds(chains: Chains, characters: number): void {
    this.total += characters - (this.held.get(chains) ?? 0);
    this.held.delete(chains);
    if (characters > 0) this.held.set(chains, characters);
    // Its client gets an error for the forgotten response, and sends the whole history.
    for (const oldest of this.held.keys()) {
      if (this.total <= this.limit) return;
      oldest.clear();
    }
  }
}
