/** Writes the table of what the exercises' language understands into docs/exercises.md: `npx tsx scripts/understood.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { BUILTINS, understood } from "../src/exercises/dialect/functions.ts";
import { Module } from "../src/exercises/dialect/values.ts";

export const PAGE = resolve(import.meta.dirname, "..", "docs", "exercises.md");

const [BEGIN, END] = ["<!-- understood: begin -->", "<!-- understood: end -->"];

/** A row for each list of parameters, with all the names that take it, in the order in which the language has them. */
export function table(): string {
  const rows = new Map<string, string[]>();
  for (const { names, parameters } of understood()) {
    const row = rows.get(parameters) ?? [];
    rows.set(parameters, row);
    row.push(...names.map((name) => `\`${name}\``));
  }
  const code = (text: string) => (text === "" ? "none: not called" : `\`${text.replaceAll("|", "\\|")}\``);
  const builtins = [...BUILTINS]
    .filter(([, value]) => !(value instanceof Module))
    .map(([name]) => `\`${name}\``);
  const math = BUILTINS.get("math") as Module;
  return [
    `Python's own: ${builtins.join(" ")} \`print\` \`cmp\` \`str\` \`repr\`; ${[...math.members.keys()].map((name) => `\`math.${name}\``).join(" ")}.`,
    "",
    "| names | parameters (`input` is the tensor before the dot) |",
    "|---|---|",
    ...[...rows].map(([parameters, names]) => `| ${names.join(" ")} | ${code(parameters)} |`),
  ].join("\n");
}

/** The page with a table in the place of its own. */
export function withTable(page: string, text: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has lost the marks ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n${text}\n${page.slice(end)}`;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(PAGE, withTable(readFileSync(PAGE, "utf8"), table()));
}
