/** Other right texts for what the reader has solved. */
import { Code } from "../check/code.tsx";
import type { Language } from "../check/highlight.ts";

interface OtherWaysProps {
  readonly texts: readonly string[];
  readonly language: Language;
}

export function OtherWays({ texts, language }: OtherWaysProps) {
  if (texts.length === 0) return null;
  return (
    <details>
      <summary>
        {texts.length} {texts.length === 1 ? "other way" : "other ways"} to write it
      </summary>
      {texts.map((text, i) => (
        <Code key={text} text={text} language={language} label={`Another way, ${i + 1}`} />
      ))}
    </details>
  );
}
