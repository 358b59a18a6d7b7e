/**
 * The one way in which files are read here. A FIFO, a device or a file without an end in the place of a config or of
 * keys must not stop the server: only regular files are read, and no more of them than they may sensibly hold. A link
 * to a regular file is one.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
  type Stats,
} from "node:fs";

const MB = 1024 * 1024;
/** Enough for thousands of keys, and for every certificate authority that there is. */
const MOST_BYTES = 16 * MB;
const FIRST_BYTES = 64 * 1024;

/** Opening a FIFO would else wait for its other end, and a terminal would become that of this process. */
const CAREFULLY = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const READING = constants.O_RDONLY | CAREFULLY;
const APPENDING = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | CAREFULLY;

/** It is there, and must not be read or written. */
export class IrregularFile extends Error {
  /** A clause about the file: `is a FIFO, and only regular files are read`. */
  readonly why: string;
  /** As the system has it, where it has a word for it. */
  readonly code: string | undefined;

  constructor(path: string, why: string, code?: string) {
    super(`${path} ${why}`);
    this.name = "IrregularFile";
    this.why = why;
    this.code = code;
  }
}

/** Throws an IrregularFile, or what the system says. */
export function readRegularFile(path: string, most_bytes: number = MOST_BYTES): string {
  return readRegularBytes(path, most_bytes).toString("utf8");
}

export function readRegularBytes(path: string, most_bytes: number = MOST_BYTES): Buffer {
  // To open a device may do something already.
  refuseIrregular(path, statSync(path), most_bytes);
  const file = openSync(path, READING);
  try {
    // Another one may have come into its place.
    const stats = fstatSync(file);
    refuseIrregular(path, stats, most_bytes);
    return readToEnd(file, path, stats.size, most_bytes);
  } finally {
    closeSync(file);
  }
}

/** What was given to this process to read, which the user has chosen for it: from a pipe, too. */
export function readStandardInput(): string {
  return readFileSync(0, "utf8");
}

/** Makes the file where there is none. Throws an IrregularFile, or what the system says. */
export function appendToRegularFile(path: string, text: string, mode: number): void {
  const file = openForAppending(path, mode);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  } finally {
    closeSync(file);
  }
}

/** Makes an empty file where there is none. For files that a library opens, which would wait for ever at a FIFO. */
export function makeRegularFile(path: string, mode: number): void {
  closeSync(openForAppending(path, mode));
}

/** Throws an IrregularFile for what is there and is not one. */
export function requireRegularFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats) refuseIrregular(path, stats, Number.POSITIVE_INFINITY);
}

/** Whether it is a link to something that is not there. */
export function leadsNowhere(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** For people: why a file could not be read, as a clause that goes on from its path. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof IrregularFile) return error.why;
  return `cannot be read (${String((error as { code?: unknown }).code ?? error)})`;
}

function openForAppending(path: string, mode: number): number {
  requireRegularFile(path);
  const file = openSync(path, APPENDING, mode);
  try {
    refuseIrregular(path, fstatSync(file), Number.POSITIVE_INFINITY);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function refuseIrregular(path: string, stats: Stats, most_bytes: number): void {
  const kind = kindOf(stats);
  if (kind !== undefined)
    throw new IrregularFile(
      path,
      `is ${kind}, and only regular files are read`,
      stats.isDirectory() ? "EISDIR" : undefined,
    );
  if (stats.size > most_bytes) throw tooLarge(path, most_bytes);
}

/** Undefined for a regular file. */
function kindOf(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a FIFO";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

/** Its size may be none, as under /proc, or change meanwhile. */
function readToEnd(file: number, path: string, size: number, most_bytes: number): Buffer {
  let bytes = Buffer.allocUnsafe(Math.min(most_bytes, size > 0 ? size : FIRST_BYTES) + 1);
  let end = 0;
  for (;;) {
    const count = readSync(file, bytes, end, bytes.length - end, null);
    if (count === 0) return bytes.subarray(0, end);
    end += count;
    if (end > most_bytes) throw tooLarge(path, most_bytes);
    if (end === bytes.length) bytes = Buffer.concat([bytes], Math.min(most_bytes + 1, 2 * end));
  }
}

function tooLarge(path: string, most_bytes: number): IrregularFile {
  const most = most_bytes >= MB ? `${Math.floor(most_bytes / MB)} MB` : `${most_bytes} bytes`;
  return new IrregularFile(path, `holds more than ${most}, which is more than such a file ever needs`, "EFBIG");
}
