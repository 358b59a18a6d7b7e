/**
 * Replies without compression. Upstreams are asked for none, and the runtime leaves replies compressed: those that are
 * compressed all the same are read with the same bounds as a request.
 */
import { ShimError } from "../../core/errors.ts";
import { encodingsIn, inflated, NotInflated } from "../inflate.ts";

/** Throws what `fetch` throws, and a ShimError for a reply in an unknown encoding. */
export async function fetchPlain(url: string | URL, init: RequestInit, speaker: string): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");
  // `decompress` is Bun's; by the header alone the other runtime leaves replies as they are, too.
  const untouched = { ...init, headers, decompress: false };
  return plain(await fetch(url, untouched), speaker);
}

function plain(reply: Response, speaker: string): Response {
  const header = reply.headers.get("content-encoding");
  if (header === null || !reply.body) return reply;
  const encodings = encodingsIn(header);
  if (!encodings) {
    void reply.body.cancel().catch(() => {});
    const words = `${speaker} was asked for answers without compression, and compresses in a way that is not known here (content-encoding ${header.slice(0, 64)})`;
    throw new ShimError("upstream_protocol", words);
  }
  const headers = new Headers(reply.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  const { status, statusText } = reply;
  return new Response(inflating(reply.body, encodings, speaker), { status, statusText, headers });
}

/** Reads on only as far as it is read itself. */
function inflating(
  body: ReadableStream<Uint8Array>,
  encodings: readonly string[],
  speaker: string,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  async function* source(): AsyncGenerator<Uint8Array, void, void> {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  }
  const slices = inflated(source(), encodings)[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await slices.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          void reader.cancel().catch(() => {});
          if (!(error instanceof NotInflated)) return controller.error(error);
          const words = `${speaker} compressed its answer, though asked not to: ${error.message}`;
          controller.error(new ShimError("upstream_protocol", words));
        }
      },
      // Not by the slices alone: they may be waiting for more bytes.
      async cancel() {
        await reader.cancel();
        await slices.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
