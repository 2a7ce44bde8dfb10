import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { builtins, LINEAR, linearWorkgroup } from "./common.ts";
import { accurateTanh } from "./math.wgsl.ts";

// Where there are whole vec4s, an invocation takes four elements.
const elements = (quads: boolean, body: string): string => wgsl`
@compute @workgroup_size(${LINEAR})
fn main(${builtins}) {
  let i = ${linearWorkgroup} * ${LINEAR}u + local.x;
  if (i < N * H / ${quads ? 4 : 1}u) { ${body} }
}`;

/** y = tanh(x). x, y (N,H). One invocation per element or per four. Writes with `=`. */
export const forward = (quads: boolean): string =>
  accurateTanh + elements(quads, `y[i] = ${quads ? "accurate_tanh4" : "accurate_tanh"}(x[i]);`);

/** dx = (1 − y²)·dy. y, dy, dx (N,H). One invocation per element or per four. Writes with `=`. Source: exercise 1. */
export const backward = (quads: boolean): string => elements(quads, "dx[i] = (1.0 - y[i] * y[i]) * dy[i];");
