/** Source text with numbered lines, in a box that scrolls. Names of tensors in it are links. */
import type { ComponentChild } from "preact";
import { type Language, type Token, tokenize } from "./highlight.ts";

interface CodeProps {
  readonly text: string;
  readonly language: Language;
  readonly label: string;
  /** The number of its first line, 1 if absent. */
  readonly from?: number;
  /** Names that {@link open} can open. */
  readonly names?: ReadonlySet<string>;
  readonly open?: (name: string) => void;
}

export function Code({ text, language, label, from = 1, names, open }: CodeProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="code" aria-label={label} tabIndex={0}>
      <pre style={{ counterReset: `line ${from - 1}` }}>
        <code>
          {text.split("\n").map((line, i) => (
            <span class="line" key={i}>
              {tokenize(line, language).map((token) =>
                open && names && token.kind === "name" && names.has(token.text) ? (
                  <button type="button" class="name" onClick={() => open(token.text)}>
                    {token.text}
                  </button>
                ) : (
                  <Coloured token={token} />
                ),
              )}
              {"\n"}
            </span>
          ))}
        </code>
      </pre>
    </section>
  );
}

const Coloured = ({ token: { kind, text } }: { token: Token }): ComponentChild =>
  kind === "other" || kind === "name" ? text : <span class={kind}>{text}</span>;
