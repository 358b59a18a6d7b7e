/** Takes providers that Codex cannot ask any more over into the shim's own config, where they work. */
import process from "node:process";
import type { Trap } from "../../agents/codex-traps.ts";
import type { FileChange } from "../../agents/endpoint.ts";
import { placeForConfig, findConfig } from "../../config/file/locate.ts";
import { parseConfig } from "../../config/file/parse.ts";
import { problemText } from "../../config/file/problem.ts";
import { tomlValue } from "../../core/toml-edit.ts";
import { readText } from "./files.ts";
import { UsageError } from "../usage-error.ts";

/** `flag` is what `--config` says. A provider that the shim has already stays as the shim has it. */
export function moveProviders(traps: readonly Trap[], flag: string | undefined): FileChange[] {
  const moved = traps.flatMap((trap) => trap.moved ?? []);
  if (moved.length === 0) return [];
  const path = findConfig(flag) ?? placeForConfig(flag);
  const before = readText(path);
  let after = before ?? "";
  for (const { id, toml } of moved) {
    if (tomlValue(after, ["model_providers", id]) !== undefined) continue;
    const gap = after === "" ? "" : after.endsWith("\n") ? "\n" : "\n\n";
    after += `${gap}# Moved here from Codex's config.toml by juscode-shim setup codex\n${toml.trimEnd()}\n`;
  }
  if (after === (before ?? "")) return [];
  checkConfig(after, path);
  return [{ path, before, after }];
}

function checkConfig(text: string, path: string): void {
  const result = parseConfig(text, path, { env: process.env, readFile: (file) => readText(file) ?? "" });
  if ("config" in result) return;
  throw new UsageError(
    "the shim's own config would not be right with the provider from Codex's, so that nothing was moved",
    ...result.problems.flatMap((problem) => problemText(problem).split("\n")),
  );
}
