/** The memory that a request and its reply take once the request has been sent. */
import { ReplyMeter } from "../memory/reply-meter.ts";
import { storingBytes } from "../memory/storing.ts";
import type { Incoming } from "./incoming.ts";
import type { Payload } from "./payload.ts";
import type { RequestScope } from "./scope.ts";

const DEFAULT_MOST_BYTES = 128 * 1024 * 1024;

/** A meter for one reply of an upstream: its bytes count until the request has ended. */
export function meterOf({ incoming, gateway }: Pick<RequestScope, "incoming" | "gateway">): ReplyMeter {
  return new ReplyMeter(gateway.max_answer_bytes ?? DEFAULT_MOST_BYTES, incoming.hold);
}

/** Lets go of what it took to make a long request ready. */
export function keepOnly({ body, hold, keeping }: Incoming, payload: Payload): void {
  if (!body.long) return;
  const stored = keeping?.kept.store ? storingBytes(body) : 0;
  hold?.shrinkTo(body.kept_bytes + payload.bytes + stored);
}
