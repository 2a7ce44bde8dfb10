/** Runs a learner's kernel: on one case after another, and changed a little where it is wrong and the question is why. */
import { GUARD_WORDS, type Left, runAlone } from "../../gpu/alone.ts";
import { KernelError, PipelineCache } from "../../gpu/pipelines.ts";
import { drawInputs, runTwin } from "../../gpu/selftest.ts";
import { registry } from "../../model/registry.ts";
import {
  type AnyArray,
  bindingNames,
  type Dims,
  elements,
  type Grid,
  type Kernel,
  type Op,
  type Tolerance,
} from "../../plan/contract.ts";
import { complaint, oneLine, operationOf, refusal } from "./compile.ts";
import { counted, endlessLoop, roundsOf } from "./counted.ts";
import type { Deadline } from "./deadline.ts";
import { TextError } from "./refused.ts";
import type { Loop, Scan } from "./scan.ts";
import type { KernelCase, KernelTask, WorkgroupSize } from "./types.ts";
import type { Watched } from "./watched.ts";
import { invocationsOf } from "./workgroup_size.ts";

export type Values = Readonly<Record<string, AnyArray>>;

/**
 * Bits that stand in outputs before a kernel runs: a NaN that arithmetic on an x86 processor or a GPU does not make, and then a number, because
 * what is added to a NaN may leave its bits unchanged.
 */
export const FILLS = [0x7fc0dead, 0x3fcf1bbd] as const;

/** A case with its inputs and the right values. */
export interface Posed {
  readonly case: KernelCase;
  readonly dims: Dims;
  readonly inputs: Values;
  readonly want: Values;
}

export interface Output {
  readonly name: string;
  readonly words: Uint32Array;
  readonly values: AnyArray;
  /** The first element behind the end that was overwritten, or −1. */
  readonly broken: number;
}

export interface Ran {
  /** What is written or updated. */
  readonly outputs: readonly Output[];
  /** A loop that did not end, with its rounds. */
  readonly endless?: { readonly loop: Loop; readonly rounds: number };
  /** What was touched in workgroup memory, if that was watched. */
  readonly record: Float32Array;
}

export interface How {
  /** Bits of what the outputs hold before. */
  readonly fill?: number;
  readonly grid?: Grid;
  /** Records what is touched in workgroup memory. */
  readonly watched?: Watched;
}

export class Trials {
  readonly device: GPUDevice;
  readonly task: KernelTask;
  readonly scan: Scan;
  readonly size: WorkgroupSize;
  readonly deadline: Deadline;
  readonly #op: Op;
  readonly #pipelines: PipelineCache;
  readonly #tolerance: Tolerance;
  #apart = false;

  constructor(device: GPUDevice, task: KernelTask, scan: Scan, size: WorkgroupSize, deadline: Deadline) {
    this.device = device;
    this.task = task;
    this.scan = scan;
    this.size = size;
    this.deadline = deadline;
    this.#op = operationOf(task);
    this.#pipelines = new PipelineCache(device);
    this.#tolerance = registry.find(({ name }) => name === task.op)!.tolerance;
  }

  /** The names of what the kernel writes. */
  get outputs(): string[] {
    const { bindings } = this.#op;
    return Object.keys(bindings).filter((name) => bindings[name].access !== "read");
  }

  /** Whether what was in it before counts. */
  isUpdated(name: string): boolean {
    return this.#op.bindings[name].access === "update";
  }

  tolerance(posed: Posed): Tolerance {
    return posed.case.tolerance ?? this.#tolerance;
  }

  pose(one: KernelCase, seed: number): Posed {
    const { computation } = this.task;
    const { dims, inputs: given = {} } = one;
    const inputs = { ...given, ...drawInputs(computation, dims, seed, given) };
    return { case: one, dims, inputs, want: runTwin(computation, dims, inputs) };
  }

  /**
   * Compiles the text for these sizes.
   * @throws TextError with what the compiler says
   */
  async compile(dims: Dims, how: How = {}): Promise<void> {
    try {
      await this.deadline.wait(this.#pipeline(this.#kernel(dims, how), dims));
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      const own = await this.deadline.wait(complaint(this.device, this.task, dims, this.scan.text));
      if (own) throw own;
      if (this.#apart || this.scan.functions.length === 1) throw refusal(error, this.scan.text);
      // A pointer to a counter can make a barrier's condition one that the compiler does not see through.
      this.#apart = true;
      try {
        await this.compile(dims, how);
      } catch (again) {
        throw again instanceof TextError ? refusal(error, this.scan.text) : again;
      }
    }
  }

  /** @throws TextError */
  async run({ dims, inputs }: Posed, how: How = {}): Promise<Ran> {
    await this.compile(dims, how);
    const kernel = this.#kernel(dims, how);
    const filled = Object.fromEntries(
      Object.entries(this.#op.bindings)
        .filter(([, b]) => b.access === "write")
        .map(([name, b]) => [name, new Uint32Array(elements(b, dims)).fill(how.fill ?? FILLS[0])]),
    );
    const left = await this.deadline.wait(this.#dispatch(kernel, dims, { ...inputs, ...filled }));
    return this.#read(left, dims, how);
  }

  #kernel(dims: Dims, { grid, watched }: How): Kernel {
    const { size, task } = this;
    const invocations = invocationsOf(size);
    const last = task.grid.of(dims, size).map((n) => n - 1) as [number, number, number];
    const groups = last.some((n) => n > 0) ? ([[0, 0, 0], last] as const) : [last];
    const { kernel, loops, flags } = counted(this, dims, {
      guard: GUARD_WORDS,
      apart: this.#apart,
      grid,
      recorded:
        watched &&
        ((prefix, record, first) => watched.insertions(prefix, record, first, { invocations, groups })),
    });
    const length = loops.length + (watched?.length(invocations) ?? 0);
    return length > 0 ? { ...kernel, scratch: { [flags]: length } } : kernel;
  }

  async #pipeline(kernel: Kernel, dims: Dims): Promise<void> {
    const fixed = bindingNames(this.#op, kernel).map(() => false);
    this.device.pushErrorScope("validation");
    const compiled = this.#pipelines.get({ op: this.#op, dims, args: {} }, kernel, fixed);
    const [done] = await Promise.allSettled([compiled, this.device.popErrorScope()]);
    if (done.status === "rejected") throw done.reason;
  }

  async #dispatch(kernel: Kernel, dims: Dims, inputs: Values): Promise<Left[]> {
    for (const filter of FILTERS) this.device.pushErrorScope(filter);
    const [run] = await Promise.allSettled([
      runAlone(this.device, this.#op, dims, [kernel], inputs, this.#pipelines),
    ]);
    const errors = await Promise.all(FILTERS.map(() => this.device.popErrorScope()));
    const error = errors.find((e) => e);
    if (error) throw new TextError(`the device refused to run it: ${oneLine(error.message)}`);
    if (run.status === "rejected") throw run.reason;
    return run.value;
  }

  #read(left: readonly Left[], dims: Dims, { watched }: How): Ran {
    const loops = this.scan.functions.flatMap((fn) => fn.loops);
    const flags = loops.length > 0 || watched ? floatsIn(left.at(-1)!.words) : new Float32Array();
    const endless = endlessLoop(loops, flags);
    const outputs = left
      .filter(({ name }) => this.outputs.includes(name))
      .map(({ name, words, broken }): Output => {
        const { type } = this.#op.bindings[name];
        return { name, words, values: type === "u32" ? words : floatsIn(words), broken };
      });
    return {
      outputs,
      record: flags.subarray(loops.length),
      ...(endless ? { endless: { loop: endless, rounds: roundsOf(dims) } } : {}),
    };
  }
}

const floatsIn = (words: Uint32Array): Float32Array =>
  new Float32Array(words.buffer as ArrayBuffer, words.byteOffset, words.length);

const FILTERS: readonly GPUErrorFilter[] = ["validation", "out-of-memory", "internal"];
