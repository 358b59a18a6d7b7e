/** The stream of a background response for a client that comes back: what is committed, and then what comes. */
import { setTimeout as sleep } from "node:timers/promises";
import { ShimError } from "../../core/errors.ts";
import { shownResponse } from "../../wires/index.ts";
import { frameOf, lastEvent } from "./ended.ts";
import { noResponse } from "./errors.ts";
import { currentOf, isRunning } from "./history.ts";
import { POLL_MS } from "./limits.ts";
import type { StateRequest } from "./responses.ts";

const PAGE = 500;
const REAP_MS = 1000; // Pause between looks whether the replica that runs it is dead.

/** Throws for a response that has no stream. */
export async function replay(request: StateRequest, include: readonly string[], after: number): Promise<Response> {
  const { store, owner, id } = request;
  const [first] = await store.eventsAfter(owner, id, -1, 1);
  const words = `Response '${id}' cannot be streamed: only one that was created with \`background\` and \`stream\` can.`;
  if (!first) throw new ShimError("invalid_request", words, { param: "stream" });
  const events = frames(request, include, after);
  const body = new ReadableStream<string>({
    async pull(controller) {
      const { value, done } = await events.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void events.return(undefined),
  }).pipeThrough(new TextEncoderStream());
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
  return new Response(body, { headers });
}

async function* frames(request: StateRequest, include: readonly string[], after: number): AsyncGenerator<string> {
  const { store, owner, id, background, server } = request;
  let at = after;
  let sent_at = performance.now();
  let looked_at = 0;
  while (!request.request.signal.aborted) {
    const news = background.find(owner, id)?.news();
    const doubtful = !news && performance.now() - looked_at > REAP_MS;
    if (doubtful) looked_at = performance.now();
    // The record is read before the events: whoever has ended it writes none after that.
    const record = doubtful ? await currentOf(request) : await store.get(owner, id);
    if (!record) throw noResponse(id);
    const events = await store.eventsAfter(owner, id, at, PAGE);
    if (events.length > 0) {
      yield events.map(({ data }) => frameOf(data)).join("");
      at = Math.max(at, events.at(-1)?.sequence_number ?? at);
      sent_at = performance.now();
      continue;
    }
    if (!isRunning(record)) {
      yield `${frameOf(lastEvent(shownResponse(record.response, include), at + 1))}data: [DONE]\n\n`;
      return;
    }
    if (performance.now() - sent_at > server.heartbeat_ms) {
      sent_at = performance.now();
      yield ": keepalive\n\n";
    }
    await Promise.race([...(news ? [news] : []), sleep(POLL_MS)]);
  }
}
