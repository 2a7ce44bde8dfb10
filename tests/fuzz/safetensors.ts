/** The safetensors reader: it accepts every valid file, and whatever it accepts it has read as the format says. */
import fc from "fast-check";
import { expect } from "vitest";
import {
  type Dtype,
  readSafetensors,
  SafetensorsError,
  type SafetensorsFile,
  type TensorData,
  writeSafetensors,
} from "../../src/formats/safetensors.ts";
import { damaged } from "./bytes.ts";
import { awkwardJson, awkwardKey, awkwardNumber, target, valueOrRefusal, withinMemory } from "./target.ts";

/** Bytes of an element, from the format's description. */
const WIDTH: Readonly<Record<Dtype, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};
const DTYPES = Object.keys(WIDTH) as Dtype[];

const tensor: fc.Arbitrary<TensorData> = fc
  .record({
    dtype: fc.constantFrom(...DTYPES),
    shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
    noise: fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
  })
  .map(({ dtype, shape, noise }) => {
    const elements = shape.reduce((product, size) => product * size, 1);
    const bytes = Uint8Array.from({ length: elements * WIDTH[dtype] }, () => noise.next().value as number);
    // Its own table of arrays, not the one under test.
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
    };
    return { dtype, shape, data: new arrays[dtype](bytes.buffer) } as TensorData;
  });

const names = fc.oneof(awkwardKey, fc.constantFrom("C", "W1", "grad.W1", "Xb"));
const content = fc.record({
  tensors: fc.array(
    fc.tuple(
      names.filter((n) => n !== "__metadata__"),
      tensor,
    ),
    { maxLength: 5 },
  ),
  metadata: fc.array(fc.tuple(names, fc.string({ unit: "binary", maxLength: 20 })), { maxLength: 3 }),
});
const written = content.map(({ tensors, metadata }) => writeSafetensors(new Map(tensors), new Map(metadata)));

/** A file with this header, a stated length that may be a lie, and some data. */
function fileOf(json: string, data: number, stated?: bigint): Uint8Array {
  const text = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + text.length + data).fill(7);
  new DataView(file.buffer).setBigUint64(0, stated ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

/** Valid headers with up to two fields changed: to a similar value, to another tensor's, or to anything. */
const nearlySound = fc
  .record({
    tensors: fc.array(
      fc.record({
        name: names,
        dtype: fc.constantFrom(...DTYPES),
        shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
      }),
      { maxLength: 4 },
    ),
    changes: fc.array(
      fc.record({
        which: fc.nat(3),
        field: fc.constantFrom("dtype", "shape", "data_offsets", "note"),
        value: fc.oneof(
          fc.constantFrom(...DTYPES, "F16", "BF16", "f32"),
          fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 3 }),
          fc.tuple(fc.nat(24), fc.nat(24)),
          fc.array(awkwardNumber, { maxLength: 3 }),
          awkwardKey,
          awkwardJson,
        ),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ tensors, changes }) => {
    let end = 0;
    const entries = tensors.map(({ name, dtype, shape }): [string, Record<string, unknown>] => {
      const begin = end;
      end += shape.reduce((product, size) => product * size, WIDTH[dtype]);
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    });
    for (const { which, field, value } of changes)
      if (which < entries.length) entries[which][1][field] = value;
    // Not through an object, which would not keep a name that occurs twice.
    const json = `{${entries.map(([name, entry]) => `${JSON.stringify(name)}: ${JSON.stringify(entry)}`).join(" ,")}}`;
    return { json, data: end };
  });
const anyHeader = fc.record({
  json: fc.oneof(
    awkwardJson.map((v) => JSON.stringify(v)),
    fc.string({ unit: "binary" }),
  ),
  data: fc.nat(8),
});
const lie = fc.oneof(
  fc.constantFrom(
    0n,
    1n,
    7n,
    8n,
    2n ** 24n,
    2n ** 24n + 1n,
    2n ** 31n,
    2n ** 32n,
    2n ** 32n - 1n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  ),
  fc.bigInt({ min: 0n, max: 200n }),
);

/** Reads within the promised memory and, if the file is accepted, judges the result. */
function readRightly(bytes: Uint8Array): SafetensorsFile | undefined {
  const file = withinMemory(9 * bytes.length + 2 ** 20, () =>
    valueOrRefusal(() => readSafetensors(bytes), SafetensorsError),
  );
  if (file) expectRead(bytes, file);
  return file;
}

/** The format, independently: the header's entries are the tensors, their values the bytes they name, each byte used exactly once. */
function expectRead(bytes: Uint8Array, { tensors, metadata }: SafetensorsFile): void {
  const buffer = Buffer.from(bytes);
  const start = 8 + Number(buffer.readBigUInt64LE());
  const entries = new Map(Object.entries(JSON.parse(buffer.toString("utf8", 8, start)) as object));
  expect(Object.fromEntries(metadata)).toEqual({ ...entries.get("__metadata__") });
  entries.delete("__metadata__");
  expect(new Set(tensors.keys())).toEqual(new Set(entries.keys()));
  const taken = new Uint8Array(buffer.length - start);
  for (const [name, { dtype, shape, data, stored }] of tensors) {
    const {
      data_offsets: [begin, end],
      ...rest
    } = entries.get(name);
    expect(rest).toMatchObject({ dtype: stored ?? dtype, shape });
    expect(shape.reduce((n, s) => n * s, 1)).toBe(data.length);
    expect(data.length * (stored ? 2 : WIDTH[dtype])).toBe(end - begin);
    // What half precision becomes is in the reader's own tests.
    if (stored) expect(dtype).toBe("F32");
    else
      expect(Buffer.compare(Buffer.from(data.buffer), buffer.subarray(start + begin, start + end))).toBe(0);
    for (let i = begin; i < end; i++) taken[i]++;
  }
  expect(taken.every((times) => times === 1)).toBe(true);
}

export const safetensors = [
  target("safetensors, written and read back", content, ({ tensors, metadata }) => {
    const bytes = writeSafetensors(new Map(tensors), new Map(metadata));
    const file = readRightly(bytes);
    expect(file).toBeDefined();
    expect(new Set(file!.tensors.keys())).toEqual(new Set(new Map(tensors).keys()));
    expect(writeSafetensors(file!.tensors, file!.metadata).length).toBe(bytes.length);
  }),
  target("safetensors, damaged", damaged(written), (bytes) => void readRightly(bytes)),
  target(
    "safetensors, made up",
    fc.tuple(
      fc.oneof({ weight: 8, arbitrary: nearlySound }, { weight: 1, arbitrary: anyHeader }),
      fc.option(lie, { freq: 1, nil: undefined }),
    ),
    ([{ json, data }, stated]) => void readRightly(fileOf(json, data, stated)),
  ),
  target("safetensors, any bytes", fc.uint8Array({ maxLength: 300 }), (bytes) => void readRightly(bytes)),
];
