/** `juscode-shim key`: makes the keys of clients, shows which there are, and takes them back. */
import process from "node:process";
import { printable, printableJson } from "../../core/printable.ts";
import { keysFileIn } from "../../config/file/parse.ts";
import { findConfig } from "../../config/file/locate.ts";
import { readRegularFile, whyUnreadable } from "../../config/regular-file.ts";
import { newKey, sha256, type ClientKey } from "../../server/access/client-keys.ts";
import { changeKeys, readKeys } from "../../server/access/key-file.ts";
import { problemsText } from "../../config/file/problem.ts";
import { keysFile } from "../outside.ts";
import type { KeyOptions } from "./options.ts";
import { columns } from "../table.ts";
import { UsageError } from "../usage-error.ts";

/** What is printed. The new key stands in it once, and nowhere else. */
export function runKey(options: KeyOptions, file: string, now: Date): string {
  try {
    switch (options.action) {
      case "add":
        return add(options, file, now);
      case "list":
        return list(readKeys(file) ?? [], options.json);
      case "remove":
        return remove(options.name, file);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError((error as Error).message);
  }
}

function add({ name, use, models, rpm }: Extract<KeyOptions, { action: "add" }>, file: string, now: Date): string {
  const key = newKey();
  changeKeys(file, (keys) => {
    if (keys.some((each) => each.name === name))
      throw new UsageError(`there is a key \`${name}\` already; take it back first: juscode-shim key remove ${name}`);
    const made: ClientKey = {
      name,
      sha256: sha256(key).toString("hex"),
      use,
      ...(models && { models }),
      ...(rpm !== undefined && { rpm }),
      created_at: now.toISOString(),
    };
    return [...keys, made];
  });
  return `${key}

This is the key \`${name}\`, shown this once: only its hash is kept (${file}).
${use === "metrics" ? "It reads /metrics and /health." : "Clients send it as their API key; for Codex: export JUSCODE_API_KEY=…"}
From now on every client needs a key, on this machine too. A running juscode-shim knows it within a second.
`;
}

function list(keys: readonly ClientKey[], json: boolean): string {
  const shown = keys.map(({ name, use, models, rpm, created_at }) => ({
    name,
    use,
    models: models ?? null,
    rpm: rpm ?? null,
    created_at,
  }));
  if (json) return `${printableJson(shown, 2)}\n`;
  if (keys.length === 0) return "There are no keys. To make one: juscode-shim key add NAME\n";
  const rows = shown.map(({ name, use, models, rpm, created_at }) => [
    name,
    use === "metrics" ? "metrics" : (models?.join(", ") ?? "all models"),
    rpm === null ? "no limit" : `${rpm} a minute`,
    created_at.slice(0, 10),
  ]);
  return `${columns([["name", "for", "requests", "created"], ...rows]).join("\n")}\n`;
}

function remove(name: string, file: string): string {
  let left = 0;
  changeKeys(file, (keys) => {
    const others = keys.filter((each) => each.name !== name);
    if (others.length === keys.length) {
      const names = printable(keys.map((each) => each.name).join(", ")) || "none";
      throw new UsageError(`there is no key \`${name}\`; there are: ${names}`);
    }
    left = others.length;
    return others;
  });
  const rest =
    left > 0
      ? ""
      : "\nIt was the last one: a running juscode-shim lets nobody in until there is another, or until it is started anew.";
  return `The key \`${name}\` counts no more; a running juscode-shim knows that within a second.${rest}\n`;
}

/** The file that `key` works on: that of the config, else the usual one. */
export function keysFileFor(flag: string | undefined): string {
  const config = findConfig(flag);
  if (config === undefined) return keysFile(undefined);
  const readFile = (path: string): string => readRegularFile(path);
  let text: string;
  try {
    text = readFile(config);
  } catch (error) {
    throw new UsageError(`${config} ${whyUnreadable(error)}`);
  }
  const found = keysFileIn(text, config, { env: process.env, readFile });
  if ("problems" in found) throw new UsageError("the config is not right", ...problemsText(found.problems).split("\n"));
  return keysFile(found.keys_file);
}
