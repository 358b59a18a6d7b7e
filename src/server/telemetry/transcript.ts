/** What `--record` writes of one request, and `replay` plays. */
import type { Dialect } from "../../core/dialect.ts";
import type { RequestLine } from "../log.ts";
import type { Json } from "./placeholders.ts";

export const TRANSCRIPT_VERSION = 1;

export interface Transcript {
  version: typeof TRANSCRIPT_VERSION;
  /** Version of the program that wrote it. */
  shim: string;
  /** ISO 8601. */
  at: string;
  /** Texts stand in it as they were; otherwise placeholders of the same length. */
  texts: boolean;
  request_id: string;
  path: string;
  /** Of the client. */
  wire: string;
  codex: boolean;
  body: Json;
  /** One for each request to an upstream, in their order. */
  attempts: RecordedAttempt[];
  result: Omit<RequestLine, "notes" | "ignored"> & { notes: readonly string[]; ignored: readonly string[] };
}

export interface RecordedAttempt {
  provider: string;
  preset: string | null;
  model: string;
  /** By which it was asked. */
  wire: string;
  /** The request was handed on, so that there is nothing to translate. */
  forwarded: boolean;
  dialect: Dialect;
  body: Json;
  /** Null when no answer came. */
  status: number | null;
  content_type: string | null;
  frames: RecordedFrame[];
  /** The answer did not end by itself. */
  cut: boolean;
}

export interface RecordedFrame {
  /** After the request, in milliseconds. */
  ms: number;
  /** JSON where it was some, else the text. */
  data: Json;
}
