/** The upstream half of the Chat Completions wire. */
import { DEFAULT_DIALECT, type Dialect } from "../../../core/dialect.ts";
import { wellFormedJson } from "../../../core/json-string.ts";
import type { Turn } from "../../../core/turn.ts";
import type { Lowered, Surroundings, UpstreamWire } from "../../wire.ts";
import { adapt } from "../adapt.ts";
import { ChatDecoder } from "./decode.ts";
import { TUNINGS } from "../tuning.ts";
import { lowerItems, own } from "./lower.ts";

export const chatUpstream: UpstreamWire = {
  name: "chat",
  path: "/chat/completions",
  tunings: TUNINGS,
  lower,
  decoder: (turn, emit, around, dialect = DEFAULT_DIALECT) => new ChatDecoder(turn, emit, around, dialect),
};

function lower(turn: Turn, dialect: Dialect, around: Surroundings, thread?: string): Lowered {
  const canonical = lowerItems(own(turn.items, turn.model, dialect.replay, around.note), around.note);
  const { head, messages, rest, ignored, effort, headers } = adapt(turn, canonical, dialect, thread);
  const prompt = `${JSON.stringify(head).slice(0, -1)},"messages":${JSON.stringify(messages)}`;
  const body = wellFormedJson(`${prompt},${JSON.stringify(rest).slice(1)}`);
  return { body, prompt_end: prompt.length - 1, ignored, effort, headers };
}
