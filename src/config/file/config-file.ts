/** What a config file says, resolved: plain data, with every default filled in that does not depend on the command line. */
import type { ModelFacts, ProviderRecord } from "../../core/provider.ts";
import type { SearchService } from "../search-services.ts";
import type { Warning } from "./problem.ts";

/** Where a provider's key comes from; the key itself is in the record. */
export type KeyOrigin =
  | { kind: "none" }
  | { kind: "env"; name: string }
  | { kind: "file"; path: string }
  | { kind: "inline" }
  | { kind: "command"; command: string };

/** A program that prints the key; run by the server, not before the key is needed. */
export interface AuthCommand {
  command: string;
  args: readonly string[];
  timeout_ms: number;
  /** Age after which it is run again; 0 for only when a key was refused. */
  refresh_interval_ms: number;
  cwd: string;
}

export interface ConfiguredProvider {
  record: ProviderRecord;
  key: KeyOrigin;
  auth_command?: AuthCommand;
  /** What is sent there stays in house. */
  local: boolean;
  passthrough: "auto" | "always" | "never";
}

/** A name for a model of a provider, and what the user says of it. */
export interface ConfiguredModel {
  name: string;
  aliases: readonly string[];
  /** Absent: of every provider that has it. */
  provider?: string;
  /** The host's own name. */
  model: string;
  facts: ModelFacts;
}

export interface RouteCandidate {
  /** As written. */
  name: string;
  /** Absent: of every provider that has it. */
  provider?: string;
  /** The host's own name. */
  model: string;
  /** Only turns of these efforts; absent for all. */
  efforts?: readonly string[];
  /** Only by these providers; absent for all that the route allows. */
  providers?: readonly string[];
}

export interface ConfiguredRoute {
  name: string;
  description?: string;
  /** `all`: every model there is. */
  candidates: readonly RouteCandidate[] | "all";
  prefer: "cheapest" | "fastest" | "local_first" | "ordered";
  local_only: boolean;
  /** No other is ever asked; absent for no such bound. */
  providers?: readonly string[];
  /** For small requests besides the turns; absent: like any other. */
  helpers?: readonly RouteCandidate[];
}

/** Only what the file says: the command line wins over it, and it over the defaults. */
export interface ServerSettings {
  listen?: { host: string; port: number };
  /** Never absent: what it is by default depends on the rest of the file. */
  discover: boolean;
  hold_ms?: number;
  heartbeat_ms?: number;
  idle_ms?: number;
  heal?: "auto" | "off";
  max_body_mb?: number;
  max_answer_mb?: number;
  max_memory_mb?: number;
  body_timeout_ms?: number;
  max_requests?: number;
  max_waiting?: number;
  max_wait_ms?: number;
  log_level?: "info" | "warn" | "error" | "quiet";
  log_format?: "text" | "json";
  metrics?: boolean;
  keep_turns?: boolean;
  /** Path of the file of the clients' keys. */
  keys_file?: string;
  require_keys?: boolean;
  /** In lower case. */
  allowed_hosts?: readonly string[];
  /** As browsers write them. */
  allowed_origins?: readonly string[];
  /** Paths; both or none. */
  cert_file?: string;
  key_file?: string;
  local_only: boolean;
}

export type StorePlace =
  /** Without a path: the file of the state folder. */
  { kind: "sqlite"; file?: string } | { kind: "postgres"; /** With its password. */ url: string };

/** Where responses and conversations are kept, and for how long. */
export interface StoreConfig {
  enabled: boolean;
  place: StorePlace;
  max_age_days: number;
  max_mb: number;
}

/** How connections are made to a host. */
export interface Transport {
  /** PEM file of authorities that are trusted besides the usual ones. */
  ca_file?: string;
  /** URL; empty for none, absent for what the environment says. */
  proxy?: string;
}

/** The service that searches the web for models, ready to be asked. Holds a key: never logged or printed as it is. */
export interface SearchSettings extends Transport {
  /** With what the user adds to its headers, query and body. */
  service: SearchService;
  url: string;
  key: KeyOrigin;
  api_key?: string;
  /** It stands in house. */
  local: boolean;
  max_results: number;
  timeout_ms: number;
  /** Hosted calls of one answer. */
  max_calls: number;
}

/** An MCP server over streamable HTTP. Holds a key: never logged or printed as it is. */
export interface McpServerSettings extends Transport {
  /** By which clients name it. */
  label: string;
  url: string;
  /** Sent with each request. */
  headers: Readonly<Record<string, string>>;
  key: KeyOrigin;
  api_key?: string;
  /** It stands in house. */
  local: boolean;
  /** Absent: all that it has. */
  allowed_tools?: readonly string[];
  require_approval?: "always" | "never";
  /** What a client gives to be sent along is sent along. */
  client_authorization: boolean;
  timeout_ms: number;
}

export interface ConfigFile {
  /** Path of the file. */
  file: string;
  providers: readonly ConfiguredProvider[];
  models: readonly ConfiguredModel[];
  /** `jusCode-auto` is always among them. */
  routes: readonly ConfiguredRoute[];
  server: ServerSettings;
  costs: { enabled: boolean; reference_model?: string };
  store: StoreConfig;
  /** Absent: models cannot search. */
  web_search?: SearchSettings;
  mcp_servers: readonly McpServerSettings[];
  warnings: readonly Warning[];
  /** Other files that it was made of: keys and certificates. */
  reads: readonly string[];
}

/** Surroundings that a config depends on. */
export interface ConfigInputs {
  env: Readonly<Record<string, string | undefined>>;
  /** Throws where there is no such file, or none that may be read. */
  readFile: (path: string) => string;
  /** How many keys of clients there are, in this file or where they usually are; absent for none. */
  client_keys?: (file: string | undefined) => number;
  /** How many of them are bound to no models; asked only where advice is wanted. */
  unbound_keys?: (file: string | undefined) => number;
}
