/** The parts of a running server that all requests share. */
import type { Counters } from "./call.ts";
import type { Catalog } from "../upstreams/catalog.ts";
import type { Costs } from "../costs/store.ts";
import type { RefusalMemory } from "../../core/refusals/memory.ts";
import type { RetryLimits } from "../../routing/retry-policy.ts";
import type { HostedTools } from "./hosted.ts";
import type { Log } from "../log.ts";
import type { MemoryBudget } from "../memory/budget.ts";
import type { PrefixWatch } from "./prefix.ts";
import type { PromptWatch } from "./prompts.ts";
import type { ConcurrencyLimit } from "../room.ts";
import type { Router } from "./router.ts";
import type { State } from "../state/state.ts";
import type { Recorder } from "../telemetry/record.ts";

export interface GatewayOptions {
  catalog: Catalog;
  log: Log;
  /** Id of this running shim. */
  instance: string;
  /** Thirty-two new hexadecimal digits. */
  nextId(): string;
  prefixes: PrefixWatch;
  /** What upstreams have refused lately. */
  refusals: RefusalMemory;
  /** Limits of retries that the config changes. */
  retry_limits?: Partial<RetryLimits>;
  prompts: PromptWatch;
  router: Router;
  room: ConcurrencyLimit;
  costs: Costs;
  /** Tools that are run here; absent where the config names none. */
  hosted?: HostedTools | undefined;
  /** Writes transcripts, where the user wants some. */
  recorder?: Recorder | undefined;
  /** Stored responses; absent: requests that need some are refused. */
  state?: State | undefined;
  /** Shared by all requests and replies; absent: memory is not counted. */
  memory?: MemoryBudget;
  /** A longer reply that has to be held is given up; 128 MB where absent. */
  max_answer_bytes?: number;
  /** How often each kind of note was taken since the start, how much was ignored, and the like. */
  counters: Counters;
  /** How long an error of the upstream may still become an HTTP status; then headers are sent. */
  hold_ms: number;
  heartbeat_ms: number;
}
