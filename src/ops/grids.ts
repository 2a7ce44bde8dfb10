/** The ways in which most kernels are dispatched. */
import { chooseLanes, foldedGrid, type Lanes, lanesBytes } from "../../shaders/common.ts";
import { chooseSpread, LINEAR, type Spread, spreadWorkgroups } from "../../shaders/elements.ts";
import type { Kernel } from "../plan/contract.ts";

/**
 * A kernel that takes elements one by one; or four by four, if their number is a multiple of 4 and `vectors` names the bindings that `code`
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
    invocations: LINEAR,
    vectors: spread.quads ? vectors : [],
  };
}

/**
 * A reduction of `terms` rows down each of `columns` columns; of four columns side by side, if their number is a multiple of 4. Then `code`
 * sees the bindings `vectors` as vec4f.
 */
export function perColumn(
  code: (l: Lanes) => string,
  terms: number,
  columns: number,
  vectors: readonly string[],
): Kernel {
  const quads = columns % 4 === 0;
  const lanes = chooseLanes(terms, quads ? "vec4f" : "f32");
  const kernel = perOutput(code(lanes), quads ? columns / 4 : columns, lanes);
  return quads ? { ...kernel, vectors } : kernel;
}

/** One workgroup per `lanes.outputs` outputs of a reduction, each shared by its lanes. */
export const perOutput = (code: string, outputs: number, lanes: Lanes, pass = ""): Kernel => ({
  pass,
  code,
  grid: foldedGrid(Math.ceil(outputs / lanes.outputs)),
  linear: true,
  invocations: lanes.outputs * lanes.lanes,
  workgroupBytes: lanesBytes(lanes),
});
