/** What a kernel exercise is: data, one file a task in `tasks/`. */
import type {
  AnyArray,
  Bindings,
  Computation,
  Dims,
  Grid,
  Tolerance,
  TwinArgs,
} from "../../plan/contract.ts";

/** `@workgroup_size(x, y, z)`, which the learner chooses. */
export type WorkgroupSize = readonly [x: number, y: number, z: number];

export interface KernelTask {
  /** `tanh.backward`, or `repair.race`. Stable: texts are kept under it. */
  readonly name: string;
  /** The registry's operation. */
  readonly op: string;
  readonly title: string;
  /** What is asked, in one or two sentences. */
  readonly asked: string;
  /** Bindings, twin and math of the one dispatch that is asked for. Most often the operation itself; of a fused one its row pass. */
  readonly computation: Computation & { readonly math: string };
  /** Workgroups that are dispatched, in words and as code. */
  readonly grid: {
    readonly text: string;
    of(d: Dims, size: WorkgroupSize): Grid;
  };
  /** The sizes and inputs that a kernel with this workgroup size is judged on. */
  readonly cases: (size: WorkgroupSize) => readonly KernelCase[];
  /** In place of what rounding explains, where the kernel trains a network: for functions that devices compute less exactly. */
  readonly inTraining?: Tolerance;
  /** The last one is the whole kernel. */
  readonly hints: readonly { readonly title: string; readonly text: string }[];
  /** What the learner starts from. */
  readonly stub: string;
  /** Right kernels, the project's plain one first. */
  readonly spellings: readonly string[];
  readonly mistakes: readonly KernelMistake[];
}

export interface KernelCase {
  /** What is special about it, e.g. `ragged`. */
  readonly name: string;
  readonly dims: Dims;
  /** In place of random values of each binding's domain. */
  readonly inputs?: Readonly<Record<string, AnyArray>>;
  /** |got − want| ≤ atol + rtol·|want| */
  readonly tolerance?: Tolerance;
}

/** A wrong kernel that is known by its values. */
export interface KernelMistake {
  /** `batchnorm.forward.n-for-n-1`. */
  readonly id: string;
  /** What follows from the mistake, not its repair. */
  says(d: Dims): string;
  /**
   * What the wrong kernel computes, like an operation's twin; which invocation adds up what follows from the workgroup size. NaN stands for what
   * devices make differently, such as an overflow.
   */
  twin(args: TwinArgs<Bindings>, d: Dims, size: WorkgroupSize): void;
  /** A kernel that makes this mistake, for the tests. */
  readonly text: string;
}
