/** What the dialect simulator is made of: hosts as data, their rules, and what it takes down of a conversation. */
import type { ErrorKind } from "../../../src/core/errors.ts";
import type { ModelFacts } from "../../../src/core/provider.ts";
import type { Json } from "../response-rules.ts";

export interface Call {
  id: string;
  name: string;
  /** JSON text. */
  arguments: string;
  /** What hangs on the call and must come back with it. */
  extra?: Json;
}

/** What the simulated model said in one answer. */
export interface Said {
  thought?: string;
  /** The thought in the form of `reasoning_details`. */
  details?: Json[];
  text?: string;
  calls: Call[];
}

export interface Message extends Json {
  role: string;
  tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[];
}

/** One request, as the rules see it. */
export interface Asked {
  body: Json;
  messages: readonly Message[];
  /** Declared functions. */
  tools: readonly Json[];
  headers: Headers;
  /** What this host has answered in the conversation so far. */
  said: readonly Said[];
}

export interface Refused {
  status: number;
  message: string;
  type?: string;
  code?: string;
  param?: string;
}

/** The host answers as if all were well, and something of the request is gone. No test may pass with one. */
export interface Lost {
  lost: string;
}

export type Finding = Refused | Lost;

export interface Rule {
  id: string;
  /** Where this is known from, and when it was read. */
  evidence: string;
  /** Otherwise the host is played both with the rule and without it. */
  certain: boolean;
  check(asked: Asked): Finding | undefined;
}

/** How a host writes its answers. */
export interface ReplyStyle {
  /** Where a thought stands; `both` for `reasoning` and `reasoning_details` together, `hidden` for nowhere. */
  thought: "reasoning_content" | "reasoning" | "reasoning_details" | "both" | "think" | "thinking" | "hidden";
  /** Arguments in pieces; whole; in pieces with the id and index 0 on each (TGI); whole as an object, then an empty chunk (Cloudflare). */
  call: "pieces" | "whole" | "constant" | "object";
  index: "counted" | "none";
  /** Name of the function on each further piece of its arguments. */
  later_name?: string;
  id(call: { name: string; nth: number; answer: number }): string;
  usage: "chunk" | "finish" | "choice" | "x_groq" | "each";
  finish: { text: string; calls: string; length: string };
  /** A comment line before the answer. */
  comment?: string;
  /** A chunk before the answer. */
  prelude?: Json;
  /** Each chunk has a content, if only an empty one. */
  blank_content?: boolean;
  /** Calls carry a signature that must come back. */
  signature?: boolean;
}

export type FailureName = "overflow" | "rate_limit" | "wrong_key" | "unknown_model" | "in_stream";

export interface Failure {
  status: number;
  /** Text is sent as it is. */
  body: unknown;
  headers?: Record<string, string>;
  kind: ErrorKind;
}

/** What a row may come to besides its proper end. */
export type Expectation =
  /** The row makes no sense for this host. */
  | { skip: string }
  /** A clear error of one of these kinds; in both variants, or only in one of them. */
  | { refused: readonly ErrorKind[]; why: string; only?: Variant };

export type Variant = "strict" | "lenient";

export interface Understanding {
  /** Forms of `tool_choice` that are obeyed. */
  choice: readonly ("none" | "required" | "any" | "named")[];
  /** Types of `response_format` that are obeyed. */
  formats: readonly ("json_schema" | "json_object" | "value")[];
  /** A format forbids every call. */
  format_forbids_calls?: boolean;
  /** More than one call in an answer. */
  parallel(body: Json): boolean;
}

export interface Vendor {
  id: string;
  /** Id of the preset that it is played against. */
  preset: string;
  model: string;
  /** What the catalogue or the user's config would tell of this model. */
  facts?: ModelFacts;
  auth: "bearer" | "api-key" | "none";
  rules: readonly Rule[];
  error(refused: Refused): unknown;
  /** Text: why this failure cannot be. */
  failures: Record<FailureName, Failure | string>;
  style: ReplyStyle;
  /** Whether the model thinks, asked like this. */
  thinks(body: Json): boolean;
  understands: Understanding;
  expects?: Readonly<Record<string, Expectation | undefined>>;
}
