/** What is found of calls that a server left in the text. */

import type { ReasoningField } from "../turn.ts";

export interface TextCall {
  name: string;
  /**
   * JSON text where the markup holds JSON; otherwise the values by their names, of which those that are strings may mean
   * what the schema asks for.
   */
  arguments: string | Record<string, unknown>;
}

export type Piece =
  | { kind: "text"; text: string }
  | ({ kind: "calls" } & FoundCalls)
  /** Control tokens behind all that was said. They count as text if anything follows after all. */
  | { kind: "residue"; text: string }
  /** Another thought, without its tags. */
  | { kind: "thought"; text: string }
  /** The end of a thought that nothing has opened. */
  | { kind: "cut"; text: string }
  /** The text that follows looks like a call of this name, and is none. */
  | { kind: "left"; name: string };

/** The calls of one block of markup. */
export interface FoundCalls {
  /** What was said, if they are none. */
  raw: string;
  calls: TextCall[];
  /** JSON without an end marker of its own. */
  bare?: boolean;
  /** They count only where nothing follows in the message, since they stand within a line or have no markers. */
  last?: boolean;
  /** Control tokens or orphan tags stand at its end. */
  residue?: boolean;
  /** Of which family's markup they are. */
  family?: string;
  /** The field of the thought in which they stood. */
  thought?: ReasoningField;
}
