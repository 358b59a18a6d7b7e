/** A host that answers what a test wants, on every path, in pieces of any size. */
import type { WireName } from "../../src/core/provider.ts";

export interface Asked {
  path: string;
  search: string;
  text: string;
  headers: Headers;
}

export interface LeakyHost extends AsyncDisposable {
  /** With `/v1`. */
  url: string;
  asked: Asked[];
  /** What comes next, and whatever comes after it. */
  answer: (asked: Asked) => Response;
}

export function leakyHost(answer: (asked: Asked) => Response = () => new Response("{}")): LeakyHost {
  const host: LeakyHost = {
    url: "",
    asked: [],
    answer,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const { pathname: path, search } = new URL(request.url);
      const asked = { path, search, text: await request.text(), headers: request.headers };
      if (request.method === "POST") host.asked.push(asked);
      return host.answer(asked);
    },
  });
  host.url = `http://127.0.0.1:${server.port}/v1`;
  return host;
}

export function pieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await Bun.sleep(0);
      controller.enqueue(bytes.slice(at, (at += size)));
      if (at >= bytes.length) controller.close();
    },
  });
}

/** How a client asks, and how a host answers, in one wire. */
interface Way {
  path: string;
  body(prompt: string): object;
  /** Events that begin an answer well. */
  begin: string;
  /** An event that says it has failed; `words` stand in it as they are, within a JSON text. */
  failed(words: string): string[];
  /** Events that end an answer well. */
  end: string;
}

const frame = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
const event = (data: { type: string }): string => `event: ${data.type}\n${frame(data)}`;

export const WAYS: Readonly<Record<WireName, Way>> = {
  responses: {
    path: "/responses",
    body: (input) => ({ model: "m", input, store: false }),
    begin:
      event({
        type: "response.created",
        response: { id: "r", status: "in_progress", error: null, output: [] },
      } as never) +
      event({
        type: "response.output_item.added",
        output_index: 0,
        item: { id: "i", type: "message", role: "assistant", content: [] },
      } as never) +
      event({
        type: "response.output_text.delta",
        item_id: "i",
        output_index: 0,
        content_index: 0,
        delta: "Hi",
      } as never),
    failed: (words) => [
      `event: error\ndata: {"type":"error","code":"server_error","message":"${words}","param":null}\n\n`,
      `data: {"type":"error","error":{"type":"server_error","message":"${words}"}}\n\n`,
      `event: response.failed\ndata: {"type":"response.failed","response":{"id":"r","status":"failed","output":[],"error":{"code":"server_error","message":"${words}"}}}\n\n`,
    ],
    end: event({
      type: "response.completed",
      response: { id: "r", status: "completed", error: null, output: [] },
    } as never),
  },
  chat: {
    path: "/chat/completions",
    body: (content) => ({ model: "m", messages: [{ role: "user", content }] }),
    begin: frame({ choices: [{ index: 0, delta: { role: "assistant", content: "Hi" }, finish_reason: null }] }),
    failed: (words) => [
      `data: {"error":{"message":"${words}","type":"server_error","code":500}}\n\n`,
      `data: {"error":"${words}"}\n\n`,
      `data: {"object":"error","message":"${words}","code":500}\n\n`,
      `data: {"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"message":"${words}"}}],"error":{"message":"${words}"}}\n\n`,
      `data: {"base_resp":{"status_code":1000,"status_msg":"${words}"}}\n\n`,
      `data: {\ndata: "error": {\ndata: "message": "${words}" } }\n\n`,
    ],
    end: `${frame({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}data: [DONE]\n\n`,
  },
  messages: {
    path: "/messages",
    body: (content) => ({ model: "m", max_tokens: 9, messages: [{ role: "user", content }] }),
    begin:
      event({
        type: "message_start",
        message: { id: "m", type: "message", role: "assistant", content: [], usage: { input_tokens: 1 } },
      } as never) +
      event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } as never) +
      event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } } as never),
    failed: (words) => [
      `event: error\ndata: {"type":"error","error":{"type":"api_error","message":"${words}"}}\n\n`,
      `data: {"type":"error","error":{"type":"overloaded_error","message":"${words}"},"request_id":"${words}"}\n\n`,
    ],
    end:
      event({ type: "content_block_stop", index: 0 } as never) +
      event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } } as never) +
      event({ type: "message_stop" }),
  },
};
