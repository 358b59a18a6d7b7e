/** Tells the log of a store that fails, once, and when it works again: what a client is told names no place. */
import type { Database } from "./database.ts";
import { StoreError } from "./store-error.ts";

export function telling(db: Database, warn: (text: string) => void): Database {
  let failing = false;
  const told = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      const result = await work;
      if (failing) warn("the store works again");
      failing = false;
      return result;
    } catch (error) {
      if (!failing && error instanceof StoreError && error.failure !== "conflict") {
        failing = true;
        const { cause } = error;
        warn(`${error.message} (${cause instanceof Error ? cause.message : db.place})`);
      }
      throw error;
    }
  };
  return {
    place: db.place,
    words: db.words,
    read: (text, ...values) => told(db.read(text, ...values)),
    write: (statements) => told(db.write(statements)),
    clock: () => told(db.clock()),
    close: () => db.close(),
  };
}
