/** The shape of the config file. What a value means beyond its shape is judged in the resolve-*.ts files. */
import * as z from "zod";
import { WIRE_NAMES } from "../../core/provider.ts";
import { CODEX_TOP_KEYS, IDLE_PROVIDER_KEYS } from "./codex-keys.ts";
import { dialectSchema, effortsSchema } from "./schema-dialect.ts";
import { mcpServerSchema, webSearchSchema, type McpServerToml, type WebSearchToml } from "./schema-hosted.ts";

/** Timers of longer times fire at once. */
const MAX_MS = 2 ** 31 - 1;

const ms = z.int().min(1).max(MAX_MS);
const count = z.int().min(0).max(MAX_MS);
const text = z.string();
const word = z.string().min(1);
const texts = z.record(z.string(), z.string());
const usd = z.number().min(0);
const wire = z.enum(WIRE_NAMES);

const unread = (reasons: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(reasons).map(([key, why]) => [key, z.unknown().optional().describe(`means nothing here: ${why}`)]),
  );

export const authSchema = z.strictObject({
  command: word.describe("program that prints the key"),
  args: z.array(text).optional().describe("its arguments"),
  timeout_ms: ms.optional().describe("how long it may take (default 5000)"),
  refresh_interval_ms: count
    .optional()
    .describe("age after which it is run again; 0: only when a key is refused (default 300000)"),
  cwd: word.optional().describe("folder where it runs (default: the config file's)"),
});

export const providerSchema = z.strictObject({
  name: text.optional().describe("for people (default: the preset's name, or the id)"),
  preset: word.optional().describe("kind of host, which sets all that is not said here"),
  base_url: text
    .optional()
    .describe("address, as far as /responses or /chat/completions would follow (default: the preset's)"),
  wire_api: z
    .union([wire, z.array(wire).min(1)])
    .optional()
    .describe("wires that the host speaks, the preferred one first"),
  env_key: word.optional().describe("environment variable that holds the key"),
  env_key_instructions: text.optional().describe("said when that variable is not set"),
  api_key_file: word.optional().describe("file that holds the key"),
  experimental_bearer_token: word.optional().describe("the key itself; rather use env_key or api_key_file"),
  auth: authSchema.optional().describe("a command that prints the key"),
  http_headers: texts.optional().describe("headers that are sent with each request"),
  env_http_headers: texts.optional().describe("headers whose values stand in environment variables"),
  query_params: texts.optional().describe("added to each URL"),
  request_max_retries: count.optional().describe("how often a request is sent again (default 0, at most 100)"),
  stream_max_retries: count.optional().describe("how often a broken stream is begun again (default 0, at most 100)"),
  stream_idle_timeout_ms: ms
    .optional()
    .describe("how long a stream may be silent, for example 300000 (default: idle_ms of [server])"),
  connect_timeout_ms: ms.optional().describe("how long a connection may take to be made (default 10000)"),
  ca_file: word.optional().describe("PEM file of authorities that are trusted besides the usual ones"),
  proxy: text.optional().describe('URL of a proxy for this host; "" for none'),
  local: z
    .boolean()
    .optional()
    .describe("prompts sent there stay in house (default: true for a loopback or private address)"),
  passthrough: z
    .enum(["auto", "always", "never"])
    .optional()
    .describe("whether the client's own wire is handed on untouched (default auto)"),
  account_objects: z
    .boolean()
    .optional()
    .describe(
      "clients may name what the host has stored for the whole account: files, containers, prompts (default: those whose key is bound to no models)",
    ),
  dialect: dialectSchema.optional().describe("how the host wants its requests"),
  drop: z.array(word).optional().describe("fields that are never sent, by their path"),
  extra_body: z.record(z.string(), z.unknown()).optional().describe("fields that are added to each request"),
  ...unread(IDLE_PROVIDER_KEYS),
});

export const modelSchema = z.strictObject({
  provider: word.optional().describe("id of the provider (default: the only one, or all that have the model)"),
  model: word.optional().describe("the host's own name for it (default: the name in the table's head)"),
  aliases: z.array(word).optional().describe("other names"),
  context_window: z
    .int()
    .min(1)
    .optional()
    .describe("tokens that prompt and answer may have together, for example 65536"),
  max_output_tokens: z.int().min(1).optional().describe("tokens that an answer may have, for example 16384"),
  images: z.boolean().optional().describe("it sees images"),
  modalities: z
    .array(z.enum(["text", "image"]))
    .min(1)
    .optional()
    .describe("another way to say `images`"),
  tools: z.boolean().optional().describe("it can call tools"),
  efforts: effortsSchema.optional().describe("efforts that it takes; an empty list if it cannot reason"),
  price: z
    .strictObject({ input: usd, output: usd, cached_input: usd.optional(), cache_write: usd.optional() })
    .optional()
    .describe("USD per million tokens"),
  dialect: dialectSchema.optional().describe("how this model wants its requests"),
});

const candidate = z.union([
  word,
  z.strictObject({
    model: word.describe("name of a model"),
    efforts: z.array(word).min(1).optional().describe("only turns of these efforts"),
    providers: z.array(word).min(1).optional().describe("only by these providers"),
  }),
]);

export const routeSchema = z.strictObject({
  description: text.optional().describe("for people, in the list of models"),
  candidates: z.array(candidate).optional().describe("models to choose from"),
  prefer: z
    .enum(["cheapest", "fastest", "local_first", "ordered"])
    .optional()
    .describe("what counts (default cheapest)"),
  local_only: z.boolean().optional().describe("nothing leaves the house (default: that of [server])"),
  providers: z.array(word).min(1).optional().describe("no other providers are ever asked"),
  helpers: z
    .array(candidate)
    .min(1)
    .optional()
    .describe("models for small requests besides the turns: titles, summaries"),
});

export const serverSchema = z.strictObject({
  listen: z
    .union([word, z.int().min(0).max(65_535)])
    .optional()
    .describe("HOST:PORT or PORT (default 127.0.0.1:5872)"),
  discover: z
    .boolean()
    .optional()
    .describe("look for model hosts on this machine (default: only if no provider is named)"),
  hold_ms: ms.optional().describe("how long a host may take before the answer begins without it (default 2000)"),
  heartbeat_ms: ms.optional().describe("silence after which the client gets a sign of life (default 10000)"),
  idle_ms: ms.optional().describe("silence after which a host is given up (default 1800000)"),
  heal: z.enum(["auto", "off"]).optional().describe("make real calls of tool calls left in the text (default auto)"),
  max_body_mb: z.int().min(1).max(1024).optional().describe("how large a request may be (default 64)"),
  max_answer_mb: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe("how large an upstream's reply may be, where it has to be held (default 128)"),
  max_memory_mb: z
    .int()
    .min(64)
    .optional()
    .describe("memory for all requests and replies at once (default: a quarter of the machine's)"),
  body_timeout_ms: ms.optional().describe("how long a request's body may take to arrive (default 300000)"),
  max_requests: z.int().min(1).max(20_000).optional().describe("requests that may run at once (default 250)"),
  max_waiting: z.int().min(0).max(20_000).optional().describe("requests that may wait for a place (default 100)"),
  max_wait_ms: ms.optional().describe("how long one waits before it is told to come back (default 5000)"),
  log_level: z
    .enum(["info", "warn", "error", "quiet"])
    .optional()
    .describe(
      "a line for each request, only for those that failed or warn of something, only for errors, or none (default info)",
    ),
  log_format: z.enum(["text", "json"]).optional().describe("lines for people, or JSON for programs (default text)"),
  metrics: z.boolean().optional().describe("counts for Prometheus at /metrics (default true)"),
  keep_turns: z.boolean().optional().describe("keep how the last turns went, for `juscode-shim last` (default true)"),
  keys_file: word.optional().describe("file of the clients' keys (default: keys.json in the state folder)"),
  require_keys: z
    .boolean()
    .optional()
    .describe("every client needs a key (default: only if there are keys, or other machines may connect)"),
  allowed_hosts: z
    .array(word)
    .optional()
    .describe("names by which this server is reached besides loopback; *. at the head for all below (default none)"),
  allowed_origins: z
    .array(word)
    .optional()
    .describe("web pages that may send requests and read answers, for example https://app.example (default none)"),
  cert_file: word.optional().describe("PEM file of this server's certificate, for https (default: http)"),
  key_file: word.optional().describe("PEM file of the certificate's key"),
  local_only: z.boolean().optional().describe("no provider is asked that is not local (default false)"),
});

export const costsSchema = z.strictObject({
  enabled: z.boolean().optional().describe("keep tokens and USD by request (default true)"),
  reference_model: word.optional().describe("model whose price the total is compared with"),
});

export const storeSchema = z.strictObject({
  enabled: z.boolean().optional().describe("keep responses and conversations that clients want kept (default true)"),
  url: word
    .optional()
    .describe("sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE (default: responses.sqlite in the state folder)"),
  url_env: word.optional().describe("environment variable that holds the URL"),
  url_file: word.optional().describe("file that holds the URL"),
  max_age_days: z.int().min(1).max(36_500).optional().describe("how long they are kept (default 30)"),
  max_mb: z.int().min(1).max(MAX_MS).optional().describe("how much is kept; then the oldest go (default 1024)"),
});

/** Keys at the top that mean something here. */
const OWN = {
  server: serverSchema.optional().describe("this program"),
  model_providers: z.record(z.string(), providerSchema).optional().describe("hosts of models, by id"),
  models: z.record(z.string(), modelSchema).optional().describe("names and properties of models"),
  routes: z.record(z.string(), routeSchema).optional().describe("virtual models"),
  costs: costsSchema.optional().describe("what was spent"),
  store: storeSchema.optional().describe("where responses and conversations are kept"),
  web_search: z
    .union([webSearchSchema, z.string().describe("Codex's own; means nothing here")])
    .optional()
    .describe("the service that searches the web for models"),
  mcp_servers: z
    .record(z.string(), mcpServerSchema)
    .optional()
    .describe("MCP servers that models may be given, by label"),
};
export const TOP_KEYS: readonly string[] = Object.keys(OWN);

export const fileSchema = z.strictObject({
  ...OWN,
  ...Object.fromEntries(
    CODEX_TOP_KEYS.map((key) => [key, z.unknown().optional().describe("Codex's own; means nothing here")]),
  ),
}) as unknown as z.ZodType<ConfigToml>;

export type ProviderToml = Partial<z.infer<typeof providerSchema>>;
export type AuthToml = z.infer<typeof authSchema>;
export type ModelToml = z.infer<typeof modelSchema>;
export type RouteToml = z.infer<typeof routeSchema>;
export type CandidateToml = z.infer<typeof candidate>;
export type ServerToml = z.infer<typeof serverSchema>;
export type StoreToml = z.infer<typeof storeSchema>;
export interface ConfigToml {
  server?: ServerToml;
  model_providers?: Record<string, ProviderToml>;
  models?: Record<string, ModelToml>;
  routes?: Record<string, RouteToml>;
  costs?: z.infer<typeof costsSchema>;
  store?: StoreToml;
  web_search?: WebSearchToml | string;
  mcp_servers?: Record<string, McpServerToml>;
}
