/**
 * A forwarded stream whose upstream takes long to begin: the client gets headers and heartbeats meanwhile, and then the
 * upstream's bytes. What fails after the headers are sent is written into the stream.
 */
import { asShimError, type ShimError } from "../../core/errors.ts";
import { redactError } from "../access/redact.ts";
import { within } from "../pause.ts";
import { STREAM_HEADERS } from "./pump.ts";
import { exchangeOf, type RequestScope } from "./scope.ts";

/** A translated reply holds its headers back by itself, and says more in its own heartbeats. */
const TRANSLATION_HEAD_START_MS = 50;

/**
 * The response itself when it comes soon, with its own status; throws what it throws then. `onCommit` is called when the
 * headers are sent.
 */
export async function held(response: Promise<Response>, scope: RequestScope, onCommit: () => void): Promise<Response> {
  const soon = await within(response, scope.gateway.hold_ms + TRANSLATION_HEAD_START_MS);
  if (soon) return soon;
  onCommit();
  return new Response(heldStream(response, scope), { headers: { ...scope.call.headers(), ...STREAM_HEADERS } });
}

function heldStream(response: Promise<Response>, scope: RequestScope): ReadableStream<Uint8Array> {
  const { incoming, gateway, call } = scope;
  const utf8 = new TextEncoder();
  const heartbeat = utf8.encode(incoming.wire.heartbeat(incoming.client));
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let left = false;
  let heart: ReturnType<typeof setInterval> | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(heartbeat.slice());
      heart = setInterval(() => {
        // A client that does not read needs no heartbeat.
        if ((controller.desiredSize ?? 0) <= 0) return;
        call.count("heartbeats");
        controller.enqueue(heartbeat.slice());
      }, gateway.heartbeat_ms);
    },
    async pull(controller) {
      try {
        reader ??= (await response).body?.getReader();
      } catch (thrown) {
        clearInterval(heart);
        if (left) return;
        const error = asShimError(thrown);
        call.end(error);
        controller.enqueue(utf8.encode(failedStream(scope, error)));
        controller.close();
        return;
      }
      clearInterval(heart);
      if (left) return void reader?.cancel().catch(() => {});
      // What breaks from here on the reply itself has noticed: it ends here as it ended there.
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
      if (value) controller.enqueue(value);
      if (done) controller.close();
    },
    cancel() {
      left = true;
      clearInterval(heart);
      void reader?.cancel().catch(() => {});
    },
  });
}

/** Nothing of the reply has been sent yet, so that the client's own encoder can write a whole one that failed. */
function failedStream(scope: RequestScope, thrown: ShimError): string {
  const { incoming, candidates } = scope;
  const error = asShimError(redactError(thrown, candidates.current.provider.redact));
  const encoder = exchangeOf(scope)?.encoder;
  if (!encoder) return `data: ${JSON.stringify(incoming.wire.httpError(error, incoming.client).body)}\n\n`;
  encoder.open();
  encoder.write({ type: "error", error });
  encoder.seal?.(false);
  return encoder.take();
}
