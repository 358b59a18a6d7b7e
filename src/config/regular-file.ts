/**
 * The one way in which files are read here. A FIFO, a device or an endless file in the place of a config or of keys must
 * not stop the server: only regular files (or links to them) are read, and no more of them than they may sensibly hold.
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
/** Enough for thousands of keys, and for every certificate authority that exists. */
const MOST_BYTES = 16 * MB;
const FIRST_BYTES = 64 * 1024;

/** Otherwise opening a FIFO would wait for its other end, and a terminal would become that of this process. */
const CAREFULLY = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const READING = constants.O_RDONLY | CAREFULLY;
const APPENDING = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | CAREFULLY;

/** The file exists, and must not be read or written. */
export class IrregularFile extends Error {
  /** A clause about the file: `is a FIFO, and only regular files are read`. */
  readonly why: string;
  /** The system's code for it, if it has one. */
  readonly code: string | undefined;

  constructor(path: string, why: string, code?: string) {
    super(`${path} ${why}`);
    this.name = "IrregularFile";
    this.why = why;
    this.code = code;
  }
}

/** Throws an IrregularFile, or the system's error. */
export function readRegularFile(path: string, most_bytes: number = MOST_BYTES): string {
  return readRegularBytes(path, most_bytes).toString("utf8");
}

export function readRegularBytes(path: string, most_bytes: number = MOST_BYTES): Buffer {
  // Opening a device may have an effect already.
  refuseIrregular(path, statSync(path), most_bytes);
  return opened(openSync(path, READING), (file) => {
    // Another file may have taken its place.
    const stats = fstatSync(file);
    refuseIrregular(path, stats, most_bytes);
    return readToEnd(file, path, stats.size, most_bytes);
  });
}

/** Standard input was chosen by the user: it may be a pipe. */
export const readStandardInput = (): string => readFileSync(0, "utf8");

/** Creates the file where there is none. Throws an IrregularFile, or the system's error. */
export function appendToRegularFile(path: string, text: string, mode: number): void {
  requireRegularFile(path);
  opened(openSync(path, APPENDING, mode), (file) => {
    refuseIrregular(path, fstatSync(file));
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  });
}

/** Creates an empty file where there is none: for files that a library opens, which would wait at a FIFO for ever. */
export function makeRegularFile(path: string, mode: number): void {
  appendToRegularFile(path, "", mode);
}

/** Throws an IrregularFile for what exists and is not a regular file. */
export function requireRegularFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats) refuseIrregular(path, stats);
}

/** Whether it is a link whose target does not exist. */
export function leadsNowhere(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Why a file could not be read, as a clause that follows its path. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof IrregularFile) return error.why;
  return `cannot be read (${codeOf(error) ?? error})`;
}

/** The system's code of an error, for example ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function opened<Value>(file: number, use: (file: number) => Value): Value {
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function refuseIrregular(path: string, stats: Stats, most_bytes = Infinity): void {
  if (stats.isDirectory()) throw new IrregularFile(path, "is a folder, and only regular files are read", "EISDIR");
  const kind = stats.isFIFO() ? "a FIFO" : stats.isSocket() ? "a socket" : "a device";
  if (!stats.isFile()) throw new IrregularFile(path, `is ${kind}, and only regular files are read`);
  if (stats.size > most_bytes) throw tooLarge(path, most_bytes);
}

/** The size may be 0, as under /proc, or change meanwhile. */
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
