/** Settings in a Codex config that keep Codex from loading or send it elsewhere than intended, and what to do about them. */
import { parse, stringify, TomlError } from "smol-toml";
import type { TomlChange } from "../core/toml-edit.ts";
import { locateKeys } from "../core/toml-positions.ts";
import { KEY_VARIABLE, PROVIDER_ID } from "./endpoint.ts";

export interface Trap {
  /** Codex does not load, or not with our profile; otherwise it loads, and goes wrong later. */
  blocks: boolean;
  /** Why every turn fails, although it loads. */
  fails?: string;
  /** From 1; absent where it is not a line of the file. */
  line?: number;
  message: string;
  fix: string;
  repair?: readonly TomlChange[];
  /** A provider that `--fix` moves into the shim's own config, as TOML. */
  moved?: { id: string; toml: string };
}

export interface TrapContext {
  /** The shim's address, with `/v1`. */
  base_url: string;
  /** This Codex reads `NAME.config.toml`, and no longer `[profiles.NAME]`. */
  profile_files: boolean;
  asks_key?: boolean;
}

type Table = Record<string, unknown>;
const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

export function codexTraps(text: string, context: TrapContext): Trap[] {
  let config: Table;
  try {
    config = parse(text.replace(/^\uFEFF/, ""), { integersAsBigInt: true });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return [brokenTrap(error, text)];
  }
  const positions = locateKeys(text);
  const lineOf: LineOf = (...path) => positions.key(path).line;
  const providers = isTable(config["model_providers"]) ? config["model_providers"] : {};
  const found = [
    ...Object.entries(providers).flatMap(([id, each]) =>
      isTable(each) ? providerTraps(id, each, lineOf, context) : [],
    ),
    ...(context.profile_files ? profileTraps(config, lineOf) : []),
    ...inheritedTraps(config, lineOf),
  ];
  return found.toSorted((a, b) => Number(b.blocks) - Number(a.blocks) || (a.line ?? 0) - (b.line ?? 0));
}

type LineOf = (...path: string[]) => number;

/** A trap that keeps Codex from loading, and one that does not. */
const blocking = (line: number, message: string, fix: string, ...repair: TomlChange[]): Trap => {
  return { blocks: true, line, message, fix, ...(repair.length > 0 && { repair }) };
};
const harmful = (line: number, message: string, fix: string, ...repair: TomlChange[]): Trap => {
  return { ...blocking(line, message, fix, ...repair), blocks: false };
};

function brokenTrap({ line, column, message }: TomlError, text: string): Trap {
  const [why = ""] = message.split("\n");
  if (!/already defined|redefine/.test(why))
    return blocking(line, why.replace(/^Invalid TOML document: /, "TOML syntax error: "), "correct this line");
  const first = locateKeys(text).firstOf({ line, column });
  const what = first ? `${first.name} is defined twice, first on line ${first.place.line}` : "a key is defined twice";
  return blocking(line, what, "remove one of the two");
}

/** Ids that Codex 0.169 reserves. */
const RESERVED = ["openai", "ollama", "lmstudio"];

function providerTraps(id: string, provider: Table, lineOf: LineOf, { base_url, asks_key }: TrapContext): Trap[] {
  const path = (key: string): string[] => ["model_providers", id, key];
  const at = (key: string): number => lineOf(...path(key));
  const traps: Trap[] = [];
  const url = typeof provider["base_url"] === "string" ? provider["base_url"] : "";
  const name = String(provider["name"]);
  const tail = /\/(responses|chat\/completions)\/*$/.exec(url);
  const straight = tail ? url.slice(0, tail.index) : url;
  const is_ours = isSame(straight, base_url) || id === PROVIDER_ID;
  const is_near = is_ours || isLocal(straight);
  const speaks_chat = provider["wire_api"] === "chat";

  if (RESERVED.includes(id)) {
    const fix = `rename the provider, also in model_provider = "${id}"`;
    traps.push(blocking(at("base_url"), `${id} is a name that Codex reserves`, fix));
  }
  if (name === "") {
    const repair = { path: path("name"), set: id };
    traps.push(blocking(at("name"), `the provider ${id} has an empty name`, "give it one", repair));
  }
  if (speaks_chat) traps.push(chatTrap(id, provider, base_url, at("wire_api")));
  else if (tail) {
    const message = `the address of ${id} ends in /${tail[1]}, which Codex adds by itself`;
    const repair = { path: path("base_url"), set: straight };
    traps.push(harmful(at("base_url"), message, `write ${straight}`, repair));
  }
  if (provider["requires_openai_auth"] === true && is_near) {
    const repair = { path: path("requires_openai_auth"), remove: true } as const;
    const message = `requires_openai_auth sends an OpenAI login to ${id}`;
    traps.push(harmful(at("requires_openai_auth"), message, "remove the line", repair));
  }
  if (/^(?:openai|azure)$/i.test(name) && is_near) {
    const message = `Codex sends a provider named ${name} requests that only OpenAI's own servers accept`;
    const repair = { path: path("name"), set: id };
    traps.push(harmful(at("name"), message, `rename it: name = "${id}"`, repair));
  }
  if (asks_key && is_ours && !speaks_chat && !sendsKey(provider)) {
    const fix = `create one (juscode-shim key add NAME), export it as ${KEY_VARIABLE}, and write env_key = "${KEY_VARIABLE}" in [model_providers.${id}]`;
    const trap = harmful(at("base_url"), `the provider ${id} sends no key, and the shim needs one`, fix);
    traps.push({ ...trap, fails: "the shim refuses every turn with 401" });
  }
  return traps;
}

function sendsKey(provider: Table): boolean {
  if (["env_key", "auth", "experimental_bearer_token"].some((key) => provider[key] !== undefined)) return true;
  const headers = [provider["http_headers"], provider["env_http_headers"]].filter(isTable).flatMap(Object.keys);
  return headers.some((name) => /^(?:authorization|x-api-key|api-key)$/i.test(name));
}

/** The id stays, and points to the shim: Codex lists threads by the id that they began with. */
function chatTrap(id: string, provider: Table, base_url: string, line: number): Trap {
  const path = (key: string): string[] => ["model_providers", id, key];
  const gone = Object.keys(provider).filter((key) => !["name", "base_url", "wire_api"].includes(key));
  return {
    ...blocking(
      line,
      `the provider ${id} has wire_api = "chat", which Codex no longer supports`,
      `juscode-shim supports it: the provider can move into the shim's own config, and ${id} can point to the shim`,
      { path: path("base_url"), set: base_url },
      { path: path("wire_api"), set: "responses" },
      ...gone.map((key): TomlChange => ({ path: path(key), remove: true })),
    ),
    moved: { id, toml: stringify({ model_providers: { [id]: provider } }) },
  };
}

function profileTraps(config: Table, lineOf: LineOf): Trap[] {
  const traps: Trap[] = [];
  const profiles = isTable(config["profiles"]) ? Object.keys(config["profiles"]) : [];
  const { profile } = config;
  const moving = (name: string): string => `move its settings to the top of ${name}.config.toml beside this file`;
  if (typeof profile === "string") {
    const repair = profile === PROVIDER_ID ? [{ path: ["profile"], remove: true } as const] : [];
    const fix = `remove the line and use --profile ${profile}; ${moving(profile)}`;
    traps.push(blocking(lineOf("profile"), `Codex no longer loads with profile = "${profile}"`, fix, ...repair));
  }
  for (const name of profiles) {
    const path = ["profiles", name];
    if (name === PROVIDER_ID) {
      const message = `[profiles.${name}] is for an older Codex; this one refuses --profile ${name} while it exists`;
      const fix = `remove it; ${name}.config.toml takes its place`;
      traps.push(blocking(lineOf(...path), message, fix, { path, remove: true }));
    } else {
      const message = `[profiles.${name}] is no longer read, and keeps --profile ${name} from working`;
      traps.push(harmful(lineOf(...path), message, moving(name)));
    }
  }
  return traps;
}

/** Settings for one model that apply to every profile. */
const INHERITED: Readonly<Record<string, string>> = {
  model_context_window: "applies to every model and wins over the context window of the catalog",
  model_auto_compact_token_limit: "applies to every model, also to one whose context window is smaller",
};

function inheritedTraps(config: Table, lineOf: LineOf): Trap[] {
  const fix = `remove it, or set another value in ${PROVIDER_ID}.config.toml`;
  const found = Object.entries(INHERITED).filter(([key]) => config[key] !== undefined);
  return found.map(([key, what]) => harmful(lineOf(key), `${key} ${what}`, fix));
}

/** A setting that Codex itself does not know, by the name that it reports. */
export function unknownTrap(key: string, line: number | undefined): Trap {
  const instead = GONE[key.split(".").at(-1) ?? ""];
  return {
    blocks: false,
    ...(line !== undefined && { line }),
    message: `Codex does not know the setting ${key}, and ignores it`,
    fix: instead ?? "check whether it is misspelt, or remove it",
  };
}

/** Settings of older versions of Codex. */
const GONE: Readonly<Record<string, string>> = {
  disable_response_storage: "remove it: nothing is stored by default",
  experimental_instructions_file: "its name is now model_instructions_file",
  model_max_output_tokens: "remove it; limit the shim's models by max_output_tokens in [models] of its config",
  model_supports_reasoning_summaries: "remove it: the model catalog has it",
  preferred_auth_method: "its name is now forced_login_method",
  api_key: "write the name of a variable that holds the key: env_key",
};

/** A config in the folder of other programs, where Codex never looks. */
export function xdgTrap(path: string, home: string): Trap {
  return {
    blocks: false,
    message: `${path} is never read by Codex`,
    fix: `its config is ${home}/config.toml; move what you need there`,
  };
}

/** Codex lists threads by the provider that they began with. */
export function hiddenThreads(text = ""): string {
  const config = parse(text.replace(/^\uFEFF/, ""), { integersAsBigInt: true });
  const before = JSON.stringify(config["model_provider"] ?? "openai");
  if (before === JSON.stringify(PROVIDER_ID)) return "";
  return `Threads that began with the provider ${before} are not listed while ${PROVIDER_ID} is the default; to see them: codex -c model_provider='${before}' resume`;
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

const isLocal = (url: string): boolean => LOOPBACK.includes(URL.parse(url)?.hostname ?? "");

function isSame(a: string, b: string): boolean {
  const [one, other] = [URL.parse(a), URL.parse(b)];
  if (!one || !other || one.port !== other.port) return false;
  return one.hostname === other.hostname || (isLocal(a) && isLocal(b));
}
