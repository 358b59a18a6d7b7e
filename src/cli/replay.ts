/** `juscode-shim replay`: plays a recorded request through the translator, without any network. */
import { readRegularFile, whyUnreadable } from "../config/regular-file.ts";
import type { Dialect } from "../core/dialect.ts";
import { printable, printableJson, printableLines } from "../core/printable.ts";
import { ShimError } from "../core/errors.ts";
import type { ReplyEvent } from "../core/reply.ts";
import { redactBody, type Json } from "../server/telemetry/placeholders.ts";
import { TRANSCRIPT_VERSION, type RecordedAttempt, type Transcript } from "../server/telemetry/transcript.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../wires/index.ts";
import type { Answering, ClientWire, Surroundings, UpstreamWire } from "../wires/wire.ts";
import { UsageError } from "./usage-error.ts";

export function replay(file: string): string {
  const transcript = readTranscript(file);
  const { attempts, wire, path, shim, at, texts } = transcript;
  const head = printable(
    `${path} of ${at}, recorded by juscode-shim ${shim}${texts ? "" : "; texts are placeholders"}`,
  );
  const client = Object.values(CLIENT_WIRES as Record<string, ClientWire>).find(({ name }) => name === wire);
  if (!client) throw new UsageError(`${file}: there is no wire \`${wire}\` for clients here`);
  if (attempts.length === 0) return `${head}\n\nNobody was asked: ${printable(transcript.result.outcome)}\n`;
  return `${[head, ...attempts.map((attempt, i) => played(transcript, client, attempt, i + 1))].join("\n\n")}\n`;
}

/** A request as large as any that is served, and what came of it. */
const MOST_BYTES = 512 * 1024 * 1024;

function readTranscript(file: string): Transcript {
  let text: string;
  try {
    text = readRegularFile(file, MOST_BYTES);
  } catch (error) {
    throw new UsageError(`${file} ${whyUnreadable(error)}`);
  }
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is no transcript: ${(error as Error).message}`);
  }
  const { version, attempts } = (read ?? {}) as Partial<Transcript>;
  if (version === TRANSCRIPT_VERSION && Array.isArray(attempts)) return read as Transcript;
  throw new UsageError(
    `${file} is no transcript that this version can play; \`--record DIR\` of \`serve\` writes them`,
  );
}

function played(transcript: Transcript, client: ClientWire, attempt: RecordedAttempt, number: number): string {
  const { provider, model, forwarded, status, frames, cut } = attempt;
  const wires: Partial<Record<string, UpstreamWire>> = UPSTREAM_WIRES;
  const upstream = wires[attempt.wire];
  const title = printable(
    `== ${number}. ${provider}/${model} by ${attempt.wire}: ${status ?? "no answer"}, ${frames.length} frames${cut ? ", cut" : ""}`,
  );
  if (forwarded) return `${title}\nhanded on as it was: there is nothing to translate`;
  if (!upstream) return `${title}\nthere is no wire \`${attempt.wire}\` for upstreams here`;
  try {
    return [title, ...translated(transcript, client, upstream, attempt)].join("\n\n");
  } catch (error) {
    if (error instanceof ShimError) return `${title}\n${printable(`refused: ${error.kind}: ${error.message}`)}`;
    throw error;
  }
}

function translated(
  { body, codex, texts }: Transcript,
  client: ClientWire,
  upstream: UpstreamWire,
  { model, dialect, frames, status, cut, body: sent }: RecordedAttempt,
): string[] {
  const notes: string[] = [];
  let ids = 0;
  const answering: Answering = { model, effort: undefined };
  const around: Surroundings = {
    ids: { next: () => (++ids).toString(16).padStart(32, "0") },
    now: () => 0,
    note: (what, detail) => void notes.push(`${what} (${detail})`),
    answering,
  };
  const { turn, encoder, stream, thread } = client.lift(body, { codex }, around);
  const asked = { ...turn, model };
  const lowered = upstream.lower(asked, dialect as Dialect, around, thread);
  answering.effort = lowered.effort;
  const told = [
    `-- request\n${printableJson(JSON.parse(lowered.body), 1)}`,
    JSON.stringify(texts ? JSON.parse(lowered.body) : redactBody(JSON.parse(lowered.body) as Json)) ===
    JSON.stringify(sent)
      ? "the same as was sent then"
      : "another one than was sent then",
  ];
  if (status !== null && status < 400) {
    const write = (event: ReplyEvent): void => encoder.write(event);
    const decoder = upstream.decoder(asked, write, around, dialect as Dialect);
    if (stream) encoder.open();
    for (const { data } of frames)
      if (!decoder.ended) decoder.feed(typeof data === "string" ? data : JSON.stringify(data));
    if (!decoder.ended) {
      if (cut) decoder.fail(new ShimError("upstream_protocol", "the recorded answer was cut"));
      else decoder.end();
    }
    const answer = stream
      ? encoder.take().trimEnd()
      : encoder.error
        ? printable(encoder.error.message)
        : printableJson(encoder.body(), 1);
    told.push(`-- answer\n${answer}`);
  } else told.push(`-- refusal\n${frames.map(({ data }) => printableJson(data)).join("\n")}`);
  const ignored = [...turn.ignored, ...lowered.ignored].map(({ field, what, why }) => `${field} ${what}: ${why}`);
  if (ignored.length > 0) told.push(`-- ignored\n${printableLines(ignored)}`);
  if (notes.length > 0) told.push(`-- notes\n${printableLines(notes)}`);
  return told;
}
