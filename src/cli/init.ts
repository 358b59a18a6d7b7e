/** `juscode-shim init`: writes a first config, from what there is on this machine. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ConfigInputs } from "../config/file/config-file.ts";
import { placeForConfig } from "../config/file/locate.ts";
import { PRESETS } from "../config/presets/index.ts";
import { codeOf, IrregularFile, requireRegularFile } from "../config/regular-file.ts";
import { printable, printableJson } from "../core/printable.ts";
import { probeLocal } from "../server/upstreams/probe.ts";
import { DEFAULT_PORT } from "./defaults.ts";
import type { InitOptions } from "./options.ts";
import { UsageError } from "./usage-error.ts";

/** A model server that was discovered on this machine. */
interface LocalServer {
  id: string;
  preset: string;
  base_url: string;
  models: readonly string[];
}

/** Returns what to print. */
export async function init({ config, stdout, force }: InitOptions, env: ConfigInputs["env"]): Promise<string> {
  // Only the names of variables are used, never their values.
  const names = Object.keys(env).filter((name) => (env[name] ?? "").trim() !== "");
  const text = starterConfig(await localServers(), names);
  if (stdout) return text;
  const path = placeForConfig(config);
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (force) requireRegularFile(path);
    // It may come to hold a key: no other user has to read it.
    writeFileSync(path, text, { flag: force ? "w" : "wx", mode: 0o600 });
  } catch (error) {
    if (codeOf(error) === "EEXIST")
      throw new UsageError(`${path} exists and was left as it is; --force overwrites it, --stdout prints the new text`);
    const why = error instanceof IrregularFile ? error.why : `cannot be written (${codeOf(error) ?? error})`;
    throw new UsageError(`${path} ${why}; name another place by --config, or use --stdout`);
  }
  return `${printable(path)} was written. Review it, then run: juscode-shim check\n`;
}

async function localServers(): Promise<LocalServer[]> {
  const found = await probeLocal(DEFAULT_PORT);
  return found.flatMap(({ provider: { id, record }, models }) => {
    const { preset, base_url } = record;
    return preset === undefined ? [] : [{ id, preset, base_url, models: models.map((model) => model.id) }];
  });
}

/** `names`: environment variables that are set. */
export function starterConfig(servers: readonly LocalServer[], names: readonly string[]): string {
  const services = serviceBlocks(names);
  const models = servers.flatMap(({ id, models }) => models.map((model) => `${id}/${model}`));
  const example = servers.length + services.length === 0 ? [EXAMPLE] : [];
  return [HEAD, ...servers.map(localBlock), ...services, ...example, routeBlock(models), SERVER].join("\n");
}

const HEAD = `# juscode-shim: the model providers, and how to choose among them.
# Tables and keys of [model_providers] are those of Codex's config.toml: a block from there can be pasted unchanged.
# All settings: juscode-shim check --json-schema
# Validate this file: juscode-shim check
`;

const EXAMPLE = `# No model server runs on this machine, and no key of a provider is set. A provider looks like this:
#
# [model_providers.example]
# name = "An example"
# base_url = "https://host.example/v1"
# env_key = "EXAMPLE_API_KEY"    # the variable's name, not the key
# wire_api = "chat"              # or "responses", or "messages"
`;

const SERVER = `# [server]
# listen = "127.0.0.1:${DEFAULT_PORT}"
# discover = true                # discover model servers on this machine besides the providers above
# local_only = true              # never leaves your network
`;

function localBlock({ id, preset, base_url, models }: LocalServer): string {
  const names = models
    .slice(0, 8)
    .join(", ")
    .replaceAll(/[^\x20-\x7e]/g, "?");
  const has = models.length === 0 ? "" : `# It has: ${names}${models.length > 8 ? ", …" : ""}\n`;
  return `${has}[model_providers.${id}]\npreset = "${preset}"\nbase_url = "${base_url}"\n`;
}

/**
 * Services whose key is set; programs are discovered by their ports. What the user must fill in, or has a choice about,
 * is written as a comment.
 */
function serviceBlocks(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return PRESETS.flatMap(({ id, name, base_url, env_keys }) => {
    const variable = base_url === undefined ? undefined : env_keys.find((each) => names.includes(each));
    if (base_url === undefined || variable === undefined) return [];
    const is_second = taken.has(variable);
    taken.add(variable);
    const blank = /\{([^}]*)\}/.exec(base_url)?.[1];
    const block = [
      `[model_providers.${id}]`,
      `preset = "${id}"`,
      `base_url = "${base_url}"`,
      `env_key = "${variable}"`,
    ];
    const shown = blank !== undefined || is_second ? block.map((line) => `# ${line}`) : block;
    const why = blank === undefined ? "" : `; fill in {${blank}}, and remove the #`;
    const head = `# ${name}: ${variable} is set${is_second ? ", and used by the provider above" : why}.`;
    return [[head, ...shown, ""].join("\n")];
  });
}

function routeBlock(models: readonly string[]): string {
  const candidates = (models.length === 0 ? ["example/some-model"] : models.slice(0, 2)).map((name) =>
    printableJson(name),
  );
  return `# A route chooses among models. "jusCode-auto" always exists, and chooses among all.
# [routes."coding"]
# candidates = [${candidates.join(", ")}]
# prefer = "cheapest"            # or "fastest", "local_first", "ordered"
`;
}
