/** Writes GGUF version 3, the file format of llama.cpp's models: a header, typed metadata, tensors of 32-bit floats. */
const ALIGNMENT_BYTES = 32;
const TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 };
const F32_TENSOR = 0;

/** A metadata value as it stands in the file. */
export interface Value {
  type: number;
  bytes: Buffer;
}

export interface Tensor {
  name: string;
  /** The innermost first. */
  dims: number[];
  data: Float32Array;
}

function bytesOf(size: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
}

const rawU32 = (n: number): Buffer => bytesOf(4, (bytes) => bytes.writeUInt32LE(n));
const rawU64 = (n: number): Buffer => bytesOf(8, (bytes) => bytes.writeBigUInt64LE(BigInt(n)));

function rawString(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([rawU64(bytes.length), bytes]);
}

const array = (type: number, items: Buffer[]): Value => ({
  type: TYPES.array,
  bytes: Buffer.concat([rawU32(type), rawU64(items.length), ...items]),
});

export const u32 = (n: number): Value => ({ type: TYPES.u32, bytes: rawU32(n) });
export const f32 = (n: number): Value => ({ type: TYPES.f32, bytes: bytesOf(4, (bytes) => bytes.writeFloatLE(n)) });
export const bool = (yes: boolean): Value => ({ type: TYPES.bool, bytes: Buffer.from([yes ? 1 : 0]) });
export const string = (text: string): Value => ({ type: TYPES.string, bytes: rawString(text) });
export const strings = (texts: readonly string[]): Value => array(TYPES.string, texts.map(rawString));
/** Only for numbers that are not negative. */
export const i32s = (numbers: readonly number[]): Value => array(TYPES.i32, numbers.map(rawU32));

const padding = (length: number): Buffer =>
  Buffer.alloc((ALIGNMENT_BYTES - (length % ALIGNMENT_BYTES)) % ALIGNMENT_BYTES);

export function ggufFile(metadata: Readonly<Record<string, Value>>, tensors: readonly Tensor[]): Buffer {
  const entries = Object.entries(metadata);
  const head = [Buffer.from("GGUF"), rawU32(3), rawU64(tensors.length), rawU64(entries.length)];
  for (const [key, { type, bytes }] of entries) head.push(rawString(key), rawU32(type), bytes);
  const data: Buffer[] = [];
  let offset = 0;
  for (const { name, dims, data: numbers } of tensors) {
    head.push(rawString(name), rawU32(dims.length), ...dims.map(rawU64), rawU32(F32_TENSOR), rawU64(offset));
    const pad = padding(numbers.byteLength);
    data.push(Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength), pad);
    offset += numbers.byteLength + pad.length;
  }
  head.push(padding(head.reduce((sum, part) => sum + part.length, 0)));
  return Buffer.concat([...head, ...data]);
}
