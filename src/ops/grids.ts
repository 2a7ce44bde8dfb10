/** The two ways in which most kernels are dispatched. */
import { foldedGrid, type Lanes, LINEAR, lanesBytes } from "../../shaders/common.ts";
import type { Kernel } from "./contract.ts";

/** One invocation per element. */
export const perElement = (code: string, elements: number, pass = ""): Kernel => ({
  pass,
  code,
  grid: foldedGrid(Math.ceil(elements / LINEAR)),
  linear: true,
  invocations: LINEAR,
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
