/**
 * A plan: the step as a list of operations over named tensors. Building one unifies every shape, so that a
 * mismatch is found before any device work; `cpu` and `gpu` run the same list.
 */
import type { Bindings, Computation, Dims, ElementType, Op, Rung } from "./contract.ts";

/**
 * `parameter` and `state` live across steps; `input` is uploaded for every step and `output` read back, through
 * rings with a slot per step; `activation` and `gradient` are device-only.
 */
export type Role = "parameter" | "state" | "input" | "output" | "activation" | "gradient";

export interface Tensor {
  readonly name: string;
  /** As torch has it, e.g. `[1, 64]` for bngain. */
  readonly shape: readonly number[];
  /** The same in symbols, e.g. `["1", "H"]`. */
  readonly symbols: readonly string[];
  readonly type: ElementType;
  readonly role: Role;
  /** A window into another tensor's storage, `offset` in elements. */
  readonly view?: { readonly of: string; readonly offset: number };
}

/** One operation applied to tensors by name. */
export interface Call<O extends Computation = Op> {
  readonly op: O;
  readonly args: Readonly<Record<string, string>>;
  /** Sizes that no binding's shape gives: an operation on a whole arena must be told what lies in it. */
  readonly sizes?: Dims;
}

/** A call whose shapes have been unified. */
export interface BoundCall<O extends Computation = Op> extends Call<O> {
  readonly dims: Dims;
}

/** What the host needs of a plan to compute it. */
export interface Computed {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly calls: readonly BoundCall<Computation>[];
}

export interface Plan extends Computed {
  readonly name: string;
  readonly calls: readonly BoundCall[];
  /** Which kernels its operations run, on a device that has kernels. */
  readonly rung: Rung;
  /** What a user calls a size, by its symbol: `N` is `batch`. For messages. */
  readonly sizeNames: Readonly<Record<string, string>>;
}

export class PlanError extends Error {
  override name = "PlanError";
}

/** `op(linear.forward, { x: "embcat", … })`; a missing or misspelt binding is a compile error. */
export const call = <B extends Bindings, T extends string>(
  op: Op<B>,
  args: { readonly [K in keyof B]: T },
): Call => ({ op, args });

/** A call whose formals have the tensors' own names, except for those given. */
export const callByName = (op: Op, except: Readonly<Record<string, string>>): Call => ({
  op,
  args: Object.fromEntries(Object.keys(op.bindings).map((formal) => [formal, except[formal] ?? formal])),
});

/** Elements of a tensor. */
export const size = (t: Tensor): number => t.shape.reduce((n, s) => n * s, 1);

/** The tensor whose storage this one uses, and where in it (elements). Views may be nested. */
export function storage(
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
): { root: Tensor; offset: number } {
  let tensor = lookUp(tensors, name);
  let offset = 0;
  while (tensor.view) {
    offset += tensor.view.offset;
    tensor = lookUp(tensors, tensor.view.of);
  }
  return { root: tensor, offset };
}

function lookUp(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor)
    throw new PlanError(`no tensor is called ${name}; there are ${[...tensors.keys()].join(", ")}`);
  return tensor;
}

/**
 * Unifies the shapes of every call.
 * @throws PlanError naming the call, the two tensors and the sizes that clash, e.g.
 * `linear.forward #2: x is embcat (32,30), so I=30, but w is W1 (20,200)`.
 */
export function bindPlan(
  name: string,
  tensors: readonly Tensor[],
  calls: readonly Call[],
  { rung = "fast", sizeNames = {} }: Partial<Pick<Plan, "rung" | "sizeNames">> = {},
): Plan {
  const byName = new Map(tensors.map((t) => [t.name, t]));
  const bound = calls.map((c, i) => {
    refuseMixedUse(byName, c, i + 1);
    return bindCall(byName, c, i + 1);
  });
  return { name, tensors: byName, calls: bound, rung, sizeNames };
}

/** @throws PlanError, as {@link bindPlan} */
export function bindCall<O extends Computation>(
  tensors: ReadonlyMap<string, Tensor>,
  c: Call<O>,
  position: number,
): BoundCall<O> {
  const where = `${c.op.name} #${position}`;
  const dims: Record<string, number> = { ...c.sizes };
  const reasons: Record<string, string> = {};
  for (const symbol of Object.keys(dims)) reasons[symbol] = "its sizes are given";
  for (const [formal, b] of Object.entries(c.op.bindings)) {
    const tensor = lookUp(tensors, c.args[formal]);
    const is = `${formal} is ${tensor.name} (${tensor.shape.join(",")})`;
    const sizes = tensor.shape.filter((_, axis) => tensor.symbols[axis] !== "1");
    if (sizes.length !== b.dims.length)
      throw new PlanError(`${where}: ${is}, but it takes ${b.dims.length} axes (${b.dims.join(",")})`);
    if (tensor.type !== b.type)
      throw new PlanError(`${where}: ${is} of ${tensor.type}, but it takes ${b.type}`);
    for (const [axis, symbol] of b.dims.entries()) {
      if (symbol in dims && dims[symbol] !== sizes[axis])
        throw new PlanError(`${where}: ${reasons[symbol]}, so ${symbol}=${dims[symbol]}, but ${is}`);
      dims[symbol] = sizes[axis];
      reasons[symbol] ??= is;
    }
  }
  return { ...c, dims };
}

/** WebGPU tracks use per buffer: one dispatch may not read a buffer and write another part of it. */
function refuseMixedUse(tensors: ReadonlyMap<string, Tensor>, c: Call, position: number): void {
  const uses = new Map<string, { formal: string; reads: boolean }>();
  for (const [formal, b] of Object.entries(c.op.bindings)) {
    const { root } = storage(tensors, c.args[formal]);
    const reads = b.access === "read";
    const other = uses.get(root.name);
    if (other && (other.reads !== reads || (!reads && c.args[other.formal] === c.args[formal])))
      throw new PlanError(
        `${c.op.name} #${position}: ${other.formal} and ${formal} share the storage of ${root.name}, but one dispatch cannot both read and write a buffer`,
      );
    uses.set(root.name, { formal, reads });
  }
}
