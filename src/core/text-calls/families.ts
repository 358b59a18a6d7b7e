/**
 * Families of text tool calls: the markers with which models write calls into their text, and how what follows is read.
 * One marker may open the bodies of several families: the first that can be read counts. What a record was read from
 * stands in it: chat templates of the makers, and parsers with their tests, at the commit that is named.
 */
import { JSON_FAMILIES } from "./families-json.ts";
import { OTHER_FAMILIES } from "./families-other.ts";
import { TAGGED } from "./families-tagged.ts";
import type { HarmonyStyle, XtmlStyle } from "./read-channels.ts";
import type { InvokeStyle } from "./read-invokes.ts";
import type { JsonStyle, NamedStyle } from "./read-json.ts";
import type { OwnTagStyle } from "./read-own-tags.ts";
import type { PairStyle } from "./read-pairs.ts";
import type { PythonStyle } from "./read-python.ts";
import type { TypedMapStyle } from "./read-typed-map.ts";

type Style =
  | JsonStyle
  | NamedStyle
  | InvokeStyle
  | OwnTagStyle
  | PairStyle
  | HarmonyStyle
  | XtmlStyle
  | PythonStyle
  | TypedMapStyle;

export interface Family {
  /** Name in notes. */
  id: string;
  /** Names of the models that write so, for people. */
  models: string;
  /** What such a call begins with. Those of a few letters stand at the head of a line only. */
  markers: readonly string[];
  body: Style;
  /** Only a message that is nothing else is such a call: there are no markers, or a server has stripped them. */
  whole?: boolean;
  source: string;
  /** When the source was read. */
  date: string;
}

export const FAMILIES: readonly Family[] = [...JSON_FAMILIES, ...OTHER_FAMILIES, ...TAGGED];
