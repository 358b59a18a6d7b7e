/** What in a Codex config keeps Codex from loading or sends it elsewhere than meant, and what to do about it. */
import { parse, stringify, TomlError } from "smol-toml";
import type { TomlChange } from "../core/toml-edit.ts";
import { locateKeys } from "../core/toml-positions.ts";
import { KEY_VARIABLE, PROVIDER_ID } from "./endpoint.ts";

export interface Trap {
  /** Codex does not load, or not with our profile; else it loads, and is wrong later. */
  blocks: boolean;
  /** It loads, and every turn fails: why. */
  fails?: string;
  /** From 1; absent where it is no line of the file. */
  line?: number;
  message: string;
  /** What to do. */
  fix: string;
  /** What `--fix` does, where it can. */
  repair?: readonly TomlChange[];
  /** A provider that `--fix` takes over into the shim's own config, as TOML. */
  moved?: { id: string; toml: string };
}

export interface TrapContext {
  /** The shim's address, with `/v1`. */
  base_url: string;
  /** This Codex reads `NAME.config.toml`, and no `[profiles.NAME]` any more. */
  profile_files: boolean;
  /** The shim asks its clients for a key. */
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
  const lineOf = lines(text);
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

type LineOf = (...path: string[]) => { line: number };

function lines(text: string): LineOf {
  const positions = locateKeys(text);
  return (...path) => ({ line: positions.key(path).line });
}

function brokenTrap(error: TomlError, text: string): Trap {
  const { line, column } = error;
  const [why = ""] = error.message.split("\n");
  const broken = (message: string, fix: string): Trap => ({ blocks: true, line, message, fix });
  if (!/already defined|redefine/.test(why))
    return broken(why.replace(/^Invalid TOML document: /, "no TOML: "), "correct this line");
  const first = locateKeys(text).firstOf({ line, column });
  const twice = first ? `${first.name} is given twice, first on line ${first.place.line}` : "something is given twice";
  return broken(twice, "take one of the two out");
}

/** Ids that Codex 0.169 keeps to itself. */
const RESERVED = ["openai", "ollama", "lmstudio"];

function providerTraps(id: string, provider: Table, lineOf: LineOf, context: TrapContext): Trap[] {
  const { base_url, asks_key = false } = context;
  const at = (key: string) => lineOf("model_providers", id, key);
  const path = (key: string): string[] => ["model_providers", id, key];
  const traps: Trap[] = [];
  const url = typeof provider["base_url"] === "string" ? provider["base_url"] : "";
  const tail = /\/(responses|chat\/completions)\/*$/.exec(url);
  const straight = tail ? url.slice(0, tail.index) : url;
  const is_ours = isSame(straight, base_url) || id === PROVIDER_ID;

  if (RESERVED.includes(id))
    traps.push({
      blocks: true,
      ...at("base_url"),
      message: `${id} is a name that Codex keeps to itself`,
      fix: `name the provider otherwise, also where model_provider = "${id}" says it`,
    });
  if (provider["name"] === "")
    traps.push({
      blocks: true,
      ...at("name"),
      message: `the provider ${id} has an empty name`,
      fix: "give it one",
      repair: [{ path: path("name"), set: id }],
    });
  if (provider["wire_api"] === "chat") traps.push(chatTrap(id, provider, base_url, at("wire_api")));
  else if (tail)
    traps.push({
      blocks: false,
      ...at("base_url"),
      message: `the address of ${id} has /${tail[1]} at its end, which Codex adds by itself`,
      fix: `write ${straight}`,
      repair: [{ path: path("base_url"), set: straight }],
    });
  if (provider["requires_openai_auth"] === true && (is_ours || isLocal(straight)))
    traps.push({
      blocks: false,
      ...at("requires_openai_auth"),
      message: `requires_openai_auth sends a login at OpenAI to ${id}`,
      fix: "take the line out",
      repair: [{ path: path("requires_openai_auth"), remove: true }],
    });
  if (/^(?:openai|azure)$/i.test(String(provider["name"])) && (is_ours || isLocal(straight)))
    traps.push({
      blocks: false,
      ...at("name"),
      message: `a provider named ${String(provider["name"])} is asked in ways that only OpenAI's own servers know`,
      fix: `name it otherwise: name = "${id}"`,
      repair: [{ path: path("name"), set: id }],
    });
  if (asks_key && is_ours && provider["wire_api"] !== "chat" && !sendsKey(provider))
    traps.push({
      blocks: false,
      fails: "the shim refuses every turn with 401",
      ...at("base_url"),
      message: `the provider ${id} sends no key, and the shim asks for one`,
      fix: `make one (juscode-shim key add NAME), export it as ${KEY_VARIABLE}, and write env_key = "${KEY_VARIABLE}" in [model_providers.${id}]`,
    });
  return traps;
}

function sendsKey(provider: Table): boolean {
  if (["env_key", "auth", "experimental_bearer_token"].some((key) => provider[key] !== undefined)) return true;
  const headers = [provider["http_headers"], provider["env_http_headers"]].filter(isTable).flatMap(Object.keys);
  return headers.some((name) => /^(?:authorization|x-api-key|api-key)$/i.test(name));
}

/** Its id stays, and points to the shim: Codex shows threads by the id that they began with. */
function chatTrap(id: string, provider: Table, base_url: string, at: { line?: number }): Trap {
  const gone = Object.keys(provider).filter((key) => !["name", "base_url", "wire_api"].includes(key));
  return {
    blocks: true,
    ...at,
    message: `the provider ${id} has wire_api = "chat", which Codex no longer speaks`,
    fix: `juscode-shim speaks it: the provider can move into the shim's own config, and ${id} point to the shim`,
    repair: [
      { path: ["model_providers", id, "base_url"], set: base_url },
      { path: ["model_providers", id, "wire_api"], set: "responses" },
      ...gone.map((key): TomlChange => ({ path: ["model_providers", id, key], remove: true })),
    ],
    moved: { id, toml: stringify({ model_providers: { [id]: provider } }) },
  };
}

function profileTraps(config: Table, lineOf: LineOf): Trap[] {
  const traps: Trap[] = [];
  const profiles = isTable(config["profiles"]) ? Object.keys(config["profiles"]) : [];
  const { profile } = config;
  const moving = (name: string): string => `move its settings to the top of ${name}.config.toml beside this file`;
  if (typeof profile === "string") {
    const ours = profile === PROVIDER_ID;
    traps.push({
      blocks: true,
      ...lineOf("profile"),
      message: `Codex no longer loads with profile = "${profile}"`,
      fix: `take the line out and use --profile ${profile}; ${moving(profile)}`,
      ...(ours && { repair: [{ path: ["profile"], remove: true }] }),
    });
  }
  if (profiles.includes(PROVIDER_ID))
    traps.push({
      blocks: true,
      ...lineOf("profiles", PROVIDER_ID),
      message: `[profiles.${PROVIDER_ID}] is of an older Codex; this one refuses --profile ${PROVIDER_ID} while it is there`,
      fix: `take it out; ${PROVIDER_ID}.config.toml takes its place`,
      repair: [{ path: ["profiles", PROVIDER_ID], remove: true }],
    });
  for (const name of profiles.filter((each) => each !== PROVIDER_ID))
    traps.push({
      blocks: false,
      ...lineOf("profiles", name),
      message: `[profiles.${name}] is no longer read, and keeps --profile ${name} from working`,
      fix: moving(name),
    });
  return traps;
}

/** Settings for one model that count for every profile. */
const INHERITED: Readonly<Record<string, string>> = {
  model_context_window: "counts for every model and wins over the window that the catalog tells",
  model_auto_compact_token_limit: "counts for every model, also for one whose window is smaller",
};

function inheritedTraps(config: Table, lineOf: LineOf): Trap[] {
  return Object.entries(INHERITED).flatMap(([key, what]) =>
    config[key] === undefined
      ? []
      : [
          {
            blocks: false,
            ...lineOf(key),
            message: `${key} ${what}`,
            fix: `take it out, or give it another value in ${PROVIDER_ID}.config.toml`,
          },
        ],
  );
}

/** What Codex itself does not know: the name of a setting, as it tells it. */
export function unknownTrap(key: string, line: number | undefined): Trap {
  const instead = GONE[key.split(".").at(-1) ?? ""];
  return {
    blocks: false,
    ...(line !== undefined && { line }),
    message: `Codex does not know the setting ${key}, and leaves it aside`,
    fix: instead ?? "see whether it is misspelt, or take it out",
  };
}

/** Settings that Codex had once. */
const GONE: Readonly<Record<string, string>> = {
  disable_response_storage: "take it out: nothing is stored by itself",
  experimental_instructions_file: "its name is model_instructions_file now",
  model_max_output_tokens:
    "take it out; a limit for the shim's models stands in its config, max_output_tokens in [models]",
  model_supports_reasoning_summaries: "take it out: the model catalog tells it",
  preferred_auth_method: "its name is forced_login_method now",
  api_key: "write the name of a variable that holds the key: env_key",
};

/** A file where other programs keep theirs, and Codex never looks. */
export function xdgTrap(path: string, home: string): Trap {
  return {
    blocks: false,
    message: `${path} is never read by Codex`,
    fix: `its config is ${home}/config.toml; move what you need there`,
  };
}

/** Codex lists threads by the provider that they began with. */
export function hiddenThreads(text: string | undefined): string {
  const before =
    (text === undefined
      ? undefined
      : parse(text.replace(/^\uFEFF/, ""), { integersAsBigInt: true })["model_provider"]) ?? "openai";
  if (before === PROVIDER_ID) return "";
  return `Threads that began with the provider ${JSON.stringify(before)} are not listed while ${PROVIDER_ID} is the default; they are there: codex -c model_provider='${JSON.stringify(before)}' resume`;
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

function isLocal(url: string): boolean {
  return URL.canParse(url) && LOOPBACK.includes(new URL(url).hostname);
}

function isSame(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return false;
  const [one, other] = [new URL(a), new URL(b)];
  return one.port === other.port && (one.hostname === other.hostname || (isLocal(a) && isLocal(b)));
}
