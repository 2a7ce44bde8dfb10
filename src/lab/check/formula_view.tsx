/** A formula as MathML, which browsers draw themselves. */
import type { JSX } from "preact";
import { type Formula, parseFormula } from "./formula.ts";

export function FormulaView({ source }: { source: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="formula" aria-label="Formula" tabIndex={0}>
      <math displaystyle>
        <Drawn f={parseFormula(source)} />
      </math>
    </section>
  );
}

function Drawn({ f }: { f: Formula }): JSX.Element {
  switch (f.kind) {
    case "word":
      // A tensor's name is not a product of variables, so it is upright, even if it is one letter.
      return f.text.length === 1 && f.text.toLowerCase() === f.text && f.text !== "h" ? (
        <mi>{f.text}</mi>
      ) : (
        <mi mathvariant="normal">{f.text}</mi>
      );
    case "number":
      return <mn>{f.text}</mn>;
    case "operator":
      // As an operator, a bracket would stretch.
      return "()[]{}".includes(f.text) ? <mtext>{f.text}</mtext> : <mo>{f.text}</mo>;
    case "function":
      return <mi>{f.text === "argmax" ? "arg max" : f.text}</mi>;
    case "text":
      return <mtext>{f.text}</mtext>;
    case "space":
      return <mspace width="1.5em" />;
    case "fraction":
      return (
        <mfrac>
          <Drawn f={f.above} />
          <Drawn f={f.below} />
        </mfrac>
      );
    case "root":
      return (
        <msqrt>
          <Drawn f={f.of} />
        </msqrt>
      );
    case "row":
      return (
        <mrow>
          {f.items.map((item, i) => (
            <>
              {i > 0 && standsAlone(item) && endsInFactor(f.items[i - 1]) && <mspace width="0.25em" />}
              <Drawn f={item} />
            </>
          ))}
        </mrow>
      );
    case "scripts":
      return <Scripts f={f} />;
  }
}

function Scripts({ f }: { f: Formula & { kind: "scripts" } }) {
  const parts = [f.base, f.sub, f.sup].filter((part) => part !== undefined);
  const drawn = parts.map((part) => <Drawn f={part} />);
  if (f.under) return <munder>{drawn}</munder>;
  if (f.sub && f.sup) return <msubsup>{drawn}</msubsup>;
  return f.sub ? <msub>{drawn}</msub> : <msup>{drawn}</msup>;
}

/** Factors whose names are words need a little space between them. Single letters (`tE`) need none. */
const standsAlone = (f: Formula): boolean =>
  ["word", "number", "function", "fraction"].includes(f.kind)
    ? !("text" in f && f.text.length === 1)
    : f.kind === "scripts";
const endsInFactor = (f: Formula): boolean =>
  f.kind !== "operator" || f.text === ")" || f.text === "]" || f.text === "∑";
