/** Whether the store can be opened, and what is in it. A file that is not there yet is not made. */
import { existsSync } from "node:fs";
import type { StoreConfig } from "../../config/file/config-file.ts";
import { openStore, storeFileOf, storeLine } from "../store/open.ts";
import { judged, ok, shown, type Judged } from "./finding.ts";

const MB = 1024 * 1024;

export async function storeFinding(config: StoreConfig): Promise<Judged> {
  const line = storeLine(config);
  const file = storeFileOf(config.place);
  if (!config.enabled || (file !== undefined && !existsSync(file))) return ok("store", line);
  try {
    const store = await openStore({ ...config, warn: () => {} });
    if (!store) return ok("store", line);
    try {
      const { responses, conversations, bytes } = await store.usage();
      const mb = (bytes / MB).toFixed(1);
      return ok("store", `${line}; there are ${responses} responses and ${conversations} conversations, ${mb} MB`);
    } finally {
      await store.close();
    }
  } catch (error) {
    return judged(
      "store",
      "problem",
      shown((error as Error).message, 300),
      "responses with `store`, conversations and background responses are refused",
      file === undefined
        ? "set url in [store] right, or start that server"
        : `look at ${file}, or name another by url in [store]; enabled = false there does without`,
    );
  }
}
