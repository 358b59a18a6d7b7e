/** The compiled shim with a config that names hosted tools, before a scripted Chat upstream. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatUpstream, type Script, type UpstreamOptions } from "./chat-upstream.ts";
import { until } from "./patience.ts";
import { PublishedSchema } from "./response-schemas.ts";
import { readEvents, tell, validateResponseBody, validateResponseStream, type StreamEvent } from "./response-events.ts";
import type { Json } from "./response-rules.ts";
import { SEARCH_KEY } from "./search-service.ts";
import { Shim } from "./shim.ts";

export interface HostedSetting extends AsyncDisposable {
  upstream: ChatUpstream;
  shim: Shim;
  url: string;
  /** Asks for a response; the body is checked. */
  create(body: Json): Promise<Json>;
  /** Asks for a stream; every event is checked. */
  stream(body: Json): Promise<StreamEvent[]>;
  /** Waits until the shim has printed this. */
  logged(text: string): Promise<void>;
}

export async function hostedSetting(
  script: Script,
  config: string,
  upstream: UpstreamOptions = {},
): Promise<HostedSetting> {
  const chat = new ChatUpstream(script, upstream);
  const folder = mkdtempSync(join(tmpdir(), "juscode-hosted-"));
  const file = join(folder, "config.toml");
  writeFileSync(file, config);
  const env = { BRAVE_API_KEY: SEARCH_KEY, TAVILY_API_KEY: SEARCH_KEY, MCP_KEY: "mcp-key-1234567890" };
  const shim = await Shim.start({ args: ["--upstream", chat.url, "--config", file], env });
  const post = (body: Json): Promise<Response> =>
    fetch(`${shim.url}/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "scripted", store: false, ...body }),
    });
  return {
    upstream: chat,
    shim,
    url: shim.url,
    async create(body) {
      const answer = (await (await post(body)).json()) as Json;
      const schema = schemaOf();
      if (answer["object"] === "response" && answer["status"] !== "queued")
        found(tell(validateResponseBody(answer)), schema.body(answer));
      return answer;
    },
    async stream(body) {
      const sse = await (await post({ ...body, stream: true })).text();
      const events = readEvents(sse);
      const schema = schemaOf();
      found(
        tell(validateResponseStream(sse)),
        events.filter(({ type }) => type !== "keepalive").flatMap((event) => schema.event(event)),
      );
      return events;
    },
    async logged(text) {
      await until(`"${text}" is logged`, async () => (await shim.output()).includes(text));
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
      await shim[Symbol.asyncDispose]();
      await chat[Symbol.asyncDispose]();
    },
  };
}

/** It takes a while to be read. */
let schema: PublishedSchema | undefined;
const schemaOf = (): PublishedSchema => (schema ??= new PublishedSchema("openai"));

function found(rules: string, schema: readonly string[]): void {
  const all = [...(rules === "" ? [] : [rules]), ...schema].join("\n");
  if (all !== "") throw new Error(`the answer breaks rules:\n${all}`);
}

/** The response of the last event. */
export const final = (events: readonly StreamEvent[]): Json => events.at(-1)?.["response"] as Json;
export const outputOf = (response: Json): Json[] => response["output"] as Json[];
export const typesOf = (response: Json): unknown[] => outputOf(response).map(({ type }) => type);
