/** The resolved settings of a config file: plain data, with every default that does not depend on the command line. */
import type { ModelFacts, ProviderRecord } from "../../core/provider.ts";
import type { SearchService } from "../search-services.ts";
import type { Warning } from "./problem.ts";
import type { ServerToml } from "./schema.ts";

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
  /** Age after which it is run again; 0: only when a key was refused. */
  refresh_interval_ms: number;
  cwd: string;
}

export interface ConfiguredProvider {
  record: ProviderRecord;
  key: KeyOrigin;
  auth_command?: AuthCommand;
  local: boolean;
  passthrough: "auto" | "always" | "never";
}

/** A name for a model of a provider, and what the user states about it. */
export interface ConfiguredModel {
  name: string;
  aliases: readonly string[];
  /** Absent: every provider that has it. */
  provider?: string;
  /** The upstream's own name. */
  model: string;
  facts: ModelFacts;
}

export interface RouteCandidate {
  name: string;
  /** Absent: every provider that has it. */
  provider?: string;
  /** The upstream's own name. */
  model: string;
  /** Only turns of these efforts; absent for all. */
  efforts?: readonly string[];
  /** Absent: every provider that the route allows. */
  providers?: readonly string[];
}

export interface ConfiguredRoute {
  name: string;
  description?: string;
  /** `all`: every model of every provider. */
  candidates: readonly RouteCandidate[] | "all";
  prefer: "cheapest" | "fastest" | "local_first" | "ordered";
  local_only: boolean;
  /** The only ones that may be used; absent for all. */
  providers?: readonly string[];
  /** For helper requests; absent: like any other. */
  helpers?: readonly RouteCandidate[];
}

/** Only what the file sets, but for the fields that depend on the rest of it; the command line wins over it. */
export type ServerSettings = Omit<ServerToml, "listen" | "discover" | "local_only"> & {
  listen?: { host: string; port: number };
  discover: boolean;
  local_only: boolean;
};

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

/** How connections are made. */
export interface Transport {
  ca_file?: string;
  /** URL; empty for none, absent for the one of the environment. */
  proxy?: string;
}

/** A service that hosted tools use. Holds a key: never logged or printed as it is. */
interface HostedService extends Transport {
  url: string;
  key: KeyOrigin;
  api_key?: string;
  local: boolean;
  timeout_ms: number;
}

/** The service that searches the web for models. */
export interface SearchSettings extends HostedService {
  service: SearchService;
  max_results: number;
  max_calls: number;
}

/** An MCP server over streamable HTTP. */
export interface McpServerSettings extends HostedService {
  label: string;
  headers: Readonly<Record<string, string>>;
  /** Absent: all of its tools. */
  allowed_tools?: readonly string[];
  require_approval?: "always" | "never";
  /** Whether the authorization and headers of the client's request are forwarded. */
  client_authorization: boolean;
}

export interface ConfigFile {
  file: string;
  providers: readonly ConfiguredProvider[];
  models: readonly ConfiguredModel[];
  /** `jusCode-auto` is always among them. */
  routes: readonly ConfiguredRoute[];
  server: ServerSettings;
  costs: { enabled: boolean; reference_model?: string };
  store: StoreConfig;
  web_search?: SearchSettings;
  mcp_servers: readonly McpServerSettings[];
  warnings: readonly Warning[];
  /** Other files that were read for it: keys and certificates. */
  reads: readonly string[];
}

/** The environment that a config is resolved in. */
export interface ConfigInputs {
  env: Readonly<Record<string, string | undefined>>;
  /** Throws where there is no such file, or none that may be read. */
  readFile: (path: string) => string;
  /** Counts the client keys in this file, or in the usual one; absent: none. */
  client_keys?: (file: string | undefined) => number;
  /** Counts those without a list of models; given only where a warning is wanted. */
  unbound_keys?: (file: string | undefined) => number;
}
