/** Arrays and objects that are open while arguments are read. */
import { ANYTHING, type Place, type Places } from "./places.ts";

/** A change of the text as it came. */
export interface Change {
  start: number;
  end: number;
  by: string;
}

export interface Frame {
  is_object: boolean;
  place: Place;
  /** That have come; only where something is known of them. */
  keys: Set<string> | undefined;
  /** Values that were written. */
  written: number;
  /** Values that have come. */
  count: number;
  /** Of all items that are still to come, where it is the same. */
  item: Place | undefined;
}

/** An array or object of which only the whole shows what it is meant to be. */
export interface Held {
  place: Place;
  depth: number;
  start: number;
  gap: string;
  text: string;
}

export function newFrame(is_object: boolean, place: Place): Frame {
  const keys = is_object && place.objects.length > 0 ? new Set<string>() : undefined;
  return { is_object, place, keys, written: 0, count: 0, item: undefined };
}

/** Place of the item that comes next. */
export function nextItem(frame: Frame | undefined, places: Places): Place {
  if (!frame || frame.place === ANYTHING) return ANYTHING;
  if (frame.item) return frame.item;
  const place = places.item(frame.place, frame.count);
  if (places.isUniform(frame.place, frame.count)) frame.item = place;
  return place;
}
