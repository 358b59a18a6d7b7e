/** All rows. The order is that of reading: what is rarer and surer stands first, a bare status last. */
import type { Topic } from "./row.ts";
import { AUTHENTICATION, CONTENT_FILTER, MODEL_NOT_FOUND, PERMISSION } from "./access.ts";
import { OVERFLOW } from "./overflow.ts";
import { QUOTA } from "./quota.ts";
import { RATE_LIMIT } from "./rate.ts";
import { REFUSED_FIELDS, REFUSED_UNNAMED } from "./refused-fields.ts";
import { REFUSED_ITEMS } from "./refused-items.ts";
import { REFUSED_THREAD } from "./refused-thread.ts";
import { REFUSED_TOOLS } from "./refused-tools.ts";
import { REFUSED_VALUES } from "./refused-values.ts";
import * as state from "./state.ts";

export const TOPICS: readonly Topic[] = [
  state.MODEL_SLIP,
  state.LOADING,
  state.SLOW_DOWN,
  QUOTA,
  RATE_LIMIT,
  OVERFLOW,
  AUTHENTICATION,
  CONTENT_FILTER,
  REFUSED_TOOLS,
  REFUSED_THREAD,
  REFUSED_ITEMS,
  REFUSED_VALUES,
  REFUSED_FIELDS,
  MODEL_NOT_FOUND,
  REFUSED_UNNAMED,
  PERMISSION,
  state.OVERLOADED,
  state.TIMEOUT,
  state.PAYLOAD_TOO_LARGE,
  state.FAILURE,
  state.INVALID_REQUEST,
];
