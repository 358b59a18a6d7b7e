/**
 * Brings the parts of a reply, which upstreams may send interleaved, into the one order of items. The first part that is not
 * finished streams, those behind it wait. A tool call lets nothing pass until the reply has ended: no call is certain to
 * be whole before that, and a client runs what is announced as complete.
 */

/** How one wire writes its parts. */
export interface PartRules<Part> {
  /** Nothing behind it is written before the reply has ended. */
  holds(part: Part): boolean;
  finished(part: Part): boolean;
  /** Opens its item and writes what has come so far. False where it cannot be opened yet, as a call without a name. */
  begin(part: Part): boolean;
  /** It is finished, and the next one follows. */
  finish(part: Part): void;
  /** The reply has ended, cut if not `whole`. `begun`: the part is open. Returns whether it is a call for the client. */
  release(part: Part, whole: boolean, begun: boolean): boolean;
}

export class ItemOrder<Part> {
  readonly parts: Part[] = [];
  private readonly rules: PartRules<Part>;
  private at = 0; // Place of the part that streams.
  private begun = false;
  private readonly places = new Map<Part, number>();

  constructor(rules: PartRules<Part>) {
    this.rules = rules;
  }

  /** Whether what this part says is written at once. */
  streams(part: Part): boolean {
    return this.begun && part === this.parts[this.at];
  }

  /** Whether nothing of this part is written yet. */
  waits(part: Part): boolean {
    return (this.places.get(part) ?? -1) >= this.at && !this.streams(part);
  }

  /** Whether a part that came now would be written at once. */
  get flows(): boolean {
    return this.at === this.parts.length;
  }

  add(part: Part): void {
    this.places.set(part, this.parts.length);
    this.parts.push(part);
    this.advance();
  }

  /** Writes what may be written: a part was finished, or can be opened now. */
  advance(): void {
    for (let part = this.parts[this.at]; part; part = this.parts[this.at]) {
      if (!this.begun) this.begun = this.rules.begin(part);
      if (this.rules.holds(part) || !this.rules.finished(part)) return;
      this.rules.finish(part);
      this.next();
    }
  }

  /** Lets out what had to wait, at the end of the reply. Returns whether there was a tool call for the client. */
  release(whole: boolean): boolean {
    let called = false;
    for (; this.at < this.parts.length; this.next()) {
      const part = this.parts[this.at];
      if (part !== undefined && this.rules.release(part, whole, this.begun)) called = true;
    }
    return called;
  }

  private next(): void {
    this.at++;
    this.begun = false;
  }
}
