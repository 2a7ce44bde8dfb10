/** A plan on the host: arrays for its tensors, and its calls through their CPU twins. */
import type { AnyArray, FloatArray } from "./contract.ts";
import { MemoryError } from "./memory.ts";
import { type Computed, size, storage, type Tensor } from "./plan.ts";

export type HostTensors = ReadonlyMap<string, AnyArray>;

/**
 * An array for every tensor; a view's is a window into the array of its tensor.
 * @param given arrays to use for tensors that are not views, by name
 * @throws MemoryError
 */
export function hostTensors(
  plan: Pick<Computed, "tensors">,
  floats: typeof Float32Array | typeof Float64Array,
  given: Readonly<Record<string, FloatArray>> = {},
): HostTensors {
  const arrays = new Map<string, AnyArray>();
  const tensors = [...plan.tensors.values()];
  for (const t of tensors.filter((t) => !t.view)) arrays.set(t.name, given[t.name] ?? allocate(t, floats));
  for (const t of tensors.filter((t) => t.view)) {
    const { root, offset } = storage(plan.tensors, t.name);
    arrays.set(t.name, arrays.get(root.name)!.subarray(offset, offset + size(t)));
  }
  return arrays;
}

/** The calls with their arrays, by the names that their operations have for them. */
export const bindArrays = ({ calls }: Pick<Computed, "calls">, arrays: HostTensors) =>
  calls.map(({ op, args, dims }) => {
    const named = Object.entries(args).map(([formal, name]) => [formal, arrays.get(name)!]);
    return { op, dims, args: Object.fromEntries(named) as Readonly<Record<string, AnyArray>> };
  });

/** Binds the arrays to the calls, once; what it returns runs every call, as often as it is called. */
export function replayer(plan: Pick<Computed, "calls">, arrays: HostTensors): () => void {
  const bound = bindArrays(plan, arrays);
  return () => {
    for (const { op, args, dims } of bound) op.twin(args, dims);
  };
}

/** @throws MemoryError, since JavaScript's own error names neither tensor nor remedy */
function allocate(t: Tensor, floats: typeof Float32Array | typeof Float64Array): AnyArray {
  try {
    return t.type === "u32" ? new Uint32Array(size(t)) : new floats(size(t));
  } catch {
    throw new MemoryError(
      `${t.name} (${t.shape.join(",")}) does not fit into memory: use a smaller batch, hidden size or vocabulary`,
    );
  }
}
