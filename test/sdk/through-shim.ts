/** A client library, the compiled shim and a scripted Chat upstream, put together for one test. */
import { expect } from "bun:test";
import { ChatUpstream, type ChatMessage, type Script } from "../support/chat-upstream.ts";
import { until } from "../support/patience.ts";
import { Shim } from "../support/shim.ts";

export const MODEL = "scripted";
/** A PNG of one dot, whole, so that no library that looks into it finds fault. */
export const DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
export const DOT_URL = `data:image/png;base64,${DOT}`;
/** How llama-server says that a prompt is too long. */
export const OVERFLOW = "request (9000 tokens) exceeds the available context size (8192 tokens)";

export interface Setting<Client> extends AsyncDisposable {
  upstream: ChatUpstream;
  client: Client;
  /** Base URL with `/v1`. */
  url: string;
  /** Of the shim. */
  home: string;
}

export async function setUp<Client>(script: Script, connect: (url: string) => Client): Promise<Setting<Client>> {
  const upstream = new ChatUpstream(script);
  const shim = await Shim.start({ args: ["--upstream", upstream.url] });
  return {
    upstream,
    client: connect(shim.url),
    url: shim.url,
    home: shim.dir,
    async [Symbol.asyncDispose]() {
      await shim[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

export const sent = (upstream: ChatUpstream, n: number): ChatMessage[] => upstream.request(n).body.messages;

/** What a promise was rejected with. */
export const failure = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    (value) => {
      throw new Error(`nothing was thrown, but this came: ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );

/** The shim has left the upstream, as long as the upstream was still at it. */
export async function expectLeft(upstream: ChatUpstream): Promise<void> {
  expect(upstream.requests.length).toBeGreaterThan(0);
  await until("the upstream is left", () => upstream.requests.every(({ aborted_ms }) => aborted_ms !== undefined));
}
