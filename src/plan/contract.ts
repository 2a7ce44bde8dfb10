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
  /** Bindings and scratch that this kernel sees as `array<vec4f>`; their size is a multiple of 4. */
  readonly vectors?: readonly string[];
  /** As `vectors`, for `array<vec2f>` and even sizes. */
  readonly pairs?: readonly string[];
  /** Its subgroups exchange values. */
  readonly subgroups?: boolean;
}

/** |got − want| ≤ atol + rtol·|want| */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/**
 * How finite differences judge a backward op: `dy` of every differentiable output is drawn at random, the
 * backward twin runs, and its result is compared with (L(x+h) − L(x−h)) / 2h, L = Σ dy·y.
 */
export interface GradientPair {
  readonly backward: Op;
  /** backward binding ← forward binding of the same value. */
  readonly saved: Readonly<Record<string, string>>;
  /** backward binding of an upstream gradient ← the forward output it belongs to. */
  readonly upstream: Readonly<Record<string, string>>;
  /** backward output → the forward input it is the gradient of. */
  readonly gradients: Readonly<Record<string, string>>;
}

export interface Op<B extends Bindings = Bindings> {
  /** `family.member`, e.g. `batchnorm.forward`. */
  readonly name: string;
  /** The math in one line, for messages and the kernel browser. */
  readonly math: string;
  readonly bindings: B;
  /** Floats of device-only storage by name, bound read-write after the declared bindings. */
  scratch?(d: Dims): Readonly<Record<string, number>>;
  /** @param target {@link ANY_DEVICE} if absent */
  kernels(d: Dims, target?: Target): readonly Kernel[];
  /** The CPU twin: same bindings, plain loops, float64 accumulation, rounding only where it stores. */
  twin(t: TwinArgs<B>, d: Dims): void;
  /** Shapes worth testing; random ones are added to them. */
  readonly cases: readonly Dims[];
  /** The sizes depend on one another (K = T·E, say), so that only the cases are tested and no random shapes. */
  readonly relatedSizes?: true;
  /** Kernel (float32) against twin (float64) on the same float32 inputs. */
  readonly tolerance: Tolerance;
  flops(d: Dims): number;
  readonly gradient?: readonly GradientPair[];
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
export const update = binding("update", "f32") as (dims: string) => F32;
/** An array of indices, each at least `from` and below the size called `below`. */
export const readIndex = (dims: string, below: string, from = 0): U32 =>
  binding("read", "u32")(dims, { from, below }) as U32;
/** Indices that are written (or shifted, with `update`), each below the size called `below`. */
export const writeIndex = (dims: string, below: string, access: "write" | "update" = "write"): U32 =>
  binding(access, "u32")(dims, { from: 0, below }) as U32;

/** Declares an operation; the twin's arguments are typed from the bindings. */
export const defineOp = <const B extends Bindings>(op: Op<B>): Op<B> => op;

/** Elements of a binding under these sizes. */
export const elements = (b: Binding, d: Dims): number => b.dims.reduce((n, s) => n * d[s], 1);

/** Bytes an op must move at least: every binding once, an updated one twice. */
export function minimumBytes(op: Op, d: Dims): number {
  return Object.values(op.bindings).reduce(
    (sum, b) => sum + 4 * elements(b, d) * (b.access === "update" ? 2 : 1),
    0,
  );
}

/** Names of what a kernel of this op binds, in binding order. */
export const bindingNames = (op: Op, d: Dims): string[] => [
  ...Object.keys(op.bindings),
  ...scratchOf(op, d).map((s) => s.name),
];

/** Device-only storage of an op, in binding order. */
export const scratchOf = (op: Op, d: Dims): { name: string; floats: number }[] =>
  Object.entries(op.scratch?.(d) ?? {}).map(([name, floats]) => ({ name, floats }));

/**
 * The whole WGSL module of one kernel: its bindings in declaration order, scratch after them, the sizes as
 * `const` (so that loops have bounds a compiler can prove), then the kernel's own text.
 */
export function kernelSource(op: Op, d: Dims, kernel: Kernel): string {
  const array = (name: string, type: ElementType) => {
    const seen = kernel.vectors?.includes(name) ? "vec4f" : kernel.pairs?.includes(name) ? "vec2f" : type;
    return `${name}: array<${seen}>`;
  };
  const declared = Object.entries(op.bindings).map(
    ([name, b], i) =>
      `@group(0) @binding(${i}) var<storage, ${b.access === "read" ? "read" : "read_write"}> ${array(name, b.type)}; // (${b.dims.join(", ")})`,
  );
  const scratch = scratchOf(op, d).map(
    ({ name, floats }, i) =>
      `@group(0) @binding(${declared.length + i}) var<storage, read_write> ${array(name, "f32")}; // ${floats} floats of scratch`,
  );
  const sizes = Object.entries(d).map(([symbol, size]) => `const ${symbol} = ${size}u;`);
  const title = `// ${op.name}${kernel.pass ? `: ${kernel.pass}` : ""}\n// ${op.math}`;
  // That a subgroup stays together follows from the sizes, which the compiler does not see.
  const enable = kernel.subgroups ? ["enable subgroups; diagnostic(off, subgroup_uniformity);"] : [];
  return [...enable, title, ...declared, ...scratch, sizes.join(" "), kernel.code].join("\n");
}
