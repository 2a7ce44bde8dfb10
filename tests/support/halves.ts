/** Safetensors files with half-precision tensors, which nothing in the project writes. */
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";

/** The same file, but for its header. Of the values no byte changes. */
export function withHeader(
  file: Uint8Array,
  change: (header: Record<string, { dtype: string }>) => void,
): Uint8Array {
  const start = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  change(header);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const changed = new Uint8Array(8 + json.length + file.length - start);
  new DataView(changed.buffer).setBigUint64(0, BigInt(json.length), true);
  changed.set(json, 8);
  changed.set(file.subarray(start), 8 + json.length);
  return changed;
}

/** A file whose tensors of these names are BF16: of each float32 its upper half. */
export function inBfloat16(file: Uint8Array, names: readonly string[]): Uint8Array {
  const { tensors, metadata } = readSafetensors(file);
  for (const name of names) {
    const { shape, data } = tensors.get(name)!;
    const upper = new Uint16Array(data.buffer).filter((_, i) => i % 2 === 1);
    tensors.set(name, { dtype: "U16", shape, data: upper });
  }
  return withHeader(writeSafetensors(tensors, metadata), (header) => {
    for (const name of names) header[name].dtype = "BF16";
  });
}
