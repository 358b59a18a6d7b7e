/** Answers of services that models reach: none may fill the memory. */
import { ShimError } from "../../core/errors.ts";
import { MOST_VALUES, ValueCounter } from "../memory/json-census.ts";
import { fetchPlain } from "../upstreams/plain.ts";
import type { Init } from "../upstreams/fetching.ts";

/** A `fetch` whose answers break off when they grow too long, and that follows no redirect. `more`: of each request. */
export function boundedFetch(
  most_bytes: number,
  speaker: string,
  more: Init,
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const reply = await fetchPlain(url, { ...init, ...more, redirect: "manual" }, speaker);
    if (!reply.body) return reply;
    let bytes = 0;
    const counter = new ValueCounter();
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        counter.push(chunk);
        if (bytes <= most_bytes && counter.values <= MOST_VALUES) return controller.enqueue(chunk);
        const what = bytes > most_bytes ? `${most_bytes / 1024 / 1024} MB` : `${MOST_VALUES} JSON values`;
        controller.error(new ShimError("upstream_protocol", `${speaker} answers with more than ${what}`));
      },
    });
    const { status, statusText, headers } = reply;
    return new Response(reply.body.pipeThrough(limit), { status, statusText, headers });
  };
}
