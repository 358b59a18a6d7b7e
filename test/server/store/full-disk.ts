/** Writes to a store until it is refused, and tells what was acknowledged: `bun full-disk.ts FILE` */
import process from "node:process";
import { openStore } from "../../../src/server/store/open.ts";
import type { StoreError } from "../../../src/server/store/store-error.ts";
import { record } from "./conformance.ts";

// At the limit of a file's size the system would end the process.
process.on("SIGXFSZ" as NodeJS.Signals, () => {});
const place = { kind: "sqlite", file: process.argv[2] ?? "" } as const;
const store = await openStore({ enabled: true, place, max_age_days: 30, max_mb: 100, warn: () => {} });
for (let i = 0; i < 100; i++) {
  const made = record({ input: JSON.stringify([{ id: "i", content: "x".repeat(20_000) }]) });
  try {
    await store?.begin(made);
    console.log(`kept ${made.id}`);
  } catch (error) {
    console.log(`failed ${(error as StoreError).failure} ${(error as StoreError).message}`);
    break;
  }
}
await store?.close();
