/** Valid safetensors files with wrong contents: tensors missing, misshapen or poisoned, and wrong metadata. */
import fc from "fast-check";
import { readSafetensors, type TensorData, writeSafetensors } from "../../src/formats/safetensors.ts";
import { awkwardJson, awkwardKey, awkwardNumber } from "./target.ts";

type Contents = ReturnType<typeof readSafetensors>;
export type Change = (contents: Contents) => void;

const POISON = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 3e38, 1e-45, 0.5, 1e9];

/** A change of one of these tensors. */
const tensorChange = (names: readonly string[]): fc.Arbitrary<Change> => {
  const name = fc.constantFrom(...names);
  return fc.oneof(
    name.map(
      (n): Change =>
        ({ tensors }) =>
          void tensors.delete(n),
    ),
    fc.tuple(name, name).map(
      ([n, other]): Change =>
        ({ tensors }) => {
          const t = tensors.get(other);
          if (t) tensors.set(n, t);
        },
    ),
    fc.tuple(name, fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 })).map(
      ([n, shape]): Change =>
        ({ tensors }) => {
          const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.5);
          tensors.set(n, { dtype: "F32", shape, data });
        },
    ),
    fc.tuple(name, fc.nat(30), fc.oneof(fc.constantFrom(...POISON), awkwardNumber)).map(
      ([n, at, value]): Change =>
        ({ tensors }) => {
          const t = tensors.get(n);
          if (t) tensors.set(n, poisoned(t, at, value));
        },
    ),
    fc.tuple(name, fc.constantFrom("F64", "I32", "U8", "I64")).map(
      ([n, dtype]): Change =>
        ({ tensors }) => {
          const t = tensors.get(n);
          if (!t) return;
          const numbers = Array.from(t.data as ArrayLike<number>, Number);
          tensors.set(n, converted(dtype, t.shape, numbers));
        },
    ),
    fc.tuple(awkwardKey, name).map(
      ([added, n]): Change =>
        ({ tensors }) => {
          const t = tensors.get(n);
          if (t && added !== "__metadata__") tensors.set(added, t);
        },
    ),
  );
};

function poisoned(t: TensorData, at: number, value: number): TensorData {
  const copy = { ...t, data: t.data.slice() } as TensorData;
  const { data } = copy;
  if (data.length > 0 && !(data instanceof BigInt64Array || data instanceof BigUint64Array))
    data[at % data.length] = value;
  if (data instanceof BigInt64Array) data[at % data.length] = Number.isInteger(value) ? BigInt(value) : -1n;
  return copy;
}

const converted = (dtype: string, shape: number[], numbers: number[]): TensorData =>
  dtype === "F64"
    ? { dtype, shape, data: Float64Array.from(numbers) }
    : dtype === "I64"
      ? {
          dtype,
          shape,
          data: BigInt64Array.from(numbers, (x) => (Number.isFinite(x) ? BigInt(Math.trunc(x)) : 0n)),
        }
      : dtype === "I32"
        ? { dtype, shape, data: Int32Array.from(numbers) }
        : { dtype: "U8", shape, data: Uint8Array.from(numbers) };

/** A change of one field of the metadata: removed, replaced by any text, or its JSON with one value changed. */
const metadataChange = (keys: readonly string[]): fc.Arbitrary<Change> => {
  const key = fc.constantFrom(...keys);
  const value = fc.oneof(awkwardNumber, awkwardJson, fc.constantFrom("fused", "", "1", null));
  return fc.oneof(
    {
      weight: 1,
      arbitrary: key.map(
        (k): Change =>
          ({ metadata }) =>
            void metadata.delete(k),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          key,
          fc.oneof(
            fc.string({ unit: "binary" }),
            awkwardJson.map((v) => JSON.stringify(v)),
          ),
        )
        .map(
          ([k, text]): Change =>
            ({ metadata }) =>
              void metadata.set(k, text),
        ),
    },
    {
      weight: 4,
      arbitrary: fc.tuple(key, fc.nat(20), fc.option(awkwardKey, { freq: 4 }), value).map(
        ([k, which, added, v]): Change =>
          ({ metadata }) => {
            const text = metadata.get(k) ?? "";
            if (!/^[[{]/.test(text)) return;
            const entries = Object.entries(JSON.parse(text));
            const name = added ?? entries[which % Math.max(1, entries.length)]?.[0] ?? "";
            const changed = new Map(entries).set(name, v);
            // Not through an object, in which __proto__ is not an ordinary key.
            const list = [...changed].map(([k, v]) => [JSON.stringify(k), JSON.stringify(v)] as const);
            metadata.set(
              k,
              text[0] === "[" ? `[${list.map(([, v]) => v)}]` : `{${list.map(([k, v]) => `${k}:${v}`)}}`,
            );
          },
      ),
    },
  );
};

/** The file's bytes after one to three changes. */
export function altered(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const { tensors, metadata } = readSafetensors(bytes);
  const ofTensors = tensorChange([...tensors.keys()]);
  const change = metadata.size > 0 ? fc.oneof(ofTensors, metadataChange([...metadata.keys()])) : ofTensors;
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const contents = readSafetensors(bytes);
    for (const apply of changes) apply(contents);
    return writeSafetensors(contents.tensors, contents.metadata);
  });
}
