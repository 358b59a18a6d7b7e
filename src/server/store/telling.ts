/** Tells the log of a store that fails, once, and when it works again: what a client is told names no place. */
import type { Database } from "./database.ts";
import { StoreError } from "./store-error.ts";

export interface ToldDatabase extends Database {
  /** What is wrong with it, for whoever runs this program; undefined when its last work succeeded. */
  trouble(): string | undefined;
}

const GOES_ON = "requests that need no store go on, and it is tried again";

export function telling(db: Database, warn: (text: string) => void): ToldDatabase {
  let trouble: string | undefined;
  const told = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      const result = await work;
      if (trouble !== undefined) warn("the store works again");
      trouble = undefined;
      return result;
    } catch (error) {
      if (error instanceof StoreError && error.failure !== "conflict") {
        const words = troubleOf(error, db.place);
        if (trouble === undefined) warn(`${words}; ${GOES_ON}`);
        trouble = words;
      }
      throw error;
    }
  };
  return {
    place: db.place,
    words: db.words,
    trouble: () => trouble,
    read: (text, ...values) => told(db.read(text, ...values)),
    write: (statements) => told(db.write(statements)),
    ...(db.check && { check: () => told(db.check?.() ?? Promise.resolve()) }),
    // Of a file it is the machine's, which tells nothing of the file.
    clock: () => db.clock(),
    close: () => db.close(),
  };
}

function troubleOf({ message, cause }: StoreError, place: string): string {
  return `${message} (${cause instanceof Error ? cause.message : place})`;
}
