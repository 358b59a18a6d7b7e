/** The store over any database that takes its statements. */
import { conversationsIn } from "./conversations.ts";
import type { Database } from "./database.ts";
import { responsesIn } from "./responses.ts";
import { retentionIn } from "./retention.ts";
import type { Store } from "./store.ts";
import { isStoreTrouble } from "./store-error.ts";

/** `warn` gets the trouble of a store that fails, once, and when it works again: errors for clients name no place. */
export function storeOver(db: Database, warn: (text: string) => void = () => {}): Store {
  let trouble: string | undefined;
  const watched = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      const result = await work;
      if (trouble !== undefined) warn("the store works again");
      trouble = undefined;
      return result;
    } catch (error) {
      if (isStoreTrouble(error)) {
        const words = `${error.message} (${error.cause instanceof Error ? error.cause.message : db.place})`;
        if (trouble === undefined) warn(`${words}; requests that need no store go on, and it is tried again`);
        trouble = words;
      }
      throw error;
    }
  };
  const over: Database = {
    place: db.place,
    words: db.words,
    read: (text, ...values) => watched(db.read(text, ...values)),
    write: (statements) => watched(db.write(statements)),
    // A file's clock is the machine's, which says nothing of the file.
    clock: () => db.clock(),
    close: () => db.close(),
  };
  return {
    place: db.place,
    trouble: () => trouble,
    check: async () => {
      if (db.check) await watched(db.check());
    },
    ...responsesIn(over),
    ...conversationsIn(over),
    ...retentionIn(over),
    clock: over.clock,
    close: over.close,
  };
}
