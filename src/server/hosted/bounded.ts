/** Answers of services that models reach: none may fill the memory. */
import { ShimError } from "../../core/errors.ts";
import type { Init } from "../upstreams/fetching.ts";

/** The whole text of an answer. One that is longer is given up. */
export async function readBounded(reply: Response, most_bytes: number, speaker: string): Promise<string> {
  const reader = reply.body?.getReader();
  const utf8 = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done) return text + utf8.decode();
    bytes += value.length;
    if (bytes > most_bytes) {
      void reader?.cancel().catch(() => {});
      throw new ShimError("upstream_protocol", `${speaker} answers with more than ${most_bytes / 1024 / 1024} MB`);
    }
    text += utf8.decode(value, { stream: true });
  }
}

/** A `fetch` whose answers break off when they grow too long, and that follows no redirect. `more`: of each request. */
export function boundedFetch(
  most_bytes: number,
  speaker: string,
  more: Init,
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const reply = await fetch(url, { ...init, ...more, redirect: "manual" });
    if (!reply.body) return reply;
    let bytes = 0;
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        if (bytes <= most_bytes) return controller.enqueue(chunk);
        controller.error(
          new ShimError("upstream_protocol", `${speaker} answers with more than ${most_bytes / 1024 / 1024} MB`),
        );
      },
    });
    const { status, statusText, headers } = reply;
    return new Response(reply.body.pipeThrough(limit), { status, statusText, headers });
  };
}
