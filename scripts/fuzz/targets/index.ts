/** All targets. */
import { WIRE_NAMES } from "../../../src/core/provider.ts";
import type { Target } from "../target.ts";
import { argumentsTarget, leakTarget, patchTarget } from "./calls.ts";
import { configTarget, editTarget } from "./config.ts";
import { bodyTarget, streamTarget } from "./replies.ts";
import { requestTarget } from "./requests.ts";

export const TARGETS: readonly Target[] = [
  ...WIRE_NAMES.map(streamTarget),
  ...WIRE_NAMES.map(bodyTarget),
  ...WIRE_NAMES.map(requestTarget),
  leakTarget,
  argumentsTarget,
  patchTarget,
  configTarget,
  editTarget,
];
