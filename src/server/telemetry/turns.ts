/**
 * The last turns, for `juscode-shim last`: a small file in the state folder rather than a request to the running server,
 * since it must be readable without a key and when the server is gone. Names, counts and reasons only.
 */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { appendToRegularFile, readRegularFile } from "../../config/regular-file.ts";
import { printableJson } from "../../core/printable.ts";
import { errorCode, errorMessage } from "../../core/thrown.ts";
import { hasFailed, oneLine, type Log, type RequestLine } from "../log.ts";
import { fieldLabel } from "./bounded-names.ts";

type Counted = "request_id" | "client_id" | "path" | "client" | "key" | "model" | "route" | "provider" | "served";

export interface LoggedTurn extends Pick<RequestLine, Counted | "outcome" | "error_kind" | "duration_ms" | "first_ms"> {
  /** ISO 8601. */
  at: string;
  failed: boolean;
  input_tokens?: number | undefined;
  output_tokens?: number | undefined;
  /** Fields that could not be carried over, without their values. */
  ignored: string[];
  /** Kinds of notes; their details may hold the model's words. */
  notes: string[];
}

/** Name of the file in the state folder. */
export const TURNS_FILE = "turns.jsonl";
/** When it has so many lines, the older ones go. */
const MOST = 1000;
const KEPT = 500;
const MOST_WORDS = 600;
/** Far more than so many lines ever take. */
const MOST_BYTES = 64 * 1024 * 1024;
const BATCH_MS = 100;

export function turnOf(line: RequestLine, at: Date): LoggedTurn {
  const { request_id, client_id, path, client, key, route, provider, error_kind, first_ms, usage } = line;
  return {
    at: at.toISOString(),
    request_id,
    client_id,
    path,
    client,
    key,
    model: line.model.slice(0, 200),
    route,
    provider,
    served: line.served.slice(0, 200),
    failed: hasFailed(line),
    outcome: oneLine(line.outcome).slice(0, MOST_WORDS),
    error_kind,
    duration_ms: Math.round(line.duration_ms),
    first_ms: first_ms === undefined ? undefined : Math.round(first_ms),
    input_tokens: usage?.input_tokens,
    output_tokens: usage?.output_tokens,
    ignored: [...new Set(line.ignored.map(({ field }) => fieldLabel(field)))],
    notes: [...new Set(line.notes.map((note) => note.split(" ")[0] ?? note))],
  };
}

/** Appends turns to the file in batches. No request waits for it or fails because of it. */
export class TurnsFile implements Log {
  private waiting: LoggedTurn[] = [];
  private writing: Promise<void> | undefined;
  private lines: number | undefined;
  private warned = false;
  private readonly file: string;
  private readonly warn: (text: string) => void;
  private readonly now: () => Date;

  constructor(file: string, warn: (text: string) => void, now: () => Date = () => new Date()) {
    this.file = file;
    this.warn = warn;
    this.now = now;
  }

  request(line: RequestLine): void {
    if (this.waiting.length < KEPT) this.waiting.push(turnOf(line, this.now()));
    this.writing ??= this.soon();
  }

  warning(): void {}
  info(): void {}

  /** Resolves when all turns so far are in the file. */
  async flushed(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private async soon(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, BATCH_MS));
    const turns = this.waiting.splice(0);
    try {
      await this.write(turns);
    } catch (error) {
      if (!this.warned) this.warn(`the last turns cannot be kept in ${this.file}: ${errorMessage(error)}`);
      this.warned = true;
    }
    this.writing = this.waiting.length > 0 ? this.soon() : undefined;
  }

  private async write(turns: readonly LoggedTurn[]): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    this.lines ??= readLines(this.file).length;
    appendToRegularFile(this.file, turns.map((turn) => `${printableJson(turn)}\n`).join(""), 0o600);
    this.lines += turns.length;
    if (this.lines <= MOST) return;
    const kept = readLines(this.file).slice(-KEPT);
    const next = `${this.file}.new`;
    // What was left there may be anything.
    await rm(next, { force: true });
    await writeFile(next, `${kept.join("\n")}\n`, { flag: "wx", mode: 0o600 });
    await rename(next, this.file);
    this.lines = kept.length;
  }
}

/** Empty where there is no such file. */
function readLines(file: string): string[] {
  try {
    return readRegularFile(file, MOST_BYTES)
      .split("\n")
      .filter((line) => line !== "");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** The newest last. A line that was cut when a machine went down is skipped. */
export function readTurns(file: string): LoggedTurn[] {
  return readLines(file).flatMap((line): LoggedTurn[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}
