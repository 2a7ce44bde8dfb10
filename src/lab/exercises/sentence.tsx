import { Explained } from "../terms/term.tsx";

/** A sentence of the exercises, in which what stands in backticks is code. One that is read only once may explain its terms. */
export function Sentence({ text, explain = false }: { text: string; explain?: boolean }) {
  const words = (part: string) => (explain ? <Explained text={part} /> : part);
  return <>{text.split("`").map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : words(part)))}</>;
}
