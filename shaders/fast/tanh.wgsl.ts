import { accurateTanh } from "../math.wgsl.ts";
import { forEach, type Spread } from "./elements.ts";

/** y = tanh(x), four elements at a time where their number is a multiple of four. x, y (N,H). Writes with `=`. */
export const forward = (s: Spread): string =>
  `${accurateTanh}\n${forEach(s, "N * H", `y[i] = ${s.vectorized ? "accurate_tanh4" : "accurate_tanh"}(x[i]);`)}`;

/** dx = (1 − y²)·dy, likewise. y, dy, dx (N,H). Writes with `=`. */
export const backward = (s: Spread): string =>
  forEach(s, "N * H", "let y_ = y[i];\ndx[i] = (1.0 - y_ * y_) * dy[i];");
