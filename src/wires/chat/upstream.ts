/** The upstream half of the Chat Completions wire. */
import { DEFAULT_DIALECT } from "../../core/dialect.ts";
import type { UpstreamWire } from "../wire.ts";
import { ChatDecoder } from "./decode.ts";
import { readHttpError } from "./errors.ts";
import { lowerTurn } from "./lower.ts";

export const chatUpstream: UpstreamWire = {
  name: "chat",
  path: "/chat/completions",
  lower: lowerTurn,
  decoder: (turn, emit, around, dialect = DEFAULT_DIALECT) => new ChatDecoder(turn, emit, around, dialect),
  readError: readHttpError,
};
