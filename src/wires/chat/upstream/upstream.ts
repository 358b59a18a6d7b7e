/** The upstream half of the Chat Completions wire. */
import { DEFAULT_DIALECT, type Dialect } from "../../../core/dialect.ts";
import { wellFormedJson } from "../../../core/json-string.ts";
import type { Turn } from "../../../core/turn.ts";
import type { Composed, Lowered, Surroundings, UpstreamWire } from "../../wire.ts";
import { ChatDecoder } from "./decode.ts";
import { loweredBody } from "./lowered-body.ts";

export const chatUpstream: UpstreamWire = {
  name: "chat",
  path: "/chat/completions",
  lower,
  compose,
  decoder: (turn, emit, around, dialect = DEFAULT_DIALECT) => new ChatDecoder(turn, emit, around, dialect),
};

function lower(turn: Turn, dialect: Dialect, around: Surroundings, thread?: string): Lowered {
  const { head, messages, rest, ignored, effort, headers } = loweredBody(turn, dialect, around.note, thread);
  const prompt = `${JSON.stringify(head).slice(0, -1)},"messages":${JSON.stringify(messages)}`;
  const body = wellFormedJson(`${prompt},${JSON.stringify(rest).slice(1)}`);
  return { body, prompt_end: prompt.length - 1, ignored, effort, headers };
}

function compose(turn: Turn, dialect: Dialect): Composed {
  const { head, messages, rest, ignored } = loweredBody(turn, dialect, () => {});
  return { fields: { ...head, messages, ...rest }, ignored };
}
