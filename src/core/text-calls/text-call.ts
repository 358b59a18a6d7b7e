/** What is found of calls that a server left in the text. */

export interface LeakedCall {
  name: string;
  /**
   * JSON text where the markup holds JSON; otherwise the values by their names, of which those that are strings may mean
   * what the schema asks for.
   */
  arguments: string | Record<string, unknown>;
}

export type Piece =
  | { kind: "text"; text: string }
  | ({ kind: "calls" } & Leak)
  /** Control tokens behind all that was said. They count as text if anything follows after all. */
  | { kind: "residue"; text: string }
  /** Another thought, without its tags. */
  | { kind: "thought"; text: string }
  /** The end of a thought that nothing has opened. */
  | { kind: "cut"; text: string }
  /** The text that follows looks like a call of this name, and is none. */
  | { kind: "left"; name: string };

export interface Leak {
  raw: string;
  calls: LeakedCall[];
  /** JSON without an end marker of its own. */
  bare?: boolean;
  /** It counts only where nothing follows in the message, since it stands within a line or has no markers. */
  last?: boolean;
  /** Control tokens or orphan tags stand at its end. */
  residue?: boolean;
  /** Of which family's markup it is. */
  family?: string;
}
