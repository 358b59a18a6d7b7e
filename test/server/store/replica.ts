/**
 * A replica of its own: `bun replica.ts URL NAME FOR_MS`. It begins a background response, prints its id, and renews its
 * lease until that runs no longer; it prints each of these, too.
 */
import process from "node:process";
import { openStore } from "../../../src/server/store/open.ts";
import { record } from "./conformance.ts";

const [url = "", replica = "", for_ms = "1000"] = process.argv.slice(2);
setTimeout(() => process.exit(1), 180_000).unref();
const settings = {
  enabled: true,
  place: { kind: "postgres", url },
  max_age_days: 30,
  max_mb: 100,
  warn: console.error,
};
const store = await openStore(settings as Parameters<typeof openStore>[0]);
if (!store) throw new Error("it is enabled");
const made = record({ status: "in_progress", background: true });
await store.begin(made, { replica, for_ms: Number(for_ms) });
await store.addEvents(made.owner, made.id, [{ sequence_number: 0, data: `{"by":"${replica}"}` }]);
console.log(made.id);
while ((await store.renew(replica, [made], Number(for_ms))).length === 0) {
  console.log("renewed");
  await Bun.sleep(Number(for_ms) / 5);
}
console.log("runs no longer");
await store.close();
