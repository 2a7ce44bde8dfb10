/** The formulas that were turned into MathML when the page was built. Each part of the page brings those that it shows. */

/** An element of MathML, as data: what it is, its attributes, and what is in it. */
export type Tree = string | readonly [tag: string, attributes: Readonly<Record<string, string>>, ...Tree[]];

const rendered = new Map<string, Tree>();

/** What a formula's MathML is kept by: it looks different on a line of its own. */
export const keyOf = (tex: string, display: boolean): string => (display ? `$$${tex}$$` : `$${tex}$`);

/** Called by the modules that the build writes. */
export function define(formulas: Readonly<Record<string, Tree>>): void {
  for (const [key, mathml] of Object.entries(formulas)) rendered.set(key, mathml);
}

/** @throws Error for a formula that the build has not seen */
export function renderedFormula(tex: string, display: boolean): Tree {
  const mathml = rendered.get(keyOf(tex, display));
  if (mathml === undefined)
    throw new Error(
      `The formula ${keyOf(tex, display)} was not there when the page was built: import the module that it stands in a second time, as "./NAME.ts?tex".`,
    );
  return mathml;
}
