/** A refusal and its remedy: an edit of the body's JSON text, for translated and forwarded requests alike. */
import type { WireName } from "../provider.ts";

export interface RefusalRow {
  /** Wire of the body. */
  wire: WireName;
  /** By which the remedy is reported: a path in the words of the client's wire. */
  field: string;
  /** How upstreams word the refusal. Tested against the first words of their message. */
  words: RegExp;
  /** Paths that are cut out of the body (see json-paths.ts). */
  cut?: readonly string[];
  /** Paths that get another value, as JSON. */
  set?: readonly (readonly [path: string, json: string])[];
  /** What is cut requests the effort. */
  effort?: true;
  /** The refusal concerns this one request: other requests of the same model are sent as they are. */
  once?: true;
  /** A message in which the refusal was seen; the tests read it through the wire's own envelope. */
  sample: string;
  /** Where it was seen, and when. */
  source: string;
  date: string;
}
