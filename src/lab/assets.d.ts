/** Style sheets are Vite's business: an import of one says only that it is needed. */
declare module "*.css";
/** The formulas of a module, as MathML: see `scripts/tex/plugin.ts`. */
declare module "*?tex";
