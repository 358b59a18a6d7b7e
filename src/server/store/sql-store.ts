/** The store over any database that takes its statements. */
import { conversationsIn } from "./conversations.ts";
import type { Database } from "./database.ts";
import type { ToldDatabase } from "./telling.ts";
import { responsesIn } from "./responses.ts";
import { retentionIn } from "./retention.ts";
import type { Store } from "./store.ts";

export function storeOver(db: Database | ToldDatabase): Store {
  return {
    place: db.place,
    trouble: () => ("trouble" in db ? db.trouble() : undefined),
    check: async () => db.check?.(),
    ...responsesIn(db),
    ...conversationsIn(db),
    ...retentionIn(db),
    clock: () => db.clock(),
    close: () => db.close(),
  };
}
