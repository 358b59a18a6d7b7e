/** The Chat client's half behind a socket: a request's model names the recorded reply that it gets, in pieces. */
import { asShimError } from "../../../../src/core/errors.ts";
import { SseDecoder } from "../../../../src/core/sse.ts";
import { chatClient } from "../../../../src/wires/chat/client/client.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import { PLAIN, testSurroundings } from "../../../support/around.ts";
import type { Json } from "../../../support/response-rules.ts";

export interface ChatServer extends AsyncDisposable {
  url: string;
  requests: Json[];
}

/** Replies of an upstream, by the model that is asked. */
export function chatServer(replies: ReadonlyMap<string, Uint8Array | Json>): ChatServer {
  const requests: Json[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const json = (await request.json()) as Json;
      requests.push(json);
      try {
        return answer(json, replies.get(String(json["model"])) ?? {});
      } catch (thrown) {
        const { status, headers, body } = chatClient.httpError(asShimError(thrown), PLAIN);
        return Response.json(body, { status, headers });
      }
    },
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, requests, [Symbol.asyncDispose]: () => server.stop(true) };
}

const PIECE = 100;

function answer(json: Json, reply: Uint8Array | Json): Response {
  const around = testSurroundings();
  const { turn, stream, encoder } = chatClient.lift(json, PLAIN, around);
  const decoder = chatUpstream.decoder(turn, (event) => encoder.write(event), around);
  const bytes = reply instanceof Uint8Array ? reply : new TextEncoder().encode(JSON.stringify(reply));
  const feed = (sse: SseDecoder, piece: Uint8Array): void => sse.push(piece, (data) => decoder.feed(data));
  if (!stream) {
    const sse = new SseDecoder();
    if (reply instanceof Uint8Array) feed(sse, bytes);
    else decoder.feed(JSON.stringify(reply));
    sse.end((data) => decoder.feed(data));
    decoder.end();
    if (encoder.error) throw encoder.error;
    return Response.json(encoder.body());
  }
  const sse = new SseDecoder();
  let at = 0;
  const body = new ReadableStream<string>({
    start(controller) {
      encoder.open();
      encoder.heartbeat({ processed: 1, total: 2 });
      controller.enqueue(encoder.take());
    },
    pull(controller) {
      if (at < bytes.length && reply instanceof Uint8Array) {
        feed(sse, bytes.subarray(at, (at += PIECE)));
        controller.enqueue(encoder.take());
        return;
      }
      if (reply instanceof Uint8Array) sse.end((data) => decoder.feed(data));
      else decoder.feed(JSON.stringify(reply));
      decoder.end();
      controller.enqueue(encoder.take());
      controller.close();
    },
  });
  return new Response(body.pipeThrough(new TextEncoderStream()), { headers: { "content-type": "text/event-stream" } });
}
