/** Records requests and the replies of upstreams, for a fault report: one file a request, readable by this user alone. */
import { mkdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dialect } from "../../core/dialect.ts";
import { SseDecoder } from "../../core/sse.ts";
import { withoutToolSecrets } from "../../core/tool-secrets.ts";
import { hasFailed, type RequestLine } from "../log.ts";
import { placeholderText, redactBody, redactFrames, type Json } from "./placeholders.ts";
import { TRANSCRIPT_VERSION, type RecordedAttempt, type Transcript } from "./transcript.ts";

interface RecorderOptions {
  dir: string;
  /** Keep texts as they are. */
  texts: boolean;
  version: string;
  warn(text: string): void;
}

/** What is known of a request before it is sent anywhere. */
type ClientRequest = Pick<Transcript, "request_id" | "path" | "wire" | "codex"> & { body: unknown };

/** One request to an upstream. */
interface UpstreamRequest extends Pick<RecordedAttempt, "provider" | "model" | "wire" | "forwarded" | "dialect"> {
  preset: string | undefined;
  /** JSON text. */
  body: string;
  /** Takes the provider's secrets out. */
  redact(text: string): string;
}

export class Recorder {
  private readonly options: RecorderOptions;

  /** Throws where the folder cannot be made, so that nobody waits for a recording that never comes. */
  constructor(options: RecorderOptions) {
    let last = "";
    const warn = (text: string): void => {
      // A full disk is reported once, and not with each request.
      if (text !== last) options.warn((last = text));
    };
    this.options = { ...options, warn };
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  }

  begin(request: ClientRequest): Recording {
    return new Recording(request, this.options);
  }
}

/** The most bytes that are kept of one reply; a longer one is recorded as cut. */
const MOST_BYTES = 32 * 1024 * 1024;

/** A request to an upstream and what has come of its reply so far. */
class Attempt {
  readonly request: UpstreamRequest;
  status: number | null = null;
  content_type: string | null = null;
  chunks: { ms: number; bytes: Uint8Array }[] = [];
  ended = false;
  private readonly began = performance.now();
  private size = 0;

  constructor(request: UpstreamRequest) {
    this.request = request;
  }

  /** The same reply, which is recorded while it is read. */
  recorded(reply: Response): Response {
    const { status, headers, body } = reply;
    this.status = status;
    this.content_type = headers.get("content-type");
    if (!body) return reply;
    const recording = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        this.size += bytes.byteLength;
        // Copied, since the next reader may use its memory again.
        if (this.size <= MOST_BYTES)
          this.chunks.push({ ms: Math.round(performance.now() - this.began), bytes: bytes.slice() });
        controller.enqueue(bytes);
      },
      flush: () => {
        this.ended = this.size <= MOST_BYTES;
      },
    });
    return new Response(body.pipeThrough(recording), { status, headers });
  }
}

export class Recording {
  private readonly request: ClientRequest;
  private readonly options: RecorderOptions;
  private readonly at = new Date();
  private readonly attempts: Attempt[] = [];

  constructor(request: ClientRequest, options: RecorderOptions) {
    this.request = request;
    this.options = options;
  }

  /** A request goes out; the function takes its reply and returns the same, recorded while it is read. */
  sent(request: UpstreamRequest): (reply: Response) => Response {
    const attempt = new Attempt(request);
    this.attempts.push(attempt);
    return (reply) => attempt.recorded(reply);
  }

  /** Writes the file. Nobody waits for it. */
  end(line: RequestLine): void {
    const { dir, warn } = this.options;
    const name = `${this.at.toISOString().replaceAll(/[:.]/g, "-")}-${this.request.request_id.slice(0, 8)}.json`;
    const text = `${JSON.stringify(this.transcript(line), null, 1)}\n`;
    const file = join(dir, name);
    writeFile(file, text, { mode: 0o600 }).catch((error: Error) => {
      warn(`a transcript cannot be written: ${error.message}`);
      void rm(file, { force: true }).catch(() => {});
    });
  }

  private transcript(full: RequestLine): Transcript {
    const { notes, ignored, ...line } = full;
    const { texts, version } = this.options;
    const word = (text: string): string => (texts ? text : (text.split(/[ :]/)[0] ?? ""));
    // What follows a proper end is never read.
    const has_ended = !hasFailed(full) && !line.outcome.startsWith("aborted");
    return {
      version: TRANSCRIPT_VERSION,
      shim: version,
      at: this.at.toISOString(),
      texts,
      ...this.request,
      body: this.shown(withoutToolSecrets(this.request.body) as Json),
      attempts: this.attempts.map((attempt, i) => ({
        ...this.attempt(attempt),
        cut: !attempt.ended && !(i === this.attempts.length - 1 && has_ended),
      })),
      result: {
        ...line,
        outcome: word(line.outcome),
        notes: notes.map(word),
        ignored: ignored.map(({ field }) => field),
      },
    };
  }

  private attempt(attempt: Attempt): Omit<RecordedAttempt, "cut"> {
    const { status, content_type } = attempt;
    const { redact, preset = null, body, dialect, ...sent } = attempt.request;
    // What users add to each request may be anything.
    const words = { ...dialect, extra_body: this.shown(dialect.extra_body as Json) };
    const frames = framesOf(attempt);
    const data = frames.map(({ data }) => withoutToolSecrets(jsonOr(redact(data))));
    const shown = this.options.texts ? data : redactFrames(data);
    return {
      ...sent,
      preset,
      dialect: jsonOr(redact(JSON.stringify(words))) as unknown as Dialect,
      body: this.shown(withoutToolSecrets(jsonOr(redact(body)))),
      status,
      content_type: content_type && redact(content_type),
      frames: frames.map(({ ms }, i) => ({ ms, data: shown[i] ?? null })),
    };
  }

  private shown(body: Json): Json {
    return this.options.texts ? body : redactBody(body);
  }
}

/** The stream's frames as they came; a body in one piece is one. */
function framesOf({ chunks, content_type }: Attempt): { ms: number; data: string }[] {
  const frames: { ms: number; data: string }[] = [];
  if (!content_type?.includes("event-stream")) {
    const data = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString("utf8");
    return data === "" ? [] : [{ ms: chunks.at(-1)?.ms ?? 0, data }];
  }
  const sse = new SseDecoder();
  for (const { ms, bytes } of chunks) sse.push(bytes, (data) => void frames.push({ ms, data }));
  sse.end((data) => void frames.push({ ms: chunks.at(-1)?.ms ?? 0, data }));
  return frames;
}

function jsonOr(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text === "[DONE]" ? text : placeholderText(text);
  }
}
