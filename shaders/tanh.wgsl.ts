import { forEach, type Spread } from "./elements.ts";
import { accurateTanh } from "./math.wgsl.ts";

/** y = tanh(x). x, y (N,H). Writes with `=`. */
export const forward = (s: Spread): string =>
  accurateTanh + forEach(s, "N * H", `y[i] = ${s.quads ? "accurate_tanh4" : "accurate_tanh"}(x[i]);`);

/** dx = (1 − y²)·dy. y, dy, dx (N,H). Writes with `=`. Source: exercise 1. */
export const backward = (s: Spread): string =>
  forEach(s, "N * H", "let y_ = y[i]; dx[i] = (1.0 - y_ * y_) * dy[i];");
