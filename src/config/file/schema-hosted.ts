/** The shape of [web_search] and [mcp_servers]. */
import * as z from "zod";
import { CODEX_MCP_KEYS } from "./codex-keys.ts";
import { flag, opt, text, texts, transport, word, words } from "./schema-values.ts";

const timeout = z.int().min(1).max(600_000);

export const webSearchSchema = z.strictObject({
  service: word.describe("searxng, brave, tavily, or a name of your own with the keys below"),
  url: opt(text, "its address (default: the service's own)"),
  env_key: opt(word, "environment variable that holds the key"),
  api_key_file: opt(word, "file that holds the key"),
  ...transport,
  max_results: opt(z.int().min(1).max(20), "results of a search at most (default 8)"),
  timeout_ms: opt(timeout, "how long a search may take (default 10000)"),
  max_calls: opt(z.int().min(1).max(100), "hosted tool calls of one reply at most (default 20)"),
  method: opt(z.enum(["GET", "POST"]), "HTTP method"),
  headers: opt(texts, "headers, added to the service's own; {key} is filled in"),
  query: opt(texts, "parameters of the URL, added to the service's own"),
  body: opt(z.record(z.string(), z.unknown()), "fields of the JSON body, added to the service's own"),
  results: opt(word, "path of the results in its reply, names joined by dots"),
  fields: opt(
    z.strictObject({ url: word.optional(), title: word.optional(), text: z.union([word, words.min(1)]).optional() }),
    "names of a result's fields",
  ),
});
export type WebSearchToml = z.infer<typeof webSearchSchema>;

const own = {
  url: opt(word, "its address, for example https://tools.example/mcp (streamable HTTP)"),
  env_key: opt(word, "environment variable that holds the key, sent as a bearer token"),
  api_key_file: opt(word, "file that holds the key"),
  ...transport,
  http_headers: opt(texts, "headers that are sent with each request"),
  env_http_headers: opt(texts, "headers whose values stand in environment variables"),
  allowed_tools: opt(words, "tools that may be called (default: all)"),
  require_approval: opt(z.enum(["always", "never"]), "whether tool calls need approval (default: the client decides)"),
  client_authorization: opt(flag, "forward the authorization and headers of the client's request (default false)"),
  timeout_ms: opt(timeout, "how long a tool call may take (default 60000)"),
};
export const MCP_KEYS: readonly string[] = Object.keys(own);

const CODEX = "a setting of Codex: a server with it is not used here";

export const mcpServerSchema = z.strictObject({
  ...own,
  ...Object.fromEntries(CODEX_MCP_KEYS.map((key) => [key, opt(z.unknown(), CODEX)])),
});
const ownSchema = z.object(own);
export type McpServerToml = z.infer<typeof ownSchema>;
