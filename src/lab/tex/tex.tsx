/** Formulas, and text with formulas in it. Their MathML was made when the page was built: see `scripts/tex/plugin.ts`. */
import { useSignal } from "@preact/signals";
import { type ComponentChildren, h, type JSX, type VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Part, partsOf } from "./parts.ts";
import { renderedFormula, type Tree } from "./rendered.ts";
import "./tex.css";

interface TexProps {
  /** TeX, in which a bare word is an upright name: `dhprebn_{ij}`. */
  readonly of: string;
  /** On a line of its own, which scrolls by itself where it is too long. */
  readonly display?: boolean;
}

export function Tex({ of, display = false }: TexProps) {
  const formula = drawTree(renderedFormula(of, display));
  return display ? <Display key={of}>{formula}</Display> : <span class="tex">{formula}</span>;
}

/** A box that scrolls is reached by keyboard; one that does not is no stop on the way. */
function Display({ children }: { readonly children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const scrolls = useSignal(false);
  useEffect(() => {
    const element = box.current!;
    const sizes = new ResizeObserver(() => {
      scrolls.value = element.scrollWidth > element.clientWidth;
    });
    // Its own size, and the formula's, which changes once the font is there.
    for (const one of [element, ...element.children]) sizes.observe(one);
    return () => sizes.disconnect();
  }, [scrolls]);
  return (
    <div
      ref={box}
      class="tex-display"
      {...(scrolls.value && { role: "group", tabIndex: 0, "aria-label": "Formula" })}
    >
      {children}
    </div>
  );
}

const drawTree = (tree: Tree): VNode | string => {
  if (typeof tree === "string") return tree;
  const [tag, attributes, ...inside] = tree;
  return h(tag, attributes, ...inside.map(drawTree));
};

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
