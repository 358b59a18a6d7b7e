/** Threads of Codex, several turns each: the bodies have the real ones' structure, their words are our own and few. */
import { FAILURES, HISTORIES } from "./histories.ts";
import type { Scenario } from "./scenario.ts";
import { EFFORTS, SETTINGS } from "./settings.ts";
import { IMAGES, TALKS } from "./talks.ts";

export const SCENARIOS: readonly Scenario[] = [...TALKS, ...IMAGES, ...SETTINGS, ...EFFORTS, ...HISTORIES, ...FAILURES];
