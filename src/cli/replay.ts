/** `juscode-shim replay`: runs a recorded request through the translator, without any network. */
import { readRegularFile } from "../config/regular-file.ts";
import type { Dialect } from "../core/dialect.ts";
import { ShimError } from "../core/errors.ts";
import { isJsonObject } from "../core/json-fields.ts";
import { printable, printableJson, printableLines } from "../core/printable.ts";
import type { ReplyEvent } from "../core/reply.ts";
import { redactBody, type Json } from "../server/telemetry/placeholders.ts";
import { TRANSCRIPT_VERSION, type RecordedAttempt, type Transcript } from "../server/telemetry/transcript.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../wires/index.ts";
import type { CurrentAttempt, ClientWire, WireScope, UpstreamWire } from "../wires/wire.ts";
import { fromFile, messageOf, UsageError } from "./usage-error.ts";

export function replay(file: string): string {
  const transcript = readTranscript(file);
  const { attempts, wire, path, shim, at, texts } = transcript;
  const head = printable(
    `${path} of ${at}, recorded by juscode-shim ${shim}${texts ? "" : "; texts are placeholders"}`,
  );
  const wires: Readonly<Record<string, ClientWire>> = CLIENT_WIRES;
  const client = Object.values(wires).find(({ name }) => name === wire);
  if (!client) throw new UsageError(`${file}: unknown client wire \`${wire}\``);
  if (attempts.length === 0) return `${head}\n\nNo attempt was made: ${printable(transcript.result.outcome)}\n`;
  return `${[head, ...attempts.map((attempt, i) => played(transcript, client, attempt, i + 1))].join("\n\n")}\n`;
}

/** Enough for the largest request that is served, and its reply. */
const MOST_BYTES = 512 * 1024 * 1024;

function readTranscript(file: string): Transcript {
  const text = fromFile(file, (path) => readRegularFile(path, MOST_BYTES));
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not a transcript: ${messageOf(error)}`);
  }
  if (isTranscript(read)) return read;
  throw new UsageError(`${file} is not a transcript that this version can replay; \`serve --record DIR\` writes them`);
}

function isTranscript(value: unknown): value is Transcript {
  return isJsonObject(value) && value["version"] === TRANSCRIPT_VERSION && Array.isArray(value["attempts"]);
}

function played(transcript: Transcript, client: ClientWire, attempt: RecordedAttempt, number: number): string {
  const { provider, model, forwarded, status, frames, cut } = attempt;
  const wires: Partial<Record<string, UpstreamWire>> = UPSTREAM_WIRES;
  const upstream = wires[attempt.wire];
  const ending = `${frames.length} frames${cut ? ", cut" : ""}`;
  const title = printable(`== ${number}. ${provider}/${model} by ${attempt.wire}: ${status ?? "no reply"}, ${ending}`);
  if (forwarded) return `${title}\npass-through: there is nothing to translate`;
  if (!upstream) return `${title}\nunknown upstream wire \`${attempt.wire}\``;
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
  const answering: CurrentAttempt = { model, effort: undefined };
  const around: WireScope = {
    ids: { next: () => (++ids).toString(16).padStart(32, "0") },
    now: () => 0,
    note: (what, detail) => void notes.push(`${what} (${detail})`),
    answering,
  };
  const { turn, encoder, stream, thread } = client.lift(body, { codex }, around);
  const asked = { ...turn, model };
  const lowered = upstream.lower(asked, dialect as Dialect, around, thread);
  answering.effort = lowered.effort;
  const request = JSON.parse(lowered.body) as Json;
  const is_same = JSON.stringify(texts ? request : redactBody(request)) === JSON.stringify(sent);
  const parts = [
    `-- request\n${printableJson(request, 1)}`,
    is_same ? "identical to the recorded request" : "differs from the recorded request",
  ];
  if (status !== null && status < 400) {
    const write = (event: ReplyEvent): void => encoder.write(event);
    const decoder = upstream.decoder(asked, write, around, dialect as Dialect);
    if (stream) encoder.open();
    for (const { data } of frames)
      if (!decoder.ended) decoder.feed(typeof data === "string" ? data : JSON.stringify(data));
    if (!decoder.ended) {
      if (cut) decoder.fail(new ShimError("upstream_protocol", "the recorded reply was cut"));
      else decoder.end();
    }
    const response = stream
      ? encoder.take().trimEnd()
      : encoder.error
        ? printable(encoder.error.message)
        : printableJson(encoder.body(), 1);
    parts.push(`-- response\n${response}`);
  } else parts.push(`-- refusal\n${frames.map(({ data }) => printableJson(data)).join("\n")}`);
  const ignored = [...turn.ignored, ...lowered.ignored].map(({ field, what, why }) => `${field} ${what}: ${why}`);
  if (ignored.length > 0) parts.push(`-- ignored\n${printableLines(ignored)}`);
  if (notes.length > 0) parts.push(`-- notes\n${printableLines(notes)}`);
  return parts;
}
