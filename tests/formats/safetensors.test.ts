import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  readSafetensors,
  SafetensorsError,
  type TensorData,
  toFloat64,
  writeSafetensors,
} from "../../src/formats/safetensors.ts";

/** One tensor of every element type, the narrow ones first and of odd lengths, so that alignment matters. */
const everyDtype: Record<string, TensorData> = {
  bool: { dtype: "BOOL", shape: [3], data: Uint8Array.of(1, 0, 1) },
  u8: { dtype: "U8", shape: [], data: Uint8Array.of(255) },
  i8: { dtype: "I8", shape: [1], data: Int8Array.of(-128) },
  u16: { dtype: "U16", shape: [1], data: Uint16Array.of(65535) },
  i16: { dtype: "I16", shape: [1], data: Int16Array.of(-32768) },
  f32: { dtype: "F32", shape: [1, 3], data: Float32Array.of(0.1, -0, Number.NaN) },
  i32: { dtype: "I32", shape: [2], data: Int32Array.of(-1, 2147483647) },
  u32: { dtype: "U32", shape: [1], data: Uint32Array.of(4294967295) },
  f64: { dtype: "F64", shape: [2, 1], data: Float64Array.of(Math.PI, Number.NEGATIVE_INFINITY) },
  i64: { dtype: "I64", shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) },
  u64: { dtype: "U64", shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
  empty: { dtype: "F32", shape: [0, 4], data: new Float32Array(0) },
};

/** A file with this header, valid or not, and this many bytes of data. */
function fileOf(header: unknown, dataBytes = 0): Uint8Array {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const text = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const f32 = (shape: unknown, data_offsets: unknown) => ({ dtype: "F32", shape, data_offsets });

describe("writing and reading back", () => {
  it("keeps every element type, shape, value, and the metadata", () => {
    const metadata = { format: "pt", line: 'quotes " and \\ and\nnewlines', empty: "", ключ: "значение" };
    const { tensors, metadata: read } = readSafetensors(writeSafetensors(everyDtype, metadata));
    expect(Object.fromEntries(tensors)).toEqual(everyDtype);
    expect(Object.fromEntries(read)).toEqual(metadata);
  });

  it("gives the same bytes again, also after reading", () => {
    const bytes = writeSafetensors(everyDtype, { a: "1", b: "2" });
    const { tensors, metadata } = readSafetensors(bytes);
    expect(writeSafetensors(everyDtype, { a: "1", b: "2" })).toEqual(bytes);
    expect(writeSafetensors(tensors, metadata)).toEqual(bytes);
  });

  it("puts wider elements first and otherwise keeps the order", () => {
    const order = [...readSafetensors(writeSafetensors(everyDtype)).tensors.keys()];
    expect(order.join(" ")).toBe("f64 i64 u64 f32 i32 u32 empty u16 i16 bool u8 i8");
  });

  it("lays the file out as the format says", () => {
    const bytes = writeSafetensors({ a: { dtype: "F32", shape: [1], data: Float32Array.of(1) } });
    const json = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const length = new DataView(bytes.buffer).getUint32(0, true);
    expect(length % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length))).toBe(json.padEnd(length));
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63]);
    expect(new TextDecoder().decode(writeSafetensors({}).subarray(8))).toBe("{}      ");
  });

  it("writes only the part of a buffer that an array covers", () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const { tensors } = readSafetensors(writeSafetensors({ a: { dtype: "F32", shape: [2], data } }));
    expect(tensors.get("a")?.data).toEqual(Float32Array.of(1, 2));
  });

  it("treats __proto__ and integers as names like any other", () => {
    const one: TensorData = { dtype: "U8", shape: [1], data: Uint8Array.of(7) };
    const names = new Map([
      ["__proto__", one],
      ["constructor", one],
      ["7", one],
      ["", one],
    ]);
    const { tensors, metadata } = readSafetensors(writeSafetensors(names, new Map([["__proto__", "x"]])));
    expect([...tensors.keys()].sort()).toEqual([...names.keys()].sort());
    expect([...metadata]).toEqual([["__proto__", "x"]]);
    expect(tensors.get("__proto__")).toEqual(one);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });

  it("reads a tensor that is empty along one axis, however long along the others", () => {
    const a = f32([2 ** 52, 2 ** 52, 2 ** 52, ...new Array(20).fill(2 ** 52), 0], [0, 0]);
    expect(readSafetensors(fileOf({ a })).tensors.get("a")?.data).toEqual(new Float32Array(0));
  });

  it("copies: unaligned bytes are fine, and later changes to them have no effect", () => {
    const bytes = writeSafetensors(everyDtype);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const { tensors } = readSafetensors(shifted.subarray(1));
    shifted.fill(0);
    expect(Object.fromEntries(tensors)).toEqual(everyDtype);
  });

  it("reads a header without padding, in any order, with unknown fields", () => {
    const file = fileOf({ b: f32([1], [4, 8]), a: { ...f32([], [0, 4]), note: "?" } }, 8);
    expect([...readSafetensors(file).tensors.keys()]).toEqual(["a", "b"]);
  });
});

describe("half precision", () => {
  const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const read = (dtype: "F16" | "BF16") => {
    const file = fileOf({ a: { dtype, shape: [2 ** 16], data_offsets: [0, 2 ** 17] } }, 2 ** 17);
    file.set(new Uint8Array(bits.buffer), file.length - 2 ** 17);
    return readSafetensors(file).tensors.get("a")!;
  };

  it("BF16 becomes float32, as which it is the upper half", () => {
    const { dtype, stored, data } = read("BF16");
    expect([dtype, stored]).toEqual(["F32", "BF16"]);
    const upper = Uint16Array.from(bits, (_, i) => new Uint16Array((data as Float32Array).buffer)[2 * i + 1]);
    // One NaN is as good as another.
    for (const i of bits) if (!Number.isNaN(data[i])) expect(upper[i]).toBe(i);
    expect(data.filter(Number.isNaN as never)).toHaveLength(2 * 127);
  });

  it("F16 becomes float32, exactly", () => {
    const { dtype, stored, data } = read("F16");
    expect([dtype, stored]).toEqual(["F32", "F16"]);
    // The same fields in float32 stand for 2^-112 of the value, but for infinities and NaN.
    const fields = Uint32Array.from(bits, (i) => ((i & 0x8000) << 16) | ((i & 0x7fff) << 13));
    const values = new Float32Array(fields.buffer).map((x) => x * 2 ** 112);
    for (const i of bits)
      if ((i & 0x7c00) !== 0x7c00) expect(Object.is(data[i], values[i]), `${i}: ${data[i]}`).toBe(true);
      else expect(data[i]).toBe(i & 0x3ff ? Number.NaN : i & 0x8000 ? -Infinity : Infinity);
  });

  it("can be written again, as float32", () => {
    const t = read("F16");
    const again = readSafetensors(writeSafetensors({ a: t })).tensors.get("a")!;
    expect(again).toEqual({ dtype: "F32", shape: [2 ** 16], data: t.data });
  });
});

describe("refusing to write", () => {
  const data = Float32Array.of(1, 2, 3);
  it.each<[string, Record<string, TensorData>]>([
    ['tensor "a" has shape [2], but its data has 3 elements', { a: { dtype: "F32", shape: [2], data } }],
    ['tensor "a" has shape [-3,-1], but its data has 3', { a: { dtype: "F32", shape: [-3, -1], data } }],
    ['tensor "a" has shape [1.5,2], but its data has 3', { a: { dtype: "F32", shape: [1.5, 2], data } }],
    [
      'tensor "__metadata__" has the name reserved for the metadata',
      { __metadata__: { dtype: "F32", shape: [3], data } },
    ],
  ])("%s", (message, tensors) => {
    expect(() => writeSafetensors(tensors)).toThrow(message);
    expect(() => writeSafetensors(tensors)).toThrow(SafetensorsError);
  });
});

describe("refusing to read", () => {
  const stated = (length: bigint, actual: number) => {
    const file = new Uint8Array(8 + actual).fill(0x20);
    new DataView(file.buffer).setBigUint64(0, length, true);
    return file;
  };
  const twice =
    '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061" :{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
  const cases: [message: string, file: Uint8Array][] = [
    ["the file has 0 bytes, expected 8 or more for the header's length", new Uint8Array(0)],
    ["the file has 7 bytes, expected 8 or more for the header's length", new Uint8Array(7)],
    [
      "it is a Git LFS pointer, which",
      new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"),
    ],
    ["the header's length is 17, but only 16 bytes follow", stated(17n, 16)],
    ["the header's length is 18446744073709551615, expected at most 16777216", stated(2n ** 64n - 1n, 16)],
    ["the header's length is 4294967296, expected at most 16777216", stated(2n ** 32n, 92)],
    ["the header's length is 16777217, expected at most 16777216", stated(2n ** 24n + 1n, 16)],
    ["the header holds 262146 values, expected at most 262144", fileOf(`[${"1,".repeat(2 ** 18)}1]`)],
    ["the header holds 262146 values, expected at most 262144", fileOf(`{"\\"":${"[".repeat(2 ** 18 - 1)}`)],
    ['the header starts with "", expected JSON in UTF-8', stated(0n, 0)],
    ['the header starts with "    ", expected JSON in UTF-8', stated(4n, 16)],
    ['the header starts with "{\\"a\\":", expected JSON in UTF-8', fileOf('{"a":')],
    ["expected JSON in UTF-8", Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x7d)],
    ["expected JSON in UTF-8", fileOf("\ufeff{}")],
    ["the header is [], expected an object", fileOf([])],
    ["the header is null, expected an object", fileOf("null")],
    ["the header is 3, expected an object", fileOf("3")],
    ['the header has the key "a" twice, expected once', fileOf(twice, 1)],
    ['the header has the key "shape" twice, expected once', fileOf('{"a":{"shape":[1],"shape":[1]}}')],
    ["__metadata__ is [], expected an object", fileOf({ __metadata__: [] })],
    ['metadata "step" is 3, expected a string', fileOf({ __metadata__: { step: 3 } })],
    ['tensor "a" is described by 3, expected an object', fileOf({ a: 3 })],
    [
      'tensor "a" has dtype "F8_E5M2", expected F64, I64,',
      fileOf({ a: { ...f32([2], [0, 2]), dtype: "F8_E5M2" } }, 2),
    ],
    [
      'tensor "a" has dtype "toString", expected',
      fileOf({ a: { ...f32([1], [0, 4]), dtype: "toString" } }, 4),
    ],
    ['tensor "a" has dtype missing, expected', fileOf({ a: {} })],
    [
      'tensor "a" has shape [-1], expected a list of non-negative integers',
      fileOf({ a: f32([-1], [0, 4]) }, 4),
    ],
    ['tensor "a" has shape [0.5], expected', fileOf({ a: f32([0.5], [0, 2]) }, 2)],
    ['tensor "a" has shape ["1"], expected', fileOf({ a: f32(["1"], [0, 4]) }, 4)],
    ['tensor "a" has shape [9007199254740992], expected', fileOf({ a: f32([2 ** 53], [0, 4]) }, 4)],
    ['tensor "a" has shape 4, expected', fileOf({ a: f32(4, [0, 16]) }, 16)],
    ['tensor "a" has data_offsets [0], expected two', fileOf({ a: f32([1], [0]) }, 4)],
    ['tensor "a" has data_offsets missing, expected two', fileOf({ a: f32([1], undefined) }, 4)],
    ['tensor "a" has data_offsets [-4,0], expected two', fileOf({ a: f32([1], [-4, 0]) }, 4)],
    ['tensor "a" has data_offsets [4,0], expected begin <= end <= 4', fileOf({ a: f32([1], [4, 0]) }, 4)],
    ['tensor "a" has data_offsets [0,8], expected begin <= end <= 4', fileOf({ a: f32([2], [0, 8]) }, 4)],
    ['tensor "a" has 4 bytes, but F32 of shape [2] needs 8', fileOf({ a: f32([2], [0, 4]) }, 4)],
    [
      'tensor "a" has 4 bytes, but F32 of shape [4294967296,4294967296] needs 73786976294838210000',
      fileOf({ a: f32([2 ** 32, 2 ** 32], [0, 4]) }, 4),
    ],
    [
      'tensor "b" begins at byte 2 and overlaps the tensor before it, expected 4',
      fileOf({ a: f32([1], [0, 4]), b: f32([1], [2, 6]) }, 6),
    ],
    [
      'tensor "b" begins at byte 0 and overlaps the tensor before it, expected 4',
      fileOf({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, 4),
    ],
    [
      'tensor "b" begins at byte 8 and leaves a gap before it, expected 4',
      fileOf({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12),
    ],
    ["the tensors end at byte 4 of the data, but the file has 5", fileOf({ a: f32([1], [0, 4]) }, 5)],
    ["the tensors end at byte 0 of the data, but the file has 1", fileOf({}, 1)],
    [
      "has shape nested too deeply, expected",
      fileOf(`{"a":{"dtype":"F32","shape":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`),
    ],
  ];
  it.each(cases)("%s", (message, file) => {
    let error: unknown;
    try {
      readSafetensors(file);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SafetensorsError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).toMatch(/^[\x20-\x7e…\ufffd]{1,200}$/);
  });

  const reader = `
    import { readFileSync } from "node:fs";
    import { readSafetensors } from ${JSON.stringify(new URL("../../src/formats/safetensors.ts", import.meta.url).href)};
    try { readSafetensors(readFileSync(0)); console.log("read"); } catch (error) { console.log(error.name); }`;
  it.each([
    ["the longest header", `{"__metadata__":{"a":"\u2028${"x".repeat(2 ** 24 - 30)}"}}`, "read"],
    ["the most values", `{"a":[${"{},".repeat(2 ** 17 - 9)}{}]}`, "SafetensorsError"],
  ])("%s takes no more memory than it says", (_, json, want) => {
    // 8 · 16 MiB + 64 MiB.
    const args = ["--max-old-space-size=192", "--import", "tsx", "--input-type=module", "--eval", reader];
    const { stdout, stderr } = spawnSync(process.execPath, args, { input: fileOf(json), encoding: "utf8" });
    expect(stdout, stderr).toBe(`${want}\n`);
  });

  it("keeps a hostile name on one short line", () => {
    const name = `\n\u001b[31m\u009b\u2028${"x".repeat(1e6)}`;
    expect(() => readSafetensors(fileOf({ [name]: 1 }))).toThrow(
      /^tensor "\\n\\u001b\[31m\?\?x{3,60}… is described by 1, expected an object$/,
    );
  });

  it("fails with its own error, or reads, for any prefix and any flipped byte of a good file", () => {
    const good = writeSafetensors(everyDtype, { key: "value" });
    const attempt = (bytes: Uint8Array) => {
      try {
        readSafetensors(bytes);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(SafetensorsError);
        return false;
      }
    };
    for (let length = 0; length < good.length; length++)
      expect(attempt(good.subarray(0, length))).toBe(false);
    for (let i = 0; i < good.length; i++)
      for (const flip of [1, 128]) attempt(good.map((byte, at) => (at === i ? byte ^ flip : byte)));
  });
});

describe("toFloat64", () => {
  it("takes every element type", () => {
    expect([...toFloat64(everyDtype.bool)]).toEqual([1, 0, 1]);
    expect([...toFloat64(everyDtype.f32)]).toEqual([Math.fround(0.1), -0, Number.NaN]);
    expect([...toFloat64({ dtype: "I64", shape: [2], data: BigInt64Array.of(-5n, 26n) })]).toEqual([-5, 26]);
  });

  it("refuses an integer that float64 can't hold", () => {
    expect(() => toFloat64(everyDtype.i64)).toThrow(
      "element 1 is 4611686018427387904, expected an integer below 2^53",
    );
  });
});

/** Ten lines of Python's standard library that share nothing with ours: prints name, dtype, shape, and values. */
const pythonReader = `
import json, struct, sys
raw = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", raw[:8])[0]
header, data = json.loads(raw[8:8 + n]), raw[8 + n:]
codes = dict(F64="d", I64="q", U64="Q", F32="f", I32="i", U32="I", I16="h", U16="H", I8="b", U8="B", BOOL="B")
metadata = header.pop("__metadata__")
aligned = all((8 + n + h["data_offsets"][0]) % struct.calcsize(codes[h["dtype"]]) == 0 for h in header.values())
values = {k: [h["dtype"], h["shape"], [repr(v) for (v,) in
  struct.iter_unpack("<" + codes[h["dtype"]], data[slice(*h["data_offsets"])])]] for k, h in header.items()}
print(json.dumps([metadata, aligned, values]))
`;

const noPython = spawnSync("python3", ["--version"]).status !== 0;

it.skipIf(noPython)("is read by Python, with every tensor aligned", () => {
  const directory = mkdtempSync(join(tmpdir(), "safetensors-"));
  try {
    const path = join(directory, "a.safetensors");
    writeFileSync(path, writeSafetensors(everyDtype, { key: "värde" }));
    const { stdout, stderr } = spawnSync("python3", ["-c", pythonReader, path], { encoding: "utf8" });
    expect(stderr).toBe("");
    const [metadata, aligned, values] = JSON.parse(stdout);
    expect(metadata).toEqual({ key: "värde" });
    expect(aligned).toBe(true);
    expect(Object.keys(values).sort()).toEqual(Object.keys(everyDtype).sort());
    for (const [name, { dtype, shape, data }] of Object.entries(everyDtype)) {
      const [readDtype, readShape, readData] = values[name];
      expect([readDtype, readShape]).toEqual([dtype, shape]);
      const number = (text: string) =>
        typeof data[0] === "bigint" ? BigInt(text) : Number(text.replace("inf", "Infinity"));
      expect(readData.map(number), name).toEqual([...data]);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it("reads what PyTorch's side of the oracle wrote", () => {
  const path = new URL("../fixtures/notebook-h64.safetensors", import.meta.url);
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  expect(metadata.get("made_with")).toMatch(/^PyTorch /);
  expect(tensors.get("Xb")).toMatchObject({ dtype: "I64", shape: [32, 3] });
  expect(tensors.get("C")).toMatchObject({ dtype: "F32", shape: [27, 10] });
  // torch.Generator().manual_seed(2147483647), randn((27, 10))[0], as printed to four digits
  const first = [...toFloat64(tensors.get("C") as TensorData).subarray(0, 10)].map((x) => x.toFixed(4));
  expect(first.join(" ")).toBe("1.5674 -0.2373 -0.0274 -1.1008 0.2859 -0.0296 -1.5471 0.6049 0.0791 0.9046");
});
