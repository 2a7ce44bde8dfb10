/** The two ways in which most kernels are dispatched. */
import { foldedGrid, type Lanes, LINEAR, lanesBytes } from "../../shaders/common.ts";
import type { Kernel } from "./contract.ts";

/** One invocation per element; per four of them if `code` sees the bindings `vectors` as vec4f. */
export const perElement = (
  code: string,
  elements: number,
  pass = "",
  vectors: readonly string[] = [],
): Kernel => ({
  pass,
  code,
  grid: foldedGrid(Math.ceil(elements / (vectors.length > 0 ? 4 : 1) / LINEAR)),
  linear: true,
  invocations: LINEAR,
  vectors,
});

/** One workgroup per `lanes.outputs` outputs of a reduction, each shared by its lanes. */
export const perOutput = (code: string, outputs: number, lanes: Lanes, pass = ""): Kernel => ({
  pass,
  code,
  grid: foldedGrid(Math.ceil(outputs / lanes.outputs)),
  linear: true,
  invocations: lanes.outputs * lanes.lanes,
  workgroupBytes: lanesBytes(lanes),
});
