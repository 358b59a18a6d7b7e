/** The upstream half of the Chat Completions wire. */
import { DEFAULT_DIALECT, type Dialect } from "../../core/dialect.ts";
import type { Turn } from "../../core/turn.ts";
import type { Lowered, Surroundings, UpstreamWire } from "../wire.ts";
import { adapt } from "./adapt.ts";
import { ChatDecoder } from "./decode.ts";
import { readHttpError } from "./errors.ts";
import { TUNINGS } from "./tuning.ts";
import { lowerItems, own } from "./lower.ts";

export const chatUpstream: UpstreamWire = {
  name: "chat",
  path: "/chat/completions",
  tunings: TUNINGS,
  lower,
  decoder: (turn, emit, around, dialect = DEFAULT_DIALECT) => new ChatDecoder(turn, emit, around, dialect),
  readError: readHttpError,
};

function lower(turn: Turn, dialect: Dialect, around: Surroundings, thread?: string): Lowered {
  const canonical = lowerItems(own(turn.items, turn.model, dialect.replay, around.note), around.note);
  const { head, messages, rest, ignored, effort, headers } = adapt(turn, canonical, dialect, thread);
  const prompt = `${JSON.stringify(head).slice(0, -1)},"messages":${JSON.stringify(messages)}`;
  const body = wellFormed(`${prompt},${JSON.stringify(rest).slice(1)}`);
  return { body, prompt_end: prompt.length - 1, ignored, effort, headers };
}

/** Half a surrogate pair, which JSON can hold only as an escape, makes most servers refuse the whole body. */
function wellFormed(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replaceAll(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (escape) => (escape.length === 2 ? escape : "\\ufffd"));
}
