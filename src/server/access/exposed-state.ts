/** Whether others could change what this program keeps: keys of clients, stored responses, costs, what doctor found out. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exposureOf, trustHere, type Exposure, type Trust } from "./exposed-path.ts";

export interface KeptPlaces {
  state_folder: string;
  keys_file: string;
  /** Absent where responses are kept in no file. */
  store_file?: string | undefined;
}

/** What this program writes into its state folder, and believes when it reads it. */
const STATE_FILES = ["capabilities.json", "costs.sqlite", "turns.jsonl"] as const;
const OF_SQLITE = ["", "-wal", "-shm"] as const;

export interface ExposedState extends Exposure {
  what: "state folder" | "keys" | "store";
}

/** Each path once. */
export function exposedState({ state_folder, keys_file, store_file }: KeptPlaces, trust?: Trust): ExposedState[] {
  const by = trust ?? trustHere();
  if (!by) return [];
  const kept: [what: ExposedState["what"], path: string][] = [
    ["state folder", state_folder],
    ["keys", keys_file],
    ...STATE_FILES.map((name) => ["state folder", join(state_folder, name)] as [ExposedState["what"], string]),
    ...(store_file === undefined
      ? []
      : OF_SQLITE.map((part) => ["store", store_file + part] as [ExposedState["what"], string])),
  ];
  const found = new Map<string, ExposedState>();
  for (const [what, path] of kept) {
    // What is not there yet is made as it should be; but where keys will be looked for, nobody else may put them.
    if (what !== "keys" && path !== state_folder && !existsSync(path)) continue;
    const exposure = exposureOf(path, by);
    if (exposure && !found.has(exposure.path)) found.set(exposure.path, { what, ...exposure });
  }
  return [...found.values()];
}
