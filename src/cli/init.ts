/** `juscode-shim init`: writes a config to begin with, from what there is on this machine. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { IrregularFile, requireRegularFile } from "../config/regular-file.ts";
import { placeForConfig } from "../config/file/locate.ts";
import { printable, printableJson } from "../core/printable.ts";
import type { Preset } from "../config/preset.ts";
import { PRESETS } from "../config/presets/index.ts";
import { probeLocal } from "../server/upstreams/probe.ts";
import { DEFAULT_PORT } from "./defaults.ts";
import { UsageError } from "./usage-error.ts";
import { type InitOptions } from "./options.ts";

/** A model host that answers on this machine. */
interface LocalHost {
  id: string;
  preset: string;
  base_url: string;
  models: readonly string[];
}

/** What to print. */
export async function init(
  { config, stdout, force }: InitOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const text = starterConfig(await localHosts(), namesSet(env));
  if (stdout) return text;
  const path = placeForConfig(config);
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (force) requireRegularFile(path);
    // It may come to hold a key: nobody else has to read it.
    writeFileSync(path, text, { flag: force ? "w" : "wx", mode: 0o600 });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "EEXIST")
      throw new UsageError(
        `${path} is there already and was left as it is; --force overwrites it, --stdout shows what would be written`,
      );
    throw new UsageError(
      `${path} ${error instanceof IrregularFile ? error.why : `cannot be written (${String(code ?? error)})`}; name another place by --config, or use --stdout`,
    );
  }
  return `${printable(path)} is written. Look at it, then run: juscode-shim check\n`;
}

async function localHosts(): Promise<LocalHost[]> {
  const found = await probeLocal(DEFAULT_PORT);
  return found.flatMap(({ provider: { id, record }, models }) =>
    record.preset === undefined
      ? []
      : [{ id, preset: record.preset, base_url: record.base_url, models: models.map((model) => model.id) }],
  );
}

/** Only names: what the variables hold is nobody's business. */
function namesSet(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env).filter((name) => (env[name] ?? "").trim() !== "");
}

/** `names`: environment variables that are set. */
export function starterConfig(hosts: readonly LocalHost[], names: readonly string[]): string {
  const services = servicesOf(names);
  const models = hosts.flatMap(({ id, models }) => models.map((model) => `${id}/${model}`));
  return [
    HEAD,
    ...hosts.map(localBlock),
    ...services.map(serviceBlock),
    ...(hosts.length + services.length === 0 ? [EXAMPLE] : []),
    routeBlock(models),
    SERVER,
  ].join("\n");
}

interface Service {
  preset: Preset;
  variable: string;
  /** The variable belongs to another one as well, which comes first. */
  second: boolean;
}

/** Services whose key is there; not programs, which are found by their ports. */
function servicesOf(names: readonly string[]): Service[] {
  const taken = new Set<string>();
  return PRESETS.flatMap((preset) => {
    const variable = preset.base_url === undefined ? undefined : preset.env_keys.find((name) => names.includes(name));
    if (variable === undefined) return [];
    const second = taken.has(variable);
    taken.add(variable);
    return [{ preset, variable, second }];
  });
}

const HEAD = `# juscode-shim: which model hosts there are, and how to choose among them.
# Tables and keys of [model_providers] are those of Codex's config.toml: a block from there can be pasted as it is.
# All that can be written here: juscode-shim check --json-schema
# Is it right? juscode-shim check
`;

const EXAMPLE = `# No model host answers on this machine, and no key of one is set. A host looks like this:
#
# [model_providers.example]
# name = "An example"
# base_url = "https://host.example/v1"
# env_key = "EXAMPLE_API_KEY"    # the variable's name, not the key
# wire_api = "chat"              # or "responses", or "messages"
`;

const SERVER = `# [server]
# listen = "127.0.0.1:${DEFAULT_PORT}"
# discover = true                # look for hosts on this machine besides those named above
# local_only = true              # nothing leaves this machine and its network
`;

function localBlock({ id, preset, base_url, models }: LocalHost): string {
  const has =
    models.length === 0
      ? ""
      : `# It has: ${models
          .slice(0, 8)
          .join(", ")
          .replaceAll(/[^\x20-\x7e]/g, "?")}${models.length > 8 ? ", …" : ""}\n`;
  return `${has}[model_providers.${id}]\npreset = "${preset}"\nbase_url = "${base_url}"\n`;
}

/** What the user must fill in, or has a choice about, is written as a comment. */
function serviceBlock({ preset, variable, second }: Service): string {
  const blank = /\{([^}]*)\}/.exec(preset.base_url ?? "")?.[1];
  const block = [
    `[model_providers.${preset.id}]`,
    `preset = "${preset.id}"`,
    `base_url = "${preset.base_url ?? ""}"`,
    `env_key = "${variable}"`,
  ];
  const shown = blank !== undefined || second ? block.map((line) => `# ${line}`) : block;
  const why = blank === undefined ? "" : `; fill in {${blank}}, and take away the #`;
  return [`# ${preset.name}: ${variable} is set${second ? ", which the one above uses" : why}.`, ...shown, ""].join(
    "\n",
  );
}

function routeBlock(models: readonly string[]): string {
  const [first = "example/some-model", second] = models;
  const list = second === undefined ? [first] : [first, second];
  return `# A name for a choice among models. "jusCode-auto" is there by itself, and chooses among all.
# [routes."coding"]
# candidates = [${list.map((name) => printableJson(name)).join(", ")}]
# prefer = "cheapest"            # or "fastest", "local_first", "ordered"
`;
}
