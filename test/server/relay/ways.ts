/** Each client on a host that speaks its own wire: forwarded, or translated because there are tools. */
import { WIRE_NAMES, type WireName } from "../../../src/core/provider.ts";
import { foundAt, serving, type Serving, type ServingOptions } from "../serving.ts";

export interface Asked {
  path: string;
  body: Record<string, unknown>;
  headers: Headers;
}

export interface Host extends AsyncDisposable {
  url: string;
  asked: Asked[];
}

/** A host that answers with what `answer` says; `index` counts from 0. */
export function host(answer: (asked: Asked, index: number) => Response | Promise<Response>): Host {
  const asked: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    development: false,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const one = { path: pathname, body: (await request.json()) as Record<string, unknown>, headers: request.headers };
      asked.push(one);
      return answer(one, asked.length - 1);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    asked,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const SCHEMA = { type: "object", properties: {} };

interface ClientForm {
  path: string;
  body: Record<string, unknown>;
  tools: unknown[];
}

const FORMS: Record<WireName, ClientForm> = {
  chat: {
    path: "/chat/completions",
    body: { messages: [{ role: "user", content: "hi" }] },
    tools: [{ type: "function", function: { name: "f", parameters: SCHEMA } }],
  },
  messages: {
    path: "/messages",
    body: { max_tokens: 1000, messages: [{ role: "user", content: "hi" }] },
    tools: [{ name: "f", input_schema: SCHEMA }],
  },
  responses: {
    path: "/responses",
    body: { input: "hi", store: false },
    tools: [{ type: "function", name: "f", parameters: SCHEMA }],
  },
};

export interface Way {
  client: WireName;
  /** The client's own bytes go to the host. */
  forwarded: boolean;
  stream: boolean;
}

/** All clients, forwarded and translated, streamed and whole. */
export const WAYS: Way[] = WIRE_NAMES.flatMap((client) =>
  [true, false].flatMap((forwarded) => [true, false].map((stream) => ({ client, forwarded, stream }))),
);

export const wayName = ({ client, forwarded, stream }: Way): string =>
  `${client}, ${forwarded ? "forwarded" : "translated"}, ${stream ? "streamed" : "whole"}`;

/** A shim before that host, which passes the client's wire through or translates to the same wire. */
export function shimFor(url: string, { client, forwarded }: Way, options: ServingOptions = {}): Promise<Serving> {
  const passthrough = forwarded ? "always" : "never";
  return serving(async () => [foundAt(url, ["m"], "box", { wires: [client], passthrough })], options);
}

export function ask(
  shim: Serving,
  { client, stream }: Way,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const { path, body, tools } = FORMS[client];
  return fetch(shim.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "m", stream, tools, ...body, ...more }),
  });
}

const sse = (...frames: object[]): string =>
  frames
    .map((frame) => `event: ${"type" in frame ? String(frame.type) : "message"}\ndata: ${JSON.stringify(frame)}\n\n`)
    .join("");

const USAGE = { input_tokens: 1, output_tokens: 1 };

/** `Yes.` in the host's wire, in the form that was asked for. */
export function yes({ body }: Asked, wire: WireName): Response {
  const streamed = body["stream"] === true;
  const headers = { "content-type": streamed ? "text/event-stream" : "application/json" };
  return new Response(REPLIES[wire](streamed), { headers });
}

const REPLIES: Record<WireName, (stream: boolean) => string> = {
  chat: (stream) =>
    stream
      ? `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "Yes." }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`
      : JSON.stringify({
          choices: [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }],
        }),
  messages: (stream) => {
    const message = { id: "msg_1", type: "message", role: "assistant", model: "m", stop_reason: null, usage: USAGE };
    const text = { type: "text", text: "Yes." };
    if (!stream) return JSON.stringify({ ...message, content: [text], stop_reason: "end_turn" });
    return sse(
      { type: "message_start", message: { ...message, content: [] } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Yes." } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: USAGE },
      { type: "message_stop" },
    );
  },
  responses: (stream) => {
    const item = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Yes.", annotations: [] }],
    };
    const response = {
      id: "resp_1",
      object: "response",
      status: "completed",
      model: "m",
      output: [item],
      usage: USAGE,
    };
    if (!stream) return JSON.stringify(response);
    return sse(
      { type: "response.created", sequence_number: 0, response: { ...response, status: "in_progress", output: [] } },
      { type: "response.output_item.added", sequence_number: 1, output_index: 0, item: { ...item, content: [] } },
      { type: "response.output_text.delta", sequence_number: 2, output_index: 0, content_index: 0, delta: "Yes." },
      { type: "response.output_item.done", sequence_number: 3, output_index: 0, item },
      { type: "response.completed", sequence_number: 4, response },
    );
  },
};

/** An error of the host, in its wire's envelope. */
export function refusal(
  wire: WireName,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const error = { type: "invalid_request_error", message };
  const body = wire === "messages" ? { type: "error", error } : { error: { ...error, param: null, code: null } };
  return Response.json(body, { status, headers });
}
