/**
 * Reads and writes safetensors, the format in which weights travel to and from PyTorch.
 *
 * A file is a u64 N (little-endian), N bytes of JSON, and the tensors' raw values, row-major, little-endian:
 * `{"W1": {"dtype": "F32", "shape": [30, 64], "data_offsets": [begin, end]}, "__metadata__": {"key": "value"}}`.
 * Offsets count from the end of the header. Typed arrays have the machine's byte order, which is little-endian
 * wherever WebGPU runs.
 *
 * Source: https://github.com/huggingface/safetensors#format
 */

import { kindOfFile } from "./other_files.ts";

/** The element types, each with its array. BOOL is 0 or 1. */
const arrays = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export type Dtype = keyof typeof arrays;

/**
 * Half-precision element types, for which JavaScript has no arrays yet: their float32, exactly, by their 16 bits. F16 has 1 bit of sign, 5 of
 * exponent and 10 of fraction; BF16 is the upper half of float32.
 */
const halves = {
  F16: (bits: number): number => {
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const size =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Number.POSITIVE_INFINITY
            : Number.NaN
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return bits >> 15 ? -size : size;
  },
  BF16: (bits: number): number => new Float32Array(Uint32Array.of(bits << 16).buffer)[0],
} as const;

export type HalfDtype = keyof typeof halves;

/** A tensor: `data` is row-major, with as many elements as the product of `shape`; a scalar has shape [] and one element. */
export type TensorData<D extends Dtype = Dtype> = {
  [K in D]: {
    dtype: K;
    shape: number[];
    data: (typeof arrays)[K]["prototype"];
    /** What the file has, if that is half precision and became F32 when it was read. */
    stored?: HalfDtype;
  };
}[D];

/** What a file holds; the tensors in the order of their data. */
export interface SafetensorsFile {
  tensors: Map<string, TensorData>;
  metadata: Map<string, string>;
}

/** A file that can't be read, or tensors that can't be written. The message is one line. */
export class SafetensorsError extends Error {
  override name = "SafetensorsError";
}

/** A whole file that is not read: it is of another kind, or its element types are not known here. */
export class UnsupportedFileError extends SafetensorsError {}

/** Why a file was refused, for a message that names the file: `it is not a valid safetensors file: …` where the format is violated. */
export const refusalOf = (error: unknown): string => {
  const damaged = error instanceof SafetensorsError && !(error instanceof UnsupportedFileError);
  return `${damaged ? "it is not a valid safetensors file: " : ""}${(error as Error).message}`;
};

/**
 * Limits on the header that bound memory and time: a value can be two bytes of JSON and takes about 100 once parsed. The
 * reference allows 100 MB. A vocabulary of all of Unicode, in the metadata, needs 10 MB; 2^18 values are 20,000 tensors.
 */
const MAX_HEADER_BYTES = 2 ** 24;
const MAX_HEADER_VALUES = 2 ** 18;

/** For messages: `(27,10)`, cut after eight axes, more than any tensor here has. */
export const shapeText = (shape: readonly number[]): string =>
  `(${shape.slice(0, 8).join(",")}${shape.length > 8 ? ",…" : ""})`;

type Named<T> = Readonly<Record<string, T>> | ReadonlyMap<string, T>;

/**
 * The bytes of a file with these tensors. The same input gives the same bytes: tensors and metadata keep their
 * order, except that wider element types come first, so that each tensor starts at a multiple of its element size.
 *
 * @throws SafetensorsError if a shape does not match its data, a tensor is called `__metadata__`, or the header is too long.
 */
export function writeSafetensors(
  tensors: Named<TensorData>,
  metadata: Named<string> = {},
): Uint8Array<ArrayBuffer> {
  const sorted = entriesOf(tensors).sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  const strings = entriesOf(metadata);
  const header: [string, unknown][] = strings.length ? [["__metadata__", Object.fromEntries(strings)]] : [];
  let size = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    if (name === "__metadata__") throw wrong(name, "has the name reserved for the metadata; choose another");
    if (!shape.every(isCount) || elements(shape) !== data.length)
      throw wrong(name, `has shape ${quote(shape)}, but its data has ${data.length} elements`);
    header.push([name, { dtype, shape, data_offsets: [size, size + data.byteLength] }]);
    size += data.byteLength;
  }
  // fromEntries, unlike assignment, makes "__proto__" a key like any other.
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  if (json.length > MAX_HEADER_BYTES)
    throw new SafetensorsError(
      `the header would have ${json.length} bytes, but readers accept at most ${MAX_HEADER_BYTES}; leave out tensors or metadata`,
    );
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  file.fill(0x20, 8 + json.length, start); // spaces after the JSON align the data to 8 bytes
  let at = start;
  for (const [, { data }] of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * The tensors and the metadata in a file's bytes. Values are copied, so `bytes` needs no alignment and may be
 * reused; half precision (F16, BF16) becomes F32. It takes at most as much memory as the file for the values (twice that of half precision), eight
 * times the header, and another 64 MiB.
 *
 * @throws UnsupportedFileError for a file of another kind, saying which
 * @throws SafetensorsError naming the first violation of the format. Every byte of the data must belong to exactly
 * one tensor, and no name may occur twice.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const header = readHeader(bytes);
  const data = bytes.subarray(8 + header.length);
  const metadata = new Map<string, string>();
  const found: { name: string; dtype: Dtype | HalfDtype; shape: number[]; begin: number; end: number }[] = [];
  for (const [name, info] of Object.entries(header.json)) {
    if (name !== "__metadata__") {
      found.push({ name, ...readInfo(name, info, data.length) });
      continue;
    }
    if (!isObject(info)) throw new SafetensorsError(`__metadata__ is ${quote(info)}, expected an object`);
    for (const [key, value] of Object.entries(info)) {
      if (typeof value !== "string")
        throw new SafetensorsError(`metadata ${quote(key)} is ${quote(value)}, expected a string`);
      metadata.set(key, value);
    }
  }
  // In the order of their offsets, each tensor has to begin where the one before it ends.
  found.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of found) {
    const fault = begin < covered ? "overlaps the tensor before it" : "leaves a gap before it";
    if (begin !== covered) throw wrong(name, `begins at byte ${begin} and ${fault}, expected ${covered}`);
    covered = end;
  }
  if (covered !== data.length)
    throw new SafetensorsError(
      `the tensors end at byte ${covered} of the data, but the file has ${data.length}`,
    );

  const tensors = new Map<string, TensorData>();
  for (const { name, dtype, shape, begin, end } of found) {
    const copy = new Uint8Array(data.subarray(begin, end)).buffer;
    if (isHalf(dtype)) {
      const values = Float32Array.from(new Uint16Array(copy), halves[dtype]);
      tensors.set(name, { dtype: "F32", shape, data: values, stored: dtype });
    }
    // The compiler can't see that the array belongs to the dtype; the table above says so.
    else tensors.set(name, { dtype, shape, data: new arrays[dtype](copy) } as TensorData);
  }
  return { tensors, metadata };
}

/**
 * A tensor's values as float64, exactly, whatever its element type.
 *
 * @throws SafetensorsError if a 64-bit integer is beyond 2^53.
 */
export function toFloat64({ data }: TensorData): Float64Array<ArrayBuffer> {
  const values = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    values[i] = Number(data[i]);
    if (typeof data[i] === "bigint" && !Number.isSafeInteger(values[i]))
      throw new SafetensorsError(`element ${i} is ${data[i]}, expected an integer below 2^53`);
  }
  return values;
}

/** The header, in which no object has a key twice, and its length in bytes. */
function readHeader(bytes: Uint8Array): { json: Record<string, unknown>; length: number } {
  if (!ArrayBuffer.isView(bytes))
    throw new UnsupportedFileError(`it is given as ${typeof bytes}, not as the bytes of a file`);
  if (bytes.length < 8)
    throw new SafetensorsError(
      `the file has ${bytes.length} bytes, expected 8 or more for the header's length`,
    );
  const stated = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  // Of other files the first eight bytes are a huge number.
  const kind = stated > bytes.length - 8 ? kindOfFile(bytes) : undefined;
  if (kind !== undefined) throw new UnsupportedFileError(`it is ${kind}`);
  if (stated > MAX_HEADER_BYTES)
    throw new SafetensorsError(`the header's length is ${stated}, expected at most ${MAX_HEADER_BYTES}`);
  const length = Number(stated);
  if (length > bytes.length - 8)
    throw new SafetensorsError(`the header's length is ${length}, but only ${bytes.length - 8} bytes follow`);
  const utf8 = bytes.subarray(8, 8 + length);
  let text: string;
  let json: unknown;
  const values = countValues(utf8);
  if (values > MAX_HEADER_VALUES)
    throw new SafetensorsError(`the header holds ${values} values, expected at most ${MAX_HEADER_VALUES}`);
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(utf8);
    json = JSON.parse(text);
  } catch {
    const start = new TextDecoder().decode(utf8.subarray(0, 40));
    throw new SafetensorsError(`the header starts with ${quote(start)}, expected JSON in UTF-8`);
  }
  if (!isObject(json)) throw new SafetensorsError(`the header is ${quote(json)}, expected an object`);
  const twice = repeatedKey(text);
  if (twice !== undefined)
    throw new SafetensorsError(`the header has the key ${quote(twice)} twice, expected once`);
  return { json, length };
}

/** One tensor's entry in the header, checked on its own. `available`: bytes of data in the file. */
function readInfo(name: string, info: unknown, available: number) {
  if (!isObject(info)) throw wrong(name, `is described by ${quote(info)}, expected an object`);
  const { dtype, shape, data_offsets: offsets } = info;
  if (!isDtype(dtype) && !isHalf(dtype))
    throw new UnsupportedFileError(
      `tensor ${quote(name)} has dtype ${quote(dtype)}, expected ${[...Object.keys(arrays), ...Object.keys(halves)].join(", ")}; convert it`,
    );
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw wrong(name, `has shape ${quote(shape)}, expected a list of non-negative integers`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw wrong(name, `has data_offsets ${quote(offsets)}, expected two non-negative integers`);
  const [begin, end]: number[] = offsets;
  if (begin > end || end > available)
    throw wrong(
      name,
      `has data_offsets ${quote(offsets)}, expected begin <= end <= ${available}, the data's bytes`,
    );
  // A product beyond 2^53 may be rounded, but never down to a length that was found in the file.
  const needed = elements(shape) * (isHalf(dtype) ? 2 : arrays[dtype].BYTES_PER_ELEMENT);
  if (needed !== end - begin)
    throw wrong(name, `has ${end - begin} bytes, but ${dtype} of shape ${quote(shape)} needs ${needed}`);
  return { dtype, shape, begin, end };
}

const codes = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));
const [QUOTE, BACKSLASH, COLON, SPACE] = codes('"\\: ');
const SEPARATORS = codes("{[,:");

/** An upper bound on the objects, lists, keys and other values of a JSON text, valid or not, without parsing it. */
function countValues(utf8: Uint8Array): number {
  let values = 1;
  let quoted = false;
  for (let i = 0; i < utf8.length; i++) {
    const byte = utf8[i];
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted) i += byte === BACKSLASH ? 1 : 0;
    else if (SEPARATORS.includes(byte)) values++;
  }
  return values;
}

/** The first key that occurs twice in one object of a valid JSON text; JSON.parse keeps the last and says nothing. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    if (json[i] === "{") open.push(new Set());
    else if (json[i] === "}") open.pop();
    else if (json[i] === '"') {
      const start = i++;
      while (json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
      let next = i + 1;
      while (json.charCodeAt(next) <= SPACE) next++;
      if (json.charCodeAt(next) !== COLON) continue; // a value
      const key: string = JSON.parse(json.slice(start, i + 1));
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

function entriesOf<T>(named: Named<T>): [string, T][] {
  return named instanceof Map ? [...named] : Object.entries(named);
}

/** The product of the sizes; 0 if one of them is 0, even if the others overflow. */
function elements(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === "string" && Object.hasOwn(arrays, value);
}

function isHalf(value: unknown): value is HalfDtype {
  return typeof value === "string" && Object.hasOwn(halves, value);
}

function wrong(tensor: string, fault: string): SafetensorsError {
  return new SafetensorsError(`tensor ${quote(tensor)} ${fault}`);
}

/** Any value from a file, on one short line. */
function quote(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? "missing";
  } catch {
    return "nested too deeply"; // JSON.stringify recurses, JSON.parse does not
  }
  if (text.length > 60) text = `${text.slice(0, 60)}…`;
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
}
