/** What all functions of one request share. */
import type { Call } from "./call.ts";
import type { Candidates } from "./candidates.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Incoming } from "./incoming.ts";

export interface RequestScope {
  readonly incoming: Incoming;
  readonly candidates: Candidates;
  readonly call: Call;
  readonly gateway: GatewayOptions;
  /** Remedies that were tried for this request, at all candidates. */
  readonly remedies: { count: number };
  /** The client has headers already: a failure is written into the stream. */
  readonly committed: () => boolean;
}
