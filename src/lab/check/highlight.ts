/** A tokenizer good enough to colour what the check shows, and the kernels of the editor: comments, strings, numbers, keywords. */

export type Language = "python" | "typescript" | "wgsl";

export interface Token {
  readonly kind: "comment" | "literal" | "keyword" | "name" | "other";
  readonly text: string;
}

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(" "));

const KEYWORDS: Readonly<Record<Language, ReadonlySet<string>>> = {
  python: setOf("for in range import torch F True False"),
  typescript: setOf("const let for of if else function return new export readonly as typeof"),
  wgsl: setOf(
    "alias array atomic bitcast bool break case const const_assert continue continuing default diagnostic discard else enable f16 f32 " +
      "false fn for i32 if let loop override ptr requires return select struct switch true u32 var while " +
      "vec2 vec3 vec4 vec2f vec3f vec4f vec2h vec3h vec4h vec2i vec3i vec4i vec2u vec3u vec4u",
  ),
};

/** Words of WGSL that are keywords in `var<…>` and names elsewhere, such as a builtin that a kernel calls `workgroup`. */
const ADDRESS_SPACES = setOf("function private workgroup uniform storage read write read_write");

const COMMENT: Readonly<Record<Language, string>> = {
  python: "#.*",
  typescript: String.raw`\/\/.*|\/\*.*?\*\/|^\s*(?:\/\*\*|\*).*`,
  wgsl: String.raw`\/\/.*`,
};
const STRING = `"[^"]*"|'[^']*'|${"`[^`]*`"}`;
/** `1u`, `0.5f`, `0x1F`; and `1e-5f`, whose sign belongs to it. */
const NUMBER = String.raw`0[xX][\w.]*|\d[\w.]*(?:(?<=[eE])[+-]\d\w*)?`;

const patternOf = (language: Language): RegExp =>
  new RegExp(String.raw`(${COMMENT[language]})|(${STRING})|(${NUMBER})|(@?[A-Za-z_]\w*)|\s+|.`, "suy");

const PATTERNS: Readonly<Record<Language, RegExp>> = {
  python: patternOf("python"),
  typescript: patternOf("typescript"),
  wgsl: patternOf("wgsl"),
};

/** The token that begins in this place, which is before the line's end. */
export function tokenAt(line: string, at: number, language: Language): Token {
  const pattern = PATTERNS[language];
  pattern.lastIndex = at;
  const [text, comment, string, number, word] = pattern.exec(line)!;
  if (comment !== undefined) return { kind: "comment", text };
  if (string !== undefined || number !== undefined) return { kind: "literal", text };
  if (word === undefined) return { kind: "other", text };
  const isKeyword =
    KEYWORDS[language].has(word) ||
    word.startsWith("@") ||
    (language === "wgsl" && ADDRESS_SPACES.has(word) && /\bvar\s*<[^>]*$/.test(line.slice(0, at)));
  return { kind: isKeyword ? "keyword" : "name", text };
}

/** The tokens of one line. */
export function tokenize(line: string, language: Language): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < line.length; at += tokens.at(-1)!.text.length)
    tokens.push(tokenAt(line, at, language));
  return tokens;
}
