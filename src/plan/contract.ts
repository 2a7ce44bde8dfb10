/**
 * What an operation is. One declaration feeds the scheduler (layouts, dispatches, labels), the CPU
 * reference, the kernel-against-twin tests, the finite-difference tests and the benchmark.
 */
import type { Target } from "./target.ts";

/** Sizes by symbol, e.g. `{ N: 32, H: 64 }`. */
export type Dims = Readonly<Record<string, number>>;

export type ElementType = "f32" | "u32";

/** `read` is untouched; `write` is overwritten in full; `update` is read and overwritten. */
export type Access = "read" | "write" | "update";

/** What a test may put into a binding, `unit` being [0, 1); the kernels assume no more than this. */
export type Domain = "any" | "positive" | "unit" | { readonly from: number; readonly below: string };

export interface Binding {
  /** Symbols of the shape, outermost first; row-major. A tensor's literal 1s are skipped when it is bound. */
  readonly dims: readonly string[];
  readonly type: ElementType;
  readonly access: Access;
  readonly domain: Domain;
}

export type FloatArray = Float32Array | Float64Array;
export type AnyArray = FloatArray | Uint32Array;

type ArrayOf<T extends ElementType> = T extends "u32" ? Uint32Array : FloatArray;

/** Twin arguments: one flat row-major array per binding. */
export type TwinArgs<B extends Bindings> = { readonly [K in keyof B]: ArrayOf<B[K]["type"]> };

export type Bindings = Readonly<Record<string, Binding>>;

/** Workgroups in x, y, z. */
export type Grid = readonly [number, number, number];

/** A binding seen as an array of vectors: its size is a multiple of 2 or 4 elements. */
export type Vector = "vec2f" | "vec4f";

/** One dispatch. Bindings, scratch and `const` sizes are declared in front of `code` by {@link kernelSource}. */
export interface Kernel {
  /** What this pass does, for labels: `partial sums`, `combine`. Empty when the op is a single pass. */
  readonly pass: string;
  /** WGSL with one entry point called `main`. */
  readonly code: string;
  readonly grid: Grid;
  /** The kernel numbers its workgroups linearly, whichever way the grid folds them into rows. */
  readonly linear?: true;
  /** Invocations per workgroup, checked against the device's limit before anything is allocated. */
  readonly invocations: number;
  /** Bytes of workgroup memory, checked likewise. */
  readonly workgroupBytes?: number;
  /** Bindings and scratch that this kernel sees as arrays of vectors. */
  readonly vectors?: Readonly<Record<string, Vector>>;
  /** Floats of device-only storage by name, shared with the operation's other passes and bound behind its bindings. */
  readonly scratch?: Readonly<Record<string, number>>;
  /** Its subgroups exchange values. */
  readonly subgroups?: boolean;
  /** A text from elsewhere, whose lines stay as they are. */
  readonly verbatim?: true;
}

/**
 * The ladder. `plain` kernels are for reading: the math from top to bottom, right for every size. `fast` ones do the same at speed, and
 * are judged against the plain ones and against the twin.
 */
export const RUNGS = ["plain", "fast"] as const;
export type Rung = (typeof RUNGS)[number];

/** |got − want| ≤ atol + rtol·|want| */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** What the CPU computes: all that a judge needs. */
export interface Computation<B extends Bindings = Bindings> {
  /** `family.member`, e.g. `batchnorm.forward`. */
  readonly name: string;
  readonly bindings: B;
  /** The CPU twin: same bindings, plain loops, float64 accumulation, rounding only where it stores. */
  twin(t: TwinArgs<B>, d: Dims): void;
  /** For one whose kernels round in between, and not only what they store. */
  parts?(d: Dims): Parts;
}

/** A fused operation as the smaller ones between which its kernels round. */
export interface Parts {
  /** What lies between the parts, described as bindings are, by names that the operation does not use. */
  readonly between: Bindings;
  /** In order. Arguments are names from `between`, and the operation's own. */
  readonly calls: readonly {
    readonly op: Computation;
    readonly args: Readonly<Record<string, string>>;
  }[];
}

export interface Op<B extends Bindings = Bindings> extends Computation<B> {
  /** The math in one line, for messages and the kernel browser. */
  readonly math: string;
  /** The kernels to read. Absent only for the whole step, whose plain form is the fused plan. */
  plain?(d: Dims): readonly Kernel[];
  /** The kernels to train with on a device; undefined where the plain ones are as good at these sizes. */
  fast?(d: Dims, target: Target): readonly Kernel[] | undefined;
  /** Shapes worth testing; random ones are added to them. */
  readonly cases: readonly Dims[];
  /** The sizes depend on one another (K = T·E, say), so that only the cases are tested and no random shapes. */
  readonly relatedSizes?: true;
  /** Kernel (float32) against twin (float64) on the same float32 inputs. */
  readonly tolerance: Tolerance;
  flops(d: Dims): number;
}

const binding =
  (access: Access, type: ElementType) =>
  (dims: string, domain: Domain = "any"): Binding => ({
    dims: dims === "" ? [] : dims.split(","),
    type,
    access,
    domain,
  });

type F32 = Binding & { readonly type: "f32" };
type U32 = Binding & { readonly type: "u32" };

export const read = binding("read", "f32") as (dims: string, domain?: Domain) => F32;
export const write = binding("write", "f32") as (dims: string) => F32;
export const update = binding("update", "f32") as (dims: string, domain?: Domain) => F32;
/** An array of indices, each at least `from` and below the size called `below`. */
export const readIndex = (dims: string, below: string, from = 0): U32 =>
  binding("read", "u32")(dims, { from, below }) as U32;
/** Indices that are written (or shifted, with `update`), each below the size called `below`. */
export const writeIndex = (dims: string, below: string, access: "write" | "update" = "write"): U32 =>
  binding(access, "u32")(dims, { from: 0, below }) as U32;

/** Declares an operation; the twin's arguments are typed from the bindings. */
export const defineOp = <const B extends Bindings>(op: Op<B>): Op<B> => op;

/** Declares what only the CPU computes. */
export const defineComputation = <const B extends Bindings>(c: Computation<B>): Computation<B> => c;

/** Elements of a binding under these sizes. */
export const elements = (b: Binding, d: Dims): number => b.dims.reduce((n, s) => n * d[s], 1);

/** Bytes an op must move at least: every binding once, an updated one twice. */
export function minimumBytes(op: Op, d: Dims): number {
  return Object.values(op.bindings).reduce(
    (sum, b) => sum + 4 * elements(b, d) * (b.access === "update" ? 2 : 1),
    0,
  );
}

/** Which of an operation's kernels, and for which device. */
export interface How {
  readonly rung: Rung;
  readonly target: Target;
}

/** The kernels of a rung, or of the other one if the operation has none on it. */
export function kernelsOf(op: Op, d: Dims, { rung, target }: How): readonly Kernel[] {
  const plain = () => op.plain?.(d);
  const fast = () => op.fast?.(d, target);
  const kernels = rung === "plain" ? (plain() ?? fast()) : (fast() ?? plain());
  if (!kernels) throw new Error(`${op.name} has no kernel`);
  return kernels;
}

/** Names of what a kernel binds, in binding order. */
export const bindingNames = (op: Op, { scratch = {} }: Kernel): string[] => [
  ...Object.keys(op.bindings),
  ...Object.keys(scratch),
];

/** Device-only storage of an operation's passes together: floats by name. */
export const scratchOf = (kernels: readonly Kernel[]): Readonly<Record<string, number>> =>
  Object.assign({}, ...kernels.map((k) => k.scratch));
