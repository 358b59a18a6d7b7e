/** A machine that a config is read on: its environment and its files. No secret in it may ever be shown. */
import type { ConfigInputs } from "../../../src/config/file/config-file.ts";
import { parseConfig, type ConfigResult } from "../../../src/config/file/parse.ts";
import type { ConfigFile } from "../../../src/config/file/config-file.ts";
import { problemText } from "../../../src/config/file/problem.ts";

export const PLANTED = "planted";
export const FILE = "/cfg/juscode-shim.toml";

const FILES: Record<string, string | { code: string }> = {
  "/keys/good": "sk-planted-file\n",
  "/keys/empty": " \n",
  "/keys/locked": { code: "EACCES" },
  "/keys": { code: "EISDIR" },
  "/cfg/key": "sk-planted-beside",
  "/creds/key": "sk-planted-creds",
  "/home/u/key": "sk-planted-home",
  "/ca/own.pem": "-----BEGIN CERTIFICATE-----\n",
};

export const ENV: Record<string, string> = {
  SET: " sk-planted-env\n",
  EMPTY: " ",
  TWO_LINES: "sk-planted\nsk-planted",
};

export function machine(env: Record<string, string> = ENV): ConfigInputs {
  return {
    env,
    readFile: (path) => {
      const file = FILES[path] ?? { code: "ENOENT" };
      if (typeof file === "string") return file;
      throw Object.assign(new Error("no"), file);
    },
  };
}

export const read = (text: string, env?: Record<string, string>): ConfigResult => parseConfig(text, FILE, machine(env));

/** The config of a text that is right. */
export function config(text: string, env?: Record<string, string>): ConfigFile {
  const result = read(text, env);
  if ("problems" in result) throw new Error(result.problems.map(problemText).join("\n"));
  return result.config;
}
