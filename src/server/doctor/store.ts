/** Examines whether the store can be opened, and what is in it. A missing file is not created. */
import { existsSync } from "node:fs";
import type { StoreConfig } from "../../config/file/config-file.ts";
import type { Machine } from "../state-folder.ts";
import { openStore, storeFileOf, storeLine } from "../store/open.ts";
import { judged, ok, shown, type Judged } from "./finding.ts";

const MB = 1024 * 1024;

export async function storeFinding(asked: StoreConfig, machine?: Machine): Promise<Judged> {
  const file = storeFileOf(asked.place, machine);
  const config: StoreConfig = file === undefined ? asked : { ...asked, place: { kind: "sqlite", file } };
  const line = storeLine(config);
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
    const { found, fix } = diagnosis(error instanceof Error ? error : new Error(String(error)), file);
    const why = "responses with `store`, conversations and background responses are refused";
    return judged("store", "problem", shown(found, 300), why, fix);
  }
}

/** By the code of PostgreSQL or of the system. */
const FIXES: Readonly<Record<string, string>> = {
  "28P01": "set user and password in url (or in the variable of url_env) of [store] right",
  "28000": "let this user in from this machine (pg_hba.conf), or set user and sslmode in url of [store] right",
  "3D000": "make that database (createdb), or name another in url of [store]",
  "42501": "let its user make tables there: GRANT CREATE, USAGE ON SCHEMA public",
  "53300": "raise max_connections of the server, or put a pooler before it",
  ECONNREFUSED: "start that server, or set host and port in url of [store] right",
  ENOTFOUND: "no host has this name: set url of [store] right",
};

const NEWER = "use that version of juscode-shim or a newer one, or name another database by url in [store]";

/** Whoever runs this program may read which server it is. */
function diagnosis(error: Error, file: string | undefined): { found: string; fix: string } {
  const { message, cause } = error;
  const found = file === undefined && cause instanceof Error ? cause.message : message;
  const fix =
    FIXES[innerCode(cause)] ?? "is that server up, is it PostgreSQL, and are url and sslmode of [store] right?";
  const fileFix = `look at ${file}, name another by url in [store], or set enabled = false there`;
  if (message.includes("newer juscode-shim")) return { found, fix: NEWER };
  return { found, fix: file === undefined ? fix : fileFix };
}

/** The code of the first cause that has one. */
function innerCode(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  return "code" in cause && cause.code !== undefined ? String(cause.code) : innerCode(cause.cause);
}
