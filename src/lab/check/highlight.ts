/** A tokenizer good enough to colour what the check shows: comments, strings, numbers, keywords. */

export type Language = "python" | "typescript" | "wgsl";

export interface Token {
  readonly kind: "comment" | "literal" | "keyword" | "name" | "other";
  readonly text: string;
}

const KEYWORDS: Readonly<Record<Language, string>> = {
  python: "for in range import torch F True False",
  typescript: "const let for of if else function return new export readonly as typeof",
  wgsl: "const let var fn for if else return struct array f32 u32 i32 vec2u vec3u vec4f vec4u workgroup storage read read_write bitcast select",
};

const COMMENT: Readonly<Record<Language, string>> = {
  python: "#.*",
  typescript: String.raw`\/\/.*|\/\*.*?\*\/|^\s*(?:\/\*\*|\*).*`,
  wgsl: String.raw`\/\/.*`,
};

/** The tokens of one line. */
export function tokenize(line: string, language: Language): Token[] {
  const pattern = new RegExp(
    String.raw`(${COMMENT[language]})|("[^"]*"|'[^']*'|${"`[^`]*`"})|(\b\d[\w.]*)|(@?[A-Za-z_]\w*)|\s+|.`,
    "gu",
  );
  const keywords = new Set(KEYWORDS[language].split(" "));
  return [...line.matchAll(pattern)].map(([text, comment, string, number, word]) => {
    if (comment !== undefined) return { kind: "comment", text };
    if (string !== undefined || number !== undefined) return { kind: "literal", text };
    if (word === undefined) return { kind: "other", text };
    return { kind: keywords.has(word) || word.startsWith("@") ? "keyword" : "name", text };
  });
}
