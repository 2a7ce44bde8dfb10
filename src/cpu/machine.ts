/** The CPU reference: runs a plan through the CPU twins, in float32 or float64. */
import type { AnyArray } from "../plan/contract.ts";
import {
  checkLength,
  checkSteps,
  type Executable,
  Inputs,
  ringCapacity,
  type StepInputs,
} from "../plan/executable.ts";
import { Life } from "../plan/life.ts";
import type { Machine } from "../plan/machine.ts";
import { requireMemoryOf } from "../plan/memory.ts";
import type { Plan } from "../plan/plan.ts";
import { type HostTensors, hostTensors, replayer } from "../plan/replay.ts";
import { ANY_DEVICE } from "../plan/target.ts";

export type Precision = "float32" | "float64";

/** Twins store in this precision and accumulate in float64 either way. */
export function cpuMachine(precision: Precision = "float32"): Machine {
  const name = `CPU reference (${precision})`;
  const life = new Life(`the machine ${name}`);
  return {
    backend: "cpu",
    kind: "cpu",
    target: ANY_DEVICE,
    name,
    compile: async (plan) => {
      life.requireOpen();
      return new CpuExecutable(plan, precision, life);
    },
    survive: (work) => work(),
    close: () => life.close(),
  };
}

class CpuExecutable implements Executable {
  readonly plan: Plan;
  readonly capacity: number;
  readonly dispatches = 0;
  readonly latency = 0;
  #arrays: HostTensors;
  readonly #runStep: () => void;
  readonly #inputs: Inputs;
  readonly #outputs: string[];
  readonly #life: Life;

  constructor(plan: Plan, precision: Precision, machine: Life) {
    this.plan = plan;
    this.#life = new Life(`plan ${plan.name}`, machine);
    this.capacity = ringCapacity(plan, (n) => 4 * n);
    const floats = precision === "float32" ? Float32Array : Float64Array;
    requireMemoryOf(plan, floats.BYTES_PER_ELEMENT);
    this.#arrays = hostTensors(plan, floats);
    this.#runStep = replayer(plan, this.#arrays);
    const tensors = [...plan.tensors.values()];
    const inputs = tensors.filter((t) => t.role === "input").map((t) => [t.name, this.#array(t.name)]);
    this.#inputs = new Inputs(plan.name, [Object.fromEntries(inputs)]);
    this.#outputs = tensors.filter((t) => t.role === "output").map((t) => t.name);
  }

  upload(name: string, values: ArrayLike<number>): void {
    this.#life.requireIdle("upload()");
    const array = this.#array(name);
    checkLength(name, array.length, values);
    array.set(values);
  }

  download(names: readonly string[]): Promise<Record<string, AnyArray>> {
    return this.#life.inTurn("was read", async () =>
      Object.fromEntries(names.map((n) => [n, this.#array(n).slice()])),
    );
  }

  run(
    steps: number,
    fill: (inputs: StepInputs, step: number) => void,
    keep: readonly string[] = [],
  ): Promise<Record<string, AnyArray>> {
    return this.#life.inTurn("ran", () => this.#run(steps, fill, keep));
  }

  async #run(
    steps: number,
    fill: (inputs: StepInputs, step: number) => void,
    keep: readonly string[],
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
      this.#inputs.fill(0, step, fill);
      this.#runStep();
      for (const r of results) r.all.set(r.array, step * r.array.length);
    }
    return Object.fromEntries([
      ...results.map((r) => [r.name, r.all]),
      ...keep.map((name) => [name, this.#array(name).slice()]),
    ]);
  }

  close(): void {
    this.#life.close();
    this.#arrays = new Map();
  }

  #array(name: string): AnyArray {
    const array = this.#arrays.get(name);
    if (!array) throw new RangeError(`plan ${this.plan.name} has no tensor ${name}`);
    return array;
  }
}
