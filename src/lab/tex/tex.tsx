/** Formulas, and text with formulas in it. Their MathML was made when the page was built: see `scripts/tex/plugin.ts`. */
import type { JSX } from "preact";
import { type Part, partsOf } from "./parts.ts";
import { renderedFormula } from "./rendered.ts";
import "./tex.css";

interface TexProps {
  /** TeX, in which a bare word is an upright name: `dhprebn_{ij}`. */
  readonly of: string;
  /** On a line of its own, which scrolls by itself where it is too long. */
  readonly display?: boolean;
}

export function Tex({ of, display = false }: TexProps) {
  const html = { __html: renderedFormula(of, display) };
  if (!display) return <span class="tex" dangerouslySetInnerHTML={html} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="tex-display" aria-label="Formula" tabIndex={0} dangerouslySetInnerHTML={html} />
  );
}

/** Text with `$formulas$`, `` `code` ``, `*emphasis*` and `[links](https://…)` in it. */
export function Prose({ text }: { readonly text: string }) {
  return <>{partsOf(text).map(drawn)}</>;
}

function drawn(part: Part): JSX.Element | string {
  switch (part.kind) {
    case "text":
      return part.text;
    case "code":
      return <code>{part.text}</code>;
    case "emphasis":
      return <em>{part.text}</em>;
    case "link":
      return <a href={part.href}>{part.text}</a>;
    case "formula":
      return <Tex of={part.tex} display={part.display} />;
  }
}
