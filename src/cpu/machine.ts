/** The CPU reference: runs a plan through the CPU twins, in float32 or float64. */
import type { AnyArray } from "../plan/contract.ts";
import {
  checkLength,
  checkSteps,
  type Executable,
  ringCapacity,
  type StepInputs,
} from "../plan/executable.ts";
import type { Machine } from "../plan/machine.ts";
import { MemoryError, requireMemoryOf } from "../plan/memory.ts";
import { type BoundCall, type Plan, size, storage, type Tensor } from "../plan/plan.ts";
import { ANY_DEVICE } from "../plan/target.ts";

export type Precision = "float32" | "float64";

/** Twins store in this precision and accumulate in float64 either way. */
export function cpuMachine(precision: Precision = "float32"): Machine {
  return {
    backend: "cpu",
    kind: "cpu",
    target: ANY_DEVICE,
    name: `CPU reference (${precision})`,
    compile: async (plan) => new CpuExecutable(plan, precision),
    survive: (work) => work(),
    close: () => {},
  };
}

class CpuExecutable implements Executable {
  readonly plan: Plan;
  readonly capacity: number;
  readonly dispatches = 0;
  readonly #arrays = new Map<string, AnyArray>();
  readonly #calls: { call: BoundCall; args: Record<string, AnyArray> }[];
  readonly #inputs: StepInputs;
  readonly #outputs: string[];

  constructor(plan: Plan, precision: Precision) {
    this.plan = plan;
    this.capacity = ringCapacity(plan, (n) => 4 * n);
    const floats = precision === "float32" ? Float32Array : Float64Array;
    requireMemoryOf(plan, floats.BYTES_PER_ELEMENT);
    const tensors = [...plan.tensors.values()];
    for (const t of tensors.filter((t) => !t.view)) this.#arrays.set(t.name, allocate(t, floats));
    for (const t of tensors.filter((t) => t.view)) {
      const { root, offset } = storage(plan.tensors, t.name);
      this.#arrays.set(t.name, this.#array(root.name).subarray(offset, offset + size(t)));
    }
    this.#calls = plan.calls.map((call) => ({
      call,
      args: Object.fromEntries(Object.entries(call.args).map(([formal, t]) => [formal, this.#array(t)])),
    }));
    this.#inputs = Object.fromEntries(
      tensors.filter((t) => t.role === "input").map((t) => [t.name, this.#array(t.name)]),
    );
    this.#outputs = tensors.filter((t) => t.role === "output").map((t) => t.name);
  }

  upload(name: string, values: ArrayLike<number>): void {
    const array = this.#array(name);
    checkLength(name, array.length, values);
    array.set(values);
  }

  async download(names: readonly string[]): Promise<Record<string, AnyArray>> {
    return Object.fromEntries(names.map((n) => [n, this.#array(n).slice()]));
  }

  async run(
    steps: number,
    fill: (inputs: StepInputs, step: number) => void,
    keep: readonly string[] = [],
  ): Promise<Record<string, AnyArray>> {
    checkSteps(this, steps);
    // Gives signals and page events a turn between two runs, as waiting for a device does.
    await new Promise((resolve) => setTimeout(resolve));
    const results = this.#outputs.map((name) => {
      const array = this.#array(name);
      const all = array.constructor as { new (n: number): AnyArray };
      return { name, array, all: new all(steps * array.length) };
    });
    for (let step = 0; step < steps; step++) {
      fill(this.#inputs, step);
      for (const { call, args } of this.#calls) call.op.twin(args, call.dims);
      for (const r of results) r.all.set(r.array, step * r.array.length);
    }
    return Object.fromEntries([
      ...results.map((r) => [r.name, r.all]),
      ...keep.map((name) => [name, this.#array(name).slice()]),
    ]);
  }

  close(): void {
    this.#arrays.clear();
  }

  #array(name: string): AnyArray {
    const array = this.#arrays.get(name);
    if (!array) throw new RangeError(`plan ${this.plan.name} has no tensor ${name}`);
    return array;
  }
}

/** @throws MemoryError, since JavaScript's own error names neither tensor nor remedy */
function allocate(t: Tensor, floats: typeof Float32Array | typeof Float64Array): AnyArray {
  try {
    return t.type === "u32" ? new Uint32Array(size(t)) : new floats(size(t));
  } catch {
    throw new MemoryError(
      `${t.name} (${t.shape.join(",")}) does not fit in memory: use a smaller batch, hidden size or vocabulary`,
    );
  }
}
