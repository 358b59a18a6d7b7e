/** What is found of calls that a server left in the text. */

export interface LeakedCall {
  name: string;
  /** JSON text for JSON-like markup; for XML-like markup the values as they were written. */
  arguments: string | Record<string, string>;
}

export type Piece =
  | { kind: "text"; text: string }
  | ({ kind: "calls" } & Leak)
  /** The text that follows looks like a call of this name, and is none. */
  | { kind: "left"; name: string };

export interface Leak {
  raw: string;
  calls: LeakedCall[];
  /** JSON without an end marker of its own. */
  bare?: boolean;
}
