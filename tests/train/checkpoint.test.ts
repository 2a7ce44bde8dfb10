/** What a checkpoint keeps, and what is refused as one. */
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { readSafetensors, type TensorData, writeSafetensors } from "../../src/formats/safetensors.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import {
  type Checkpoint,
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
} from "../../src/train/checkpoint.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { inBfloat16, withHeader } from "../support/halves.ts";
import { dataset, tinyConfig, words } from "./data.ts";

const created = new Date("2026-01-31T12:00:00Z");
const machine = cpuMachine();
const trainer = await Trainer.create({
  machine,
  config: tinyConfig({ path: "auto", lr: 0.3 }),
  train: dataset.train,
  vocabulary: dataset.vocabulary.size,
});
await trainer.run(undefined, { until: 5 });
const checkpoint = await snapshot(machine, trainer, dataset, words);
const bytes = encodeCheckpoint(checkpoint, created);

describe("a checkpoint", () => {
  it("keeps everything needed to go on", () => {
    const { vocabulary, ...back } = decodeCheckpoint(bytes, "it");
    const { vocabulary: wanted, ...rest } = checkpoint;
    expect(back).toEqual(rest);
    expect(vocabulary.characters).toEqual(wanted.characters);
    expect(back).toMatchObject({ step: 5, words, config: { ...tinyConfig({ lr: 0.3 }), path: "fused" } });
    expect(TorchGenerator.fromState(back.generator).rand(3)).toEqual(
      TorchGenerator.fromState(checkpoint.generator).rand(3),
    );
  });

  it("has torch's shapes, and metadata that is all text", () => {
    const { tensors, metadata } = readSafetensors(bytes);
    expect(Object.fromEntries([...tensors].map(([name, t]) => [name, [t.dtype, ...t.shape]]))).toEqual({
      ...{ C: ["F32", 10, 3], W1: ["F32", 9, 11], b1: ["F32", 11], W2: ["F32", 11, 10], b2: ["F32", 10] },
      ...{ bngain: ["F32", 1, 11], bnbias: ["F32", 1, 11], bnmean: ["F32", 1, 11], bnvar: ["F32", 1, 11] },
    });
    expect(metadata.get("created")).toBe("2026-01-31T12:00:00.000Z");
    expect(metadata.get("step")).toBe("5");
  });

  it("differs in nothing but its time when it is written twice", () => {
    expect(encodeCheckpoint(checkpoint, created)).toEqual(bytes);
    const later = encodeCheckpoint(checkpoint, new Date("2027-02-28T13:01:01.001Z"));
    expect(later).toHaveLength(bytes.length);
    const differing = later.reduce((n, byte, i) => n + Number(byte !== bytes[i]), 0);
    expect(differing).toBeGreaterThan(0);
    expect(differing).toBeLessThanOrEqual("2027-02-28T13:01:01.001Z".length);
  });

  it.each(["W2", "bnvar"] as const)("is not written with a weight that is not finite in %s", (name) => {
    const values = Float32Array.from(name === "bnvar" ? checkpoint.bnvar : checkpoint.parameters[name]);
    values[3] = Number.NaN;
    const bad: Checkpoint =
      name === "bnvar"
        ? { ...checkpoint, bnvar: values }
        : { ...checkpoint, parameters: { ...checkpoint.parameters, [name]: values } };
    expect(() => encodeCheckpoint(bad)).toThrow(
      new CheckpointError(`tensor ${name} holds NaN at 3; training diverged: lower --lr`),
    );
  });
});

type Contents = { tensors: Map<string, TensorData>; metadata: Map<string, string> };

/** The file after its contents were changed. */
function altered(change: (c: Contents) => void): Uint8Array {
  const contents = readSafetensors(bytes);
  change(contents);
  return writeSafetensors(contents.tensors, contents.metadata);
}
const field = (key: string, value: string) => altered((c) => c.metadata.set(key, value));
const without = (key: string) => altered((c) => c.metadata.delete(key));
const setting = (o: object) => field("config", JSON.stringify({ ...checkpoint.config, ...o }));
/** The settings that 0.1.0 did not have. */
const NEW = [
  ...["optimizer", "momentum", "weightDecay", "beta1", "beta2", "eps"],
  ...["keep", "keepSpaces", "terminator"],
];
const configWithout = (...keys: string[]) =>
  field(
    "config",
    JSON.stringify(
      Object.fromEntries(Object.entries(checkpoint.config).filter(([key]) => !keys.includes(key))),
    ),
  );
const tensor = (name: string, t: TensorData) => altered((c) => c.tensors.set(name, t));
const floats = (shape: number[], fill = 0): TensorData => ({
  dtype: "F32",
  shape,
  data: new Float32Array(shape.reduce((n, a) => n * a, 1)).fill(fill),
});
const letters = (list: unknown) => field("vocabulary", JSON.stringify(list));
const base64 = (n: number, byte = 0) => Buffer.alloc(n, byte).toString("base64");

it("reads weights in half precision", () => {
  const half = decodeCheckpoint(inBfloat16(bytes, ["W1", "bnvar"]), "it");
  expect(half.parameters.C).toEqual(checkpoint.parameters.C);
  for (const [i, x] of half.parameters.W1.entries())
    expect(Math.abs(x - checkpoint.parameters.W1[i])).toBeLessThanOrEqual(2 ** -7 * Math.abs(x));
});

it("reads a checkpoint of 0.1.0, which trained with plain SGD on all that a line had, as if it had the settings that came later", () => {
  const older = configWithout(...NEW);
  expect(Object.keys(JSON.parse(readSafetensors(older).metadata.get("config")!))).toHaveLength(11);
  const { vocabulary, ...back } = decodeCheckpoint(older, "it");
  const { vocabulary: wanted, ...rest } = checkpoint;
  expect(back).toEqual({ ...rest, config: { ...rest.config, keepSpaces: true } });
  expect(vocabulary.characters).toEqual(wanted.characters);
  expect(back.config).toMatchObject({ optimizer: "sgd", momentum: 0, keep: "last", terminator: "." });
});

describe("decodeCheckpoint refuses", () => {
  it.each<[string, Uint8Array, RegExp | string]>([
    ["nothing", new Uint8Array(), /^it is not a valid safetensors file: the file has 0 bytes/],
    [
      "text",
      new TextEncoder().encode("emma\nolivia\nava\n"),
      'it is text that begins with "emma\\nolivia\\nava\\n", and no safetensors file',
    ],
    [
      "a Git LFS pointer",
      new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
      /^it is a Git LFS pointer, .*"git lfs pull"$/,
    ],
    [
      "a type that is not read",
      withHeader(bytes, (header) => {
        header.C.dtype = "F8_E4M3";
      }),
      /^tensor "C" has dtype "F8_E4M3", expected .*F16, BF16; convert it$/,
    ],
    [
      "half a file",
      bytes.subarray(0, bytes.length - 40),
      /^it is not a valid safetensors file: tensor "\w+" has data_offsets/,
    ],
    [
      "tensors alone",
      writeSafetensors({ C: floats([2, 2]) }),
      "its metadata has no format; was it written by train?",
    ],
    [
      "a best step that is none",
      field("best", '{"step":-1,"dev":2}'),
      "its best step is -1, not a whole number up to its step, 5",
    ],
    [
      "a best step to come",
      field("best", '{"step":6,"dev":2}'),
      "its best step is 6, not a whole number up to its step, 5",
    ],
    [
      "a best that is nothing",
      field("best", "null"),
      "its best step is undefined, not a whole number up to its step, 5",
    ],
    [
      "a best loss that is none",
      field("best", '{"step":5,"dev":"2"}'),
      'its best dev loss is "2", not a number',
    ],
    [
      "best weights without the last",
      field("best", '{"step":4,"dev":2}'),
      "tensor last.C is absent, but its config implies F32 (10,3)",
    ],
    [
      "another format",
      writeSafetensors({ C: floats([2, 2]) }, { format: "pt" }),
      'its format is "pt", not "backprop-ninja checkpoint"',
    ],
    [
      "weights without metadata",
      altered((c) => c.metadata.clear()),
      /^it has weights, but not the metadata of a checkpoint, .*sample, evaluate and check .*--like RUN$/,
    ],
    ["weights with PyTorch's metadata", field("format", "pt"), /^it has weights, .*--like RUN$/],
    ["a later version", field("version", "2"), 'it has format version "2", but this program reads version 1'],
    ["no step", without("step"), "its metadata has no step; was it written by train?"],
    ["half a step", field("step", "1.5"), 'its step is "1.5", not a whole number'],
    ["a step below 0", field("step", "-1"), 'its step is "-1", not a whole number'],
    ["no figure of a step", field("step", ""), 'its step is "", not a whole number'],
    ["a step too large to count", field("step", "9".repeat(20)), /^its step is "9{20}", not a whole number$/],
    ["a config that is no JSON", field("config", "{"), "its config is not JSON"],
    ["a config that is no object", field("config", "7"), "its config is 7, not settings by name"],
    ["a config that is a list", field("config", "[]"), "its config is a list, not settings by name"],
    ["a config without a setting", field("config", "{}"), "its config has no hidden"],
    ["a config of 0.1.0 without a setting", configWithout("path", ...NEW), "its config has no path"],
    [
      "a setting of another optimiser",
      setting({ optimizer: "adamw", momentum: 0.9 }),
      /^--momentum is 0\.9, but --optimizer is adamw; /,
    ],
    [
      "a setting from elsewhere",
      field("config", JSON.stringify(checkpoint.config).replace("{", '{"__proto__":{"hidden":1},')),
      /^"__proto__" is not a setting; the settings are hidden, /,
    ],
    ["a setting that is a list", setting({ hidden: [11] }), /^--hidden is a list; it must be a whole number/],
    [
      "a line break",
      writeSafetensors({}, { format: "a\nb\u2028c\u202ed" }),
      /^its format is "a\\nb\\u\{2028\}c\\u\{202e\}d", not/,
    ],
    ["a setting out of range", setting({ batch: 1 }), /^--batch is 1; it must be a whole number from 2 /],
    ["a setting of another type", setting({ lr: "fast" }), /^--lr is "fast"; it must be a number from /],
    ["a path that is none", setting({ path: "round" }), /^--path is "round"; it must be one of auto, /],
    ["a vocabulary that is no JSON", field("vocabulary", "abc"), "its vocabulary is not JSON"],
    ["a vocabulary that is no list", letters("abc"), "its vocabulary is not a list of characters"],
    [
      "no boundary",
      letters([..."abcdefghij"]),
      /^its vocabulary: index 0 is "a", but "\." must be at index 0 and nowhere else/,
    ],
    [
      "a letter twice",
      letters([...".abcdefgha"]),
      /^its vocabulary: index 9 is "a", but it is already at index 1/,
    ],
    [
      "fewer letters than rows",
      letters([...".abcdefgh"]),
      /^tensor C is F32 \(10,3\), but its config implies F32 \(9,3\)$/,
    ],
    [
      "words without a hash",
      field("words", '{"source":"x"}'),
      "its words field must have a source and a SHA-256 in hex",
    ],
    [
      "words with a bad hash",
      field("words", '{"source":"x","sha256":"00"}'),
      "its words field must have a source and a SHA-256 in hex",
    ],
    [
      "a hash that is not text, and cannot become text",
      field("words", '{"source":"x","sha256":{"toString":{}}}'),
      "its words field must have a source and a SHA-256 in hex",
    ],
    ["no words at all", field("words", "null"), "its words field must have a source and a SHA-256 in hex"],
    [
      "another size",
      setting({ hidden: 12 }),
      /^tensor W1 is F32 \(9,11\), but its config implies F32 \(9,12\)$/,
    ],
    [
      "a missing tensor",
      altered((c) => c.tensors.delete("b2")),
      "tensor b2 is absent, but its config implies F32 (10)",
    ],
    [
      "another shape",
      tensor("bngain", floats([11])),
      /^tensor bngain is F32 \(11\), but its config implies F32 \(1,11\)$/,
    ],
    [
      "another type",
      tensor("b2", { dtype: "F64", shape: [10], data: new Float64Array(10) }),
      "tensor b2 is F64 (10), but its config implies F32 (10)",
    ],
    ["NaN", tensor("b1", floats([11], Number.NaN)), "tensor b1 holds NaN at 0; every weight must be finite"],
    [
      "infinity",
      tensor("bnvar", floats([1, 11], -Infinity)),
      "tensor bnvar holds -Infinity at 0; every weight must be finite",
    ],
    [
      "a variance below 0",
      tensor("bnvar", floats([1, 11], -1)),
      "tensor bnvar holds -1 at 0, but a variance is 0 or more",
    ],
    ["no base64", field("generator", "?"), /^its generator cannot be restored: /],
    [
      "half a generator",
      field("generator", base64(100)),
      /^its generator cannot be restored: .* has 100 bytes; .* 2512/,
    ],
    ["an empty generator", field("bnGenerator", ""), /^its bnGenerator cannot be restored: .* has 0 bytes/],
    [
      "a generator's length of rubbish",
      field("generator", base64(2512, 255)),
      /^its generator cannot be restored: /,
    ],
  ])("%s", (_, file, want) => {
    const message = refusalOf(file);
    expect(message.startsWith("cannot use checkpoint some.file: "), message).toBe(true);
    const reason = message.slice("cannot use checkpoint some.file: ".length);
    if (typeof want === "string") expect(reason).toBe(want);
    else expect(reason).toMatch(want);
    expect(message).not.toMatch(/[\n\r]/);
  });
});

function refusalOf(file: Uint8Array): string {
  try {
    decodeCheckpoint(file, "some.file");
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}
