/**
 * Each place where data of clients or hosts is read, with the input that is hardest for it. What it takes must grow with
 * the input, and never with its square.
 */
import { REPAIR_PLACES } from "./argument-repair.ts";
import { CHAT } from "./chat.ts";
import { CORE } from "./core.ts";
import type { Place } from "./measure.ts";
import { MESSAGES } from "./messages.ts";
import { RESPONSES } from "./responses.ts";
import { SERVER } from "./server.ts";

export const PLACES: readonly Place[] = [...CORE, ...REPAIR_PLACES, ...CHAT, ...RESPONSES, ...MESSAGES, ...SERVER];
