/** Finds the formulas in the text of a module, so that the build can say which of them it was not told to draw. */
import { partsOf } from "../../src/lab/tex/parts.ts";
import { keyOf } from "../../src/lab/tex/rendered.ts";

/** As much of a syntax tree as is looked at. */
interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What looks like a formula in a program's strings, by its key: the same strings as in what a module exports. */
export function formulasInText(program: unknown, under = ""): string[] {
  if (Array.isArray(program)) return program.flatMap((node) => formulasInText(node, under));
  if (typeof program !== "object" || program === null) return [];
  const node = program as Node;
  const text = textOf(node);
  if (text !== undefined)
    return under === "formula"
      ? [keyOf(text, true)]
      : partsOf(text).flatMap((part) => (part.kind === "formula" ? [keyOf(part.tex, part.display)] : []));
  if (node.type === "Property") return formulasInText(node.value, nameOf(node.key as Node));
  return Object.values(node).flatMap((field) =>
    formulasInText(field, node.type === "ArrayExpression" ? under : ""),
  );
}

const nameOf = (key: Node): string => String(key.name ?? key.value ?? "");

/** The string that an expression is, if nothing is put into it. */
function textOf(node: Node): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  const quasi = (node.type === "TaggedTemplateExpression" ? node.quasi : node) as Node;
  if (quasi.type !== "TemplateLiteral") return undefined;
  const quasis = quasi.quasis as { readonly value: { readonly raw: string; readonly cooked: string } }[];
  if (quasis.length > 1) return undefined;
  return node === quasi ? quasis[0].value.cooked : quasis[0].value.raw;
}
