import { forEach, type Spread } from "./elements.ts";

/** p += −lr·g over the whole arena of parameters. p, g (P) · lr, a scalar. Updates p. */
export const step = (s: Spread): string => forEach(s, "P", "p[i] -= lr[0] * g[i];");
