/** Inputs to begin with: the recorded replies, configs and requests of the tests, and what fuzzing has found before. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { WireName } from "../../src/core/provider.ts";

const FIXTURES = join(import.meta.dirname, "../../test/fixtures");
export const FOUND = join(FIXTURES, "fuzz");

const read = (folder: string, ending: RegExp): Uint8Array[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => ending.test(file))
        .toSorted()
        .map((file) => Uint8Array.from(readFileSync(join(folder, file))))
    : [];

export const streamsOf = (wire: WireName): Uint8Array[] => read(join(FIXTURES, wire), /\.sse$/);
export const bodiesOf = (wire: WireName): Uint8Array[] => read(join(FIXTURES, wire), /\.json$/);
export const configs = (): Uint8Array[] => [
  ...read(join(FIXTURES, "config"), /\.toml$/),
  ...read(join(FIXTURES, "config/wrong"), /\.toml$/),
  ...read(join(import.meta.dirname, "../../src/config/file"), /^example\.toml$/),
];
/** Inputs with which something was wrong once. */
export const found = (target: string): Uint8Array[] => read(join(FOUND, target), /./);

export const bytesOf = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
