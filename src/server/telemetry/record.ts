/** Writes down requests and what upstreams answered, for a report of a fault: one file a request, read by this user alone. */
import { mkdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dialect } from "../../core/dialect.ts";
import { SseDecoder } from "../../core/sse.ts";
import { withoutToolSecrets } from "../../core/tool-secrets.ts";
import { hasFailed, type RequestLine } from "../log.ts";
import { placeholderText, redactBody, redactFrames, type Json } from "./placeholders.ts";
import { TRANSCRIPT_VERSION, type RecordedAttempt, type RecordedFrame, type Transcript } from "./transcript.ts";

export interface RecorderOptions {
  dir: string;
  /** Keep texts as they are. */
  texts: boolean;
  version: string;
  warn(text: string): void;
}

/** What is known of a request before anybody is asked. */
export interface Asked {
  request_id: string;
  path: string;
  wire: string;
  codex: boolean;
  body: unknown;
}

/** One request to an upstream. */
export interface Sent {
  provider: string;
  preset: string | undefined;
  model: string;
  wire: string;
  forwarded: boolean;
  dialect: Dialect;
  /** JSON text. */
  body: string;
  /** Takes the provider's secrets out. */
  redact(text: string): string;
}

export class Recorder {
  private readonly options: RecorderOptions;

  /** Throws where the folder cannot be made: nobody shall wait for a recording that never comes. */
  constructor(options: RecorderOptions) {
    let told = "";
    const warn = (text: string): void => {
      // A full disk is told once, and not with each request.
      if (text !== told) options.warn((told = text));
    };
    this.options = { ...options, warn };
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  }

  begin(asked: Asked): Recording {
    return new Recording(asked, this.options);
  }
}

/** Of one answer; more is told as cut. */
const MOST_BYTES = 32 * 1024 * 1024;

interface Heard extends Sent {
  began: number;
  status: number | null;
  content_type: string | null;
  chunks: { ms: number; bytes: Uint8Array }[];
  size: number;
  ended: boolean;
}

export class Recording {
  private readonly asked: Asked;
  private readonly options: RecorderOptions;
  private readonly at = new Date();
  private readonly heard: Heard[] = [];

  constructor(asked: Asked, options: RecorderOptions) {
    this.asked = asked;
    this.options = options;
  }

  /** A request goes out; the function takes its answer and gives it back, read along. */
  sent(sent: Sent): (reply: Response) => Response {
    const heard: Heard = {
      ...sent,
      began: performance.now(),
      status: null,
      content_type: null,
      chunks: [],
      size: 0,
      ended: false,
    };
    this.heard.push(heard);
    return (reply) => {
      heard.status = reply.status;
      heard.content_type = reply.headers.get("content-type");
      if (!reply.body) return reply;
      return new Response(reply.body.pipeThrough(listening(heard)), { status: reply.status, headers: reply.headers });
    };
  }

  /** Writes the file. Nobody waits for it. */
  end(line: RequestLine): void {
    const { dir, warn } = this.options;
    const name = `${this.at.toISOString().replaceAll(/[:.]/g, "-")}-${this.asked.request_id.slice(0, 8)}.json`;
    const text = `${JSON.stringify(this.transcript(line), null, 1)}\n`;
    const file = join(dir, name);
    writeFile(file, text, { mode: 0o600 }).catch((error: Error) => {
      warn(`a transcript cannot be written: ${error.message}`);
      void rm(file, { force: true }).catch(() => {});
    });
  }

  private transcript(full: RequestLine): Transcript {
    const { notes, ignored, ...line } = full;
    const { body: sent, ...asked } = this.asked;
    const body = withoutToolSecrets(sent);
    const { texts, version } = this.options;
    const word = (text: string): string => (texts ? text : (text.split(/[ :]/)[0] ?? ""));
    return {
      version: TRANSCRIPT_VERSION,
      shim: version,
      at: this.at.toISOString(),
      texts,
      ...asked,
      body: texts ? (body as Json) : redactBody(body as Json),
      attempts: this.heard.map((heard, i) => {
        // What follows a proper end is never read.
        const whole =
          heard.ended || (i === this.heard.length - 1 && !hasFailed(full) && !line.outcome.startsWith("aborted"));
        return { ...this.attempt(heard), cut: !whole };
      }),
      result: {
        ...line,
        outcome: word(line.outcome),
        notes: notes.map(word),
        ignored: ignored.map(({ field }) => field),
      },
    };
  }

  private attempt(heard: Heard): Omit<RecordedAttempt, "cut"> {
    const { provider, preset, model, wire, forwarded, dialect, redact, status, content_type } = heard;
    const { texts } = this.options;
    const body = withoutToolSecrets(jsonOr(redact(heard.body)));
    const frames = framesOf(heard).map(({ ms, data }) => ({ ms, data: withoutToolSecrets(jsonOr(redact(data))) }));
    return {
      provider,
      preset: preset ?? null,
      model,
      wire,
      forwarded,
      dialect: jsonOr(redact(JSON.stringify(texts ? dialect : withoutWords(dialect)))) as unknown as Dialect,
      body: texts ? body : redactBody(body),
      status,
      content_type: content_type && redact(content_type),
      frames: texts ? frames : withPlaceholders(frames),
    };
  }
}

/** What users add to each request may be anything. */
function withoutWords(dialect: Dialect): object {
  return { ...dialect, extra_body: redactBody(dialect.extra_body as unknown as Json) };
}

function withPlaceholders(frames: readonly RecordedFrame[]): RecordedFrame[] {
  const data = redactFrames(frames.map((frame) => frame.data));
  return frames.map(({ ms }, i) => ({ ms, data: data[i] ?? null }));
}

function listening(heard: Heard): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(bytes, controller) {
      heard.size += bytes.byteLength;
      // Copied: whoever reads it next may use its memory anew.
      if (heard.size <= MOST_BYTES)
        heard.chunks.push({ ms: Math.round(performance.now() - heard.began), bytes: bytes.slice() });
      controller.enqueue(bytes);
    },
    flush() {
      heard.ended = heard.size <= MOST_BYTES;
    },
  });
}

/** The stream's frames as they came; a body in one piece is one. */
function framesOf({ chunks, content_type }: Heard): { ms: number; data: string }[] {
  const frames: { ms: number; data: string }[] = [];
  if (!content_type?.includes("event-stream")) {
    const text = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString("utf8");
    return text === "" ? [] : [{ ms: chunks.at(-1)?.ms ?? 0, data: text }];
  }
  const sse = new SseDecoder();
  let ms = 0;
  const take = (data: string): void => void frames.push({ ms, data });
  for (const chunk of chunks) {
    ms = chunk.ms;
    sse.push(chunk.bytes, take);
  }
  sse.end(take);
  return frames;
}

function jsonOr(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text === "[DONE]" ? text : placeholderText(text);
  }
}
