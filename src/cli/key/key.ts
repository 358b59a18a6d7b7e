/** `juscode-shim key`: creates, lists and revokes client keys. */
import process from "node:process";
import { printableJson } from "../../core/printable.ts";
import { keysFileIn } from "../../config/file/parse.ts";
import { findConfig } from "../../config/file/locate.ts";
import { readRegularFile } from "../../config/regular-file.ts";
import { newKey, sha256, type ClientKey } from "../../server/access/client-keys.ts";
import { changeKeys, readKeys } from "../../server/access/key-file.ts";
import { problemsText } from "../../config/file/problem.ts";
import { keysFile } from "../operations.ts";
import type { KeyOptions } from "./options.ts";
import { columns } from "../table.ts";
import { forUser, fromFile, UsageError } from "../usage-error.ts";

/** Returns what to print. A new key stands in it once, and nowhere else. */
export function runKey(options: KeyOptions, file: string, now: Date): string {
  return forUser(() => {
    switch (options.action) {
      case "add":
        return add(options, file, now);
      case "list":
        return list(readKeys(file) ?? [], options.json);
      case "remove":
        return remove(options.name, file);
    }
  });
}

function add({ name, use, models, rpm }: Extract<KeyOptions, { action: "add" }>, file: string, now: Date): string {
  const key = newKey();
  changeKeys(file, (keys) => {
    if (keys.some((each) => each.name === name))
      throw new UsageError(`the key \`${name}\` exists already; remove it first: juscode-shim key remove ${name}`);
    const limits = { ...(models && { models }), ...(rpm !== undefined && { rpm }) };
    return [...keys, { name, sha256: sha256(key).toString("hex"), use, ...limits, created_at: now.toISOString() }];
  });
  return `${key}

This is the key \`${name}\`, shown only once: only its hash is stored (${file}).
${use === "metrics" ? "It reads /metrics and /health." : "Clients send it as their API key; for Codex: export JUSCODE_API_KEY=…"}
From now on every client needs a key, on this machine too. Running instances pick this up within a second.
`;
}

function list(keys: readonly ClientKey[], json: boolean): string {
  if (json) {
    const shown = keys.map(({ name, use, models = null, rpm = null, created_at }) => ({
      name,
      use,
      models,
      rpm,
      created_at,
    }));
    return `${printableJson(shown, 2)}\n`;
  }
  if (keys.length === 0) return "No keys. To create one: juscode-shim key add NAME\n";
  const rows = keys.map(({ name, use, models, rpm, created_at }) => {
    const limit = rpm === undefined ? "no limit" : `${rpm} per minute`;
    return [name, use === "metrics" ? "metrics" : (models?.join(", ") ?? "all models"), limit, created_at.slice(0, 10)];
  });
  return `${columns([["name", "for", "requests", "created"], ...rows]).join("\n")}\n`;
}

function remove(name: string, file: string): string {
  let left = 0;
  changeKeys(file, (keys) => {
    const others = keys.filter((each) => each.name !== name);
    const names = keys.map((each) => each.name).join(", ") || "none";
    if (others.length === keys.length) throw new UsageError(`there is no key \`${name}\`; existing keys: ${names}`);
    left = others.length;
    return others;
  });
  const last =
    "\nIt was the last one: running instances refuse every client until another key is added, or until they restart.";
  return `Key \`${name}\` revoked; running instances pick this up within a second.${left > 0 ? "" : last}\n`;
}

/** The file that `key` works on: the config's, else the usual one. */
export function keysFileFor(flag: string | undefined): string {
  const config = findConfig(flag);
  if (config === undefined) return keysFile(undefined);
  const readFile = (path: string): string => readRegularFile(path);
  const text = fromFile(config, readFile);
  const found = keysFileIn(text, config, { env: process.env, readFile });
  if ("problems" in found) throw new UsageError("invalid config", ...problemsText(found.problems).split("\n"));
  return keysFile(found.keys_file);
}
