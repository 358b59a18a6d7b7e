/** The shape of the config file. What a value means beyond its shape is judged in the resolve-*.ts files. */
import * as z from "zod";
import { WIRE_NAMES } from "../../core/provider.ts";
import { CODEX_TOP_KEYS, IDLE_PROVIDER_KEYS } from "./codex-keys.ts";
import { dialectSchema, effortsSchema } from "./schema-dialect.ts";
import { mcpServerSchema, webSearchSchema } from "./schema-hosted.ts";
import { flag, opt, text, texts, transport, word, words } from "./schema-values.ts";

/** Timers of longer times fire at once. */
const MAX_MS = 2 ** 31 - 1;

const ms = z.int().min(1).max(MAX_MS);
const count = z.int().min(0).max(MAX_MS);
const usd = z.number().min(0);
const wire = z.enum(WIRE_NAMES);

/** Keys of Codex that are let in and have no effect, with why. */
const idle = (key: string, why: string): [string, z.ZodOptional] => [key, opt(z.unknown(), why)];

export const authSchema = z.strictObject({
  command: word.describe("program that prints the key"),
  args: opt(z.array(text), "its arguments"),
  timeout_ms: opt(ms, "how long it may take (default 5000)"),
  refresh_interval_ms: opt(count, "age after which it is run again; 0: only when a key is refused (default 300000)"),
  cwd: opt(word, "folder where it runs (default: the config file's)"),
});

export const providerSchema = z.strictObject({
  name: opt(text, "for people (default: the preset's name, or the id)"),
  preset: opt(word, "kind of provider; gives the defaults for everything not set here"),
  base_url: opt(text, "address, as far as /responses or /chat/completions would follow (default: the preset's)"),
  wire_api: opt(z.union([wire, z.array(wire).min(1)]), "wires that the provider speaks, the preferred one first"),
  env_key: opt(word, "environment variable that holds the key"),
  env_key_instructions: opt(text, "shown when that variable is not set"),
  api_key_file: opt(word, "file that holds the key"),
  experimental_bearer_token: opt(word, "the key itself; env_key or api_key_file is safer"),
  auth: opt(authSchema, "a command that prints the key"),
  http_headers: opt(texts, "headers that are sent with each request"),
  env_http_headers: opt(texts, "headers whose values stand in environment variables"),
  query_params: opt(texts, "added to each URL"),
  request_max_retries: opt(count, "how often a request is sent again (default 0, at most 100)"),
  stream_max_retries: opt(count, "how often a broken stream is started again (default 0, at most 100)"),
  stream_idle_timeout_ms: opt(ms, "how long a stream may be silent, for example 300000 (default: idle_ms of [server])"),
  connect_timeout_ms: opt(ms, "how long connecting may take (default 10000)"),
  ...transport,
  passthrough: opt(z.enum(["auto", "always", "never"]), "pass-through of the client's own wire (default auto)"),
  account_objects: opt(
    flag,
    "whether clients may use what the account stores: files, containers, prompts (default: those whose key is bound to no models)",
  ),
  dialect: opt(dialectSchema, "how the provider wants its requests"),
  drop: opt(words, "fields that are never sent, by their path"),
  extra_body: opt(z.record(z.string(), z.unknown()), "fields that are added to each request"),
  ...Object.fromEntries(
    Object.entries(IDLE_PROVIDER_KEYS).map(([key, why]) => idle(key, `has no effect here: ${why}`)),
  ),
});

export const modelSchema = z.strictObject({
  provider: opt(word, "id of the provider (default: the only one, or all that have the model)"),
  model: opt(word, "its name at the provider (default: the name of this table)"),
  aliases: opt(words, "other names"),
  context_window: opt(z.int().min(1), "context window in tokens, for example 65536"),
  max_output_tokens: opt(z.int().min(1), "most tokens of a reply, for example 16384"),
  images: opt(flag, "it takes images"),
  modalities: opt(z.array(z.enum(["text", "image"])).min(1), "the same as `images`, as a list"),
  tools: opt(flag, "it can call tools"),
  efforts: opt(effortsSchema, "efforts that it accepts; an empty list if it cannot reason"),
  price: opt(
    z.strictObject({ input: usd, output: usd, cached_input: usd.optional(), cache_write: usd.optional() }),
    "USD per million tokens",
  ),
  dialect: opt(dialectSchema, "how this model wants its requests"),
});

const candidate = z.union([
  word,
  z.strictObject({
    model: word.describe("name of a model"),
    efforts: opt(words.min(1), "only turns of these efforts"),
    providers: opt(words.min(1), "only by these providers"),
  }),
]);

export const routeSchema = z.strictObject({
  description: opt(text, "for people, in the list of models"),
  candidates: opt(z.array(candidate), "models to choose from"),
  prefer: opt(z.enum(["cheapest", "fastest", "local_first", "ordered"]), "what to prefer (default cheapest)"),
  local_only: opt(flag, "only local providers are used (default: that of [server])"),
  providers: opt(words.min(1), "the only providers that may be used"),
  helpers: opt(z.array(candidate).min(1), "models for helper requests: titles, summaries"),
});

export const serverSchema = z.strictObject({
  listen: opt(z.union([word, z.int().min(0).max(65_535)]), "HOST:PORT or PORT (default 127.0.0.1:5872)"),
  discover: opt(flag, "discover model servers on this machine (default: only if no provider is configured)"),
  hold_ms: opt(ms, "how long an upstream may take before the response starts without it (default 2000)"),
  heartbeat_ms: opt(ms, "silence after which the client gets a heartbeat (default 10000)"),
  idle_ms: opt(ms, "silence after which an upstream times out (default 1800000)"),
  heal: opt(z.enum(["auto", "off"]), "turn text tool calls into real ones (default auto)"),
  max_body_mb: opt(z.int().min(1).max(1024), "how large a request may be (default 64)"),
  max_answer_mb: opt(
    z.int().min(1).max(1024),
    "how large an upstream's reply may be where it is translated, stored or in one piece (default 128)",
  ),
  max_memory_mb: opt(
    z.int().min(64),
    "memory for all requests and replies at once, for example 1024 (default: a quarter of the machine's or the container's, 256 or more)",
  ),
  body_timeout_ms: opt(ms, "how long a request's body may take to arrive (default 300000)"),
  max_requests: opt(z.int().min(1).max(20_000), "concurrency limit (default 250)"),
  max_waiting: opt(z.int().min(0).max(20_000), "requests that may wait for a free slot (default 100)"),
  max_wait_ms: opt(ms, "how long one waits before it is refused with 503, or 529 on Messages (default 5000)"),
  log_level: opt(
    z.enum(["info", "warn", "error", "quiet"]),
    "what is logged: every request; those that failed, and warnings; only those that failed; nothing (default info)",
  ),
  log_format: opt(z.enum(["text", "json"]), "lines for people, or JSON for programs (default text)"),
  metrics: opt(flag, "Prometheus metrics at /metrics (default true)"),
  keep_turns: opt(flag, "keep the outcome of recent turns, for `juscode-shim last` (default true)"),
  keys_file: opt(word, "file of the client keys (default: keys.json in the state folder)"),
  require_keys: opt(flag, "every client needs a key (default: if keys exist, or other machines can connect)"),
  allowed_hosts: opt(words, "host names of this server besides loopback; *. at the head for all below (default none)"),
  allowed_origins: opt(words, "web pages that may use this server, for example https://app.example (default none)"),
  cert_file: opt(word, "PEM file of this server's certificate, for https (default: http)"),
  key_file: opt(word, "PEM file of the certificate's key"),
  local_only: opt(flag, "only local providers are used (default false)"),
});

export const costsSchema = z.strictObject({
  enabled: opt(flag, "record tokens and USD of each request (default true)"),
  reference_model: opt(word, "model to compare the costs with"),
});

export const storeSchema = z.strictObject({
  enabled: opt(flag, "store responses and conversations when clients ask for it (default true)"),
  url: opt(word, "sqlite:PATH or postgres://… (default: responses.sqlite in the state folder)"),
  url_env: opt(word, "environment variable that holds the URL"),
  url_file: opt(word, "file that holds the URL"),
  max_age_days: opt(z.int().min(1).max(36_500), "how long they are kept (default 30)"),
  max_mb: opt(z.int().min(1).max(MAX_MS), "how much is kept, the newest first (default 1024)"),
});

const CODEX = "a setting of Codex; has no effect here";

/** Settings at the top of the file, without those of Codex. */
const OWN = {
  server: opt(serverSchema, "this program"),
  model_providers: opt(z.record(z.string(), providerSchema), "model providers, by id"),
  models: opt(z.record(z.string(), modelSchema), "names and facts of models"),
  routes: opt(z.record(z.string(), routeSchema), "virtual models"),
  costs: opt(costsSchema, "usage and costs"),
  store: opt(storeSchema, "where responses and conversations are kept"),
  web_search: opt(z.union([webSearchSchema, text.describe(CODEX)]), "the service that searches the web for models"),
  mcp_servers: opt(z.record(z.string(), mcpServerSchema), "MCP servers that models may be given, by label"),
};
export const TOP_KEYS: readonly string[] = Object.keys(OWN);

export const fileSchema = z.strictObject({
  ...OWN,
  ...Object.fromEntries(CODEX_TOP_KEYS.map((key) => idle(key, CODEX))),
}) as unknown as z.ZodType<ConfigToml>;

export type ProviderToml = Partial<z.infer<typeof providerSchema>>;
export type AuthToml = z.infer<typeof authSchema>;
export type ModelToml = z.infer<typeof modelSchema>;
export type RouteToml = z.infer<typeof routeSchema>;
export type CandidateToml = z.infer<typeof candidate>;
export type ServerToml = z.infer<typeof serverSchema>;
export type StoreToml = z.infer<typeof storeSchema>;
const ownSchema = z.object(OWN);
export type ConfigToml = z.infer<typeof ownSchema>;

/** For editors. */
export function configJsonSchema(): unknown {
  return { title: "juscode-shim config", ...z.toJSONSchema(fileSchema, { io: "input" }) };
}
