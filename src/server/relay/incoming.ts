/** One request as it came in, with all that is known of it before it is sent to an upstream. */
import type { HostedOffer } from "../../wires/hosted.ts";
import type { ClientFacts, ClientWire } from "../../wires/wire.ts";
import type { Caller } from "../access/access.ts";
import type { Connection } from "../connection.ts";
import type { Hold } from "../memory/budget.ts";
import type { Keeping } from "../state/keeping.ts";
import type { Run } from "../state/run.ts";
import type { RequestBody } from "../memory/request-body.ts";

export interface Incoming {
  wire: ClientWire;
  path: string;
  body: RequestBody;
  headers: Headers;
  client: ClientFacts;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** The shims that the request has passed, this one included. */
  via: string;
  /** What a response of the same turn made Codex send back: the provider that began it. */
  turn_state: string | undefined;
  /** Absent: anybody. */
  caller?: Caller;
  client_id?: string | undefined;
  /** Held until the response has ended. Absent where no client waits for it. */
  connection?: Connection;
  /** What it takes of the memory that all requests share, until the response has ended. Absent where memory is not counted. */
  hold?: Hold;
  /** Nothing of it may leave your network: what is left of it after that (see local-only.ts). */
  local_only?: true;
  /** The hosted tools that can be run for it. */
  hosted?: HostedOffer;
  /** It runs in the background. */
  run?: Run;
  /** Called when its reply is forwarded, with the ids that the upstream gives. */
  forwarded?(keeping: Keeping | undefined): void;
  /** Set once its stored history has been read. */
  keeping?: Keeping;
}
