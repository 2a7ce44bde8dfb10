import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { perItem } from "./grid.ts";
import { accurateTanh } from "./math.wgsl.ts";

/** y = tanh(x). x, y (N,H). One invocation per element. Writes with `=`. */
export const forward = wgsl`${accurateTanh}

${perItem("i", "N * H")}
  y[i] = accurate_tanh(x[i]);
}`;

/** dx = (1 − y²)·dy. y, dy, dx (N,H). One invocation per element. Writes with `=`. Source: exercise 1. */
export const backward = wgsl`${perItem("i", "N * H")}
  dx[i] = (1.0 - y[i] * y[i]) * dy[i];
}`;
