/** Source of ids. Injected, so that tests get the same ids every time and the shim gets random ones. */
import { shortHash } from "./hash.ts";

export interface IdSource {
  /** A string of 32 hexadecimal digits that was never given before. */
  next(): string;
}

/** Names a reply's provider and model in its id, so that nothing has to be stored: eight hexadecimal digits. */
export const originMark = (provider: string, model: string): string => shortHash(`${provider}/${model}`);

/** Ids that end in their maker's mark. */
export function markedIds(ids: IdSource, mark: string): IdSource {
  return { next: () => ids.next().slice(0, -mark.length) + mark };
}
