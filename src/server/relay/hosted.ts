/** What the relay needs of hosted tools; `server/hosted` provides it. */
import type { HostedExchange, HostedOffer } from "../../wires/hosted.ts";
import type { Exchange } from "../../wires/wire.ts";
import type { RequestRecord } from "./call.ts";
import type { Reply } from "./pump.ts";
import type { Translation } from "./translation.ts";

export interface HostedTools {
  /** The tools that can be run for a request; with `local_only` only those in your network. */
  offer(local_only: boolean): HostedOffer;
  /** A reply whose hosted calls are run. Throws a ShimError where the tools cannot be declared. */
  reply(options: HostedReplyOptions): Promise<SettledReply>;
}

export interface HostedReplyOptions {
  exchange: Exchange;
  hosted: HostedExchange;
  call: RequestRecord;
  heartbeat_ms: number;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Sends the request to the model. */
  begin(exchange: Exchange): Translation;
  modelOf(): string | undefined;
}

export interface SettledReply extends Reply {
  /** A hosted call was run: nothing of this request may be done a second time. */
  readonly ran?: boolean;
  /** Waits for the upstream's headers, but not longer than this. */
  settled(hold_ms: number): Promise<void>;
}
