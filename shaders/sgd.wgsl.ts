import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { builtins, LINEAR, linearWorkgroup } from "./common.ts";

/** p += −lr·g over the whole arena of parameters. p, g (P) · lr, a scalar. One invocation per element. Updates p. */
export const step = (): string => wgsl`
@compute @workgroup_size(${LINEAR})
fn main(${builtins}) {
  let i = ${linearWorkgroup} * ${LINEAR}u + local.x;
  if (i < P) { p[i] -= lr[0] * g[i]; }
}`;
