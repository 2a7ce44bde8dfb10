import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { perItem } from "./grid.ts";
import { readCoefficients, type Update } from "./optimizers.ts";

/**
 * An optimiser's update of the whole arena of parameters.
 *
 * g (P) · coefficients → p and whatever the optimiser keeps (P), updated. One invocation per element.
 */
export function update(u: Update): string {
  const lines = [readCoefficients(u), u.text("p[i]", "g[i]", (state) => `${state}[i]`)].join("\n");
  return wgsl`${perItem("i", "P")}
${lines.replace(/^/gm, "  ")}
}`;
}
