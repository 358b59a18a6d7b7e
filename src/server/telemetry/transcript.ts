/** The file that `--record` writes of one request, and `replay` plays. */
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
  /** Of the upstream. */
  wire: string;
  /** The request was passed through, so there is nothing to translate. */
  forwarded: boolean;
  dialect: Dialect;
  body: Json;
  /** Null when no reply came. */
  status: number | null;
  content_type: string | null;
  /** `ms` after the request was sent; `data` is JSON where it was some, else the text. */
  frames: { ms: number; data: Json }[];
  /** The reply did not end by itself. */
  cut: boolean;
}
