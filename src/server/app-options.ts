/** The parts and settings of a running server. */
import type { AccessGuard } from "./access/guard.ts";
import type { BodyTimes } from "./access/slow-body.ts";
import type { GatewayOptions } from "./relay/gateway-options.ts";
import type { Metrics } from "./telemetry/metrics.ts";

export interface AppOptions extends GatewayOptions {
  max_body_bytes: number;
  body_times?: BodyTimes;
  /** Absent: for this machine alone, without keys. */
  door?: AccessGuard;
  /** So many requests without a valid key wait for their responses at a time; each has a connection. */
  most_strangers?: number;
  metrics?: Metrics;
  /** State of the config file, where there is one. */
  config?: ConfigState;
  version: string;
}

interface ConfigState {
  file: string;
  /** What is wrong with its newest version, so that an older one is in use. */
  problems: readonly string[];
}
