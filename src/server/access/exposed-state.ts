/** Whether others could change what this program keeps: client keys, stored responses, costs, the findings of doctor. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exposureOf, trustHere, type Exposure, type Trust } from "./exposed-path.ts";

export interface KeptPlaces {
  state_folder: string;
  keys_file: string;
  /** Absent where responses are kept in no file. */
  store_file?: string | undefined;
}

/** Files that this program writes into its state folder, and trusts when it reads them. */
const STATE_FILES = ["capabilities.json", "costs.sqlite", "turns.jsonl"];
const OF_SQLITE = ["", "-wal", "-shm"];

export interface ExposedState extends Exposure {
  what: "state folder" | "keys" | "store";
}

/** Each path once. */
export function exposedState({ state_folder, keys_file, store_file }: KeptPlaces, trust?: Trust): ExposedState[] {
  const by = trust ?? trustHere();
  if (!by) return [];
  const kept: readonly (readonly [ExposedState["what"], path: string])[] = [
    ["state folder", state_folder],
    ["keys", keys_file],
    ...STATE_FILES.map((name) => ["state folder", join(state_folder, name)] as const),
    ...(store_file === undefined ? [] : OF_SQLITE.map((part) => ["store", store_file + part] as const)),
  ];
  const found = new Map<string, ExposedState>();
  for (const [what, path] of kept) {
    // A file that is missing will be made with safe modes; but nobody else may put one where keys will be read.
    if (what !== "keys" && path !== state_folder && !existsSync(path)) continue;
    const exposure = exposureOf(path, by);
    if (exposure && !found.has(exposure.path)) found.set(exposure.path, { what, ...exposure });
  }
  return [...found.values()];
}
