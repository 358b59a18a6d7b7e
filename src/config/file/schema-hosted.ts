/** The shape of what the config says of hosted tools: the search service, and the MCP servers. */
import * as z from "zod";
import { CODEX_MCP_KEYS } from "./codex-keys.ts";

const text = z.string();
const word = z.string().min(1);
const texts = z.record(z.string(), z.string());
const timeout = z.int().min(1).max(600_000);

const transport = {
  ca_file: word.optional().describe("PEM file of authorities that are trusted besides the usual ones"),
  proxy: text.optional().describe('URL of a proxy; "" for none'),
  local: z
    .boolean()
    .optional()
    .describe("what is sent there stays in house (default: true for a loopback or private address)"),
};

export const webSearchSchema = z.strictObject({
  service: word.describe("searxng, brave, tavily, or a name of your own with the keys below"),
  url: text.optional().describe("its address (default: the service's own)"),
  env_key: word.optional().describe("environment variable that holds the key"),
  api_key_file: word.optional().describe("file that holds the key"),
  ...transport,
  max_results: z.int().min(1).max(20).optional().describe("results of a search at most (default 8)"),
  timeout_ms: timeout.optional().describe("how long a search may take (default 10000)"),
  max_calls: z.int().min(1).max(100).optional().describe("hosted calls of one answer at most (default 20)"),
  method: z.enum(["GET", "POST"]).optional().describe("how it is asked"),
  headers: texts.optional().describe("headers, added to the service's own; {key} is filled in"),
  query: texts.optional().describe("parameters of the URL, added to the service's own"),
  body: z.record(z.string(), z.unknown()).optional().describe("fields of the JSON body, added to the service's own"),
  results: word.optional().describe("where in the answer the results stand, names joined by dots"),
  fields: z
    .strictObject({
      url: word.optional(),
      title: word.optional(),
      text: z.union([word, z.array(word).min(1)]).optional(),
    })
    .optional()
    .describe("names of a result's fields"),
});
export type WebSearchToml = z.infer<typeof webSearchSchema>;

const own = {
  url: word.optional().describe("its address, for example https://tools.example/mcp (streamable HTTP)"),
  env_key: word.optional().describe("environment variable that holds the key, sent as a bearer token"),
  api_key_file: word.optional().describe("file that holds the key"),
  ...transport,
  http_headers: texts.optional().describe("headers that are sent with each request"),
  env_http_headers: texts.optional().describe("headers whose values stand in environment variables"),
  allowed_tools: z.array(word).optional().describe("tools that may be called (default: all)"),
  require_approval: z
    .enum(["always", "never"])
    .optional()
    .describe("always: no client can do without; never: where a client says nothing (default: as clients say)"),
  client_authorization: z
    .boolean()
    .optional()
    .describe("the authorization and headers that a client's request gives are sent (default false)"),
  timeout_ms: timeout.optional().describe("how long a call may take (default 60000)"),
};
export const MCP_KEYS: readonly string[] = Object.keys(own);

export const mcpServerSchema = z.strictObject({
  ...own,
  ...Object.fromEntries(
    CODEX_MCP_KEYS.map((key) => [
      key,
      z.unknown().optional().describe("Codex's own: a server with it is not used here"),
    ]),
  ),
});
const ownSchema = z.object(own);
export type McpServerToml = z.infer<typeof ownSchema>;
