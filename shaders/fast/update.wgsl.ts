import { readCoefficients, type Update } from "../optimizers.ts";
import { forEach, type Spread } from "./elements.ts";

/** An optimiser's update, four elements at a time where their number is a multiple of four. As in ../update.wgsl.ts. */
export const update = (u: Update, s: Spread): string =>
  forEach(s, "P", `${readCoefficients(u)}\n${u.text("p[i]", "g[i]", (state) => `${state}[i]`)}`);
