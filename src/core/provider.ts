/** What is known of a provider and its models: plain data, resolved once from preset, catalog and config. */
import type { DialectPatch, EffortTable } from "./dialect.ts";

/** Protocols that upstreams speak. */
export const WIRE_NAMES = ["responses", "chat", "messages"] as const;
export type WireName = (typeof WIRE_NAMES)[number];

/** How the key is shown: `Authorization: Bearer`, or by itself in a header of its own. */
export type AuthScheme = "bearer" | "api-key" | "x-api-key";

/** How an upstream's context windows are read (see server/windows). */
export type ProbeKind = "models" | "llama-server" | "ollama" | "lm-studio" | "tgi" | "none";

/** USD per million tokens. */
export interface Price {
  input: number;
  output: number;
  cached_input?: number;
  cache_write?: number;
}

/** What is known of one model; what is absent is unknown. */
export interface ModelFacts {
  /** Tokens that prompt and reply may have together. */
  context_window?: number;
  max_output_tokens?: number;
  images?: boolean;
  /** Function calls are possible. */
  tools?: boolean;
  /** Empty for a model that cannot reason. */
  efforts?: EffortTable;
  price?: Price;
  dialect?: DialectPatch;
}

/** One provider, ready for requests. Holds a key: never logged or printed as it is. */
export interface ProviderRecord {
  id: string;
  /** For people. */
  name: string;
  /** Id of the preset that it follows, if any. */
  preset?: string;
  /** Without a slash at its end, without a query. */
  base_url: string;
  /** Wires that it speaks, the preferred one first. */
  wires: readonly WireName[];
  auth: AuthScheme;
  api_key?: string;
  /** Sent with each request. */
  headers: Readonly<Record<string, string>>;
  /** Added to each URL. */
  query: Readonly<Record<string, string>>;
  /** What is sent there stays in your network. */
  local: boolean;
  /** Pass-through of a client's own wire: where nothing has to change, always where the upstream speaks it, or never. */
  passthrough: "auto" | "always" | "never";
  /** False: what it has stored for its whole account may be named by no client (see server/access/reach). */
  account_objects?: boolean;
  /** How often a request is sent again that failed before its reply began. */
  request_max_retries: number;
  /** How often a stream is begun again that broke before its first item. */
  stream_max_retries: number;
  /** How long a stream may be silent. */
  stream_idle_timeout_ms: number;
  /** How long a connection may take to be made. */
  connect_timeout_ms: number;
  /** PEM file of authorities that are trusted besides the usual ones. */
  ca_file?: string;
  /** URL of a proxy for this upstream alone; "" for none, whatever the environment says. */
  proxy?: string;
  /** The user's own word on the dialect. */
  dialect?: DialectPatch;
  /** Windows and dialects by model, as the user gave them, by the upstream's names. */
  models: Readonly<Record<string, ModelFacts>>;
}
