/** The ways in which most kernels are dispatched. */
import { chooseReduction, type Reduction, reductionBytes } from "../../shaders/fast/common.ts";
import { chooseSpread, type Spread, spreadWorkgroups } from "../../shaders/fast/elements.ts";
import { update as fastUpdate } from "../../shaders/fast/update.wgsl.ts";
import { foldedGrid, ITEMS } from "../../shaders/grid.ts";
import type { Update } from "../../shaders/optimizers.ts";
import { TREE_BYTES } from "../../shaders/reduce.wgsl.ts";
import { update as plainUpdate } from "../../shaders/update.wgsl.ts";
import type { Dims, Kernel, Vector } from "../plan/contract.ts";

/** `names` as arrays of these vectors. */
const seenAs = (names: readonly string[], vector: Vector): Readonly<Record<string, Vector>> =>
  Object.fromEntries(names.map((name) => [name, vector]));

/** A plain kernel with one invocation for each of `items`. */
export const perItem = (code: string, items: number, pass = ""): Kernel => ({
  pass,
  code,
  grid: foldedGrid(Math.ceil(items / ITEMS)),
  linear: true,
  invocations: ITEMS,
});

/** A plain kernel with one workgroup for each of `outputs`, whose invocations add up their sums in a tree. */
export const perWorkgroup = (code: string, outputs: number, pass = ""): Kernel => ({
  pass,
  code,
  grid: foldedGrid(outputs),
  linear: true,
  invocations: ITEMS,
  workgroupBytes: TREE_BYTES,
});

/**
 * A fast kernel that takes elements one by one; or four by four, if their number is a multiple of 4 and `vectors` names the bindings that `code`
 * then sees as vec4f.
 */
export function perElement(
  code: (s: Spread) => string,
  elements: number,
  o: { pass?: string; vectors?: readonly string[] } = {},
): Kernel {
  const { pass = "", vectors = [] } = o;
  const spread = chooseSpread(elements, vectors.length > 0 && elements % 4 === 0);
  return {
    pass,
    code: code(spread),
    grid: foldedGrid(spreadWorkgroups(elements, spread)),
    linear: true,
    invocations: ITEMS,
    vectors: spread.vectorized ? seenAs(vectors, "vec4f") : {},
  };
}

/**
 * A fast reduction of `terms` rows down each of `columns` columns; of four columns side by side, if their number is a multiple of 4. Then
 * `code` sees the bindings `vectors` as vec4f.
 * @param spread how the terms are shared out, if not as usual
 */
export function perColumn(
  code: (r: Reduction) => string,
  terms: number,
  columns: number,
  vectors: readonly string[],
  spread: Omit<Reduction, "type"> = chooseReduction(terms),
): Kernel {
  const vectorized = columns % 4 === 0;
  const reduction: Reduction = { ...spread, type: vectorized ? "vec4f" : "f32" };
  const kernel = perOutput(code(reduction), vectorized ? columns / 4 : columns, reduction);
  return vectorized ? { ...kernel, vectors: seenAs(vectors, "vec4f") } : kernel;
}

/** One workgroup per `r.outputs` outputs of a fast reduction. */
export const perOutput = (code: string, outputs: number, r: Reduction, pass = ""): Kernel => ({
  pass,
  code,
  grid: foldedGrid(Math.ceil(outputs / r.outputs)),
  linear: true,
  invocations: r.outputs * r.parts,
  workgroupBytes: reductionBytes(r),
});

/** Both rungs of an optimiser's update of P parameters, whose bindings are p, g, the coefficients and what it keeps. */
export const updateKernels = (u: Update) => ({
  plain: ({ P }: Dims): Kernel[] => [perItem(plainUpdate(u), P)],
  fast: ({ P }: Dims): Kernel[] => [
    perElement((s) => fastUpdate(u, s), P, { vectors: ["p", "g", ...u.state] }),
  ],
});
