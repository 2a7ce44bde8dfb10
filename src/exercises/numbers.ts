/** Sizes that a text writes as numbers: `27` for `vocab_size`. */
import type { Program, Statement } from "./dialect/ast.ts";
import type { CaseSizes } from "./types.ts";

/** What a number may mean, at the notebook's sizes. */
const MEANINGS: readonly { readonly text: string; readonly of: (sizes: CaseSizes) => number }[] = [
  { text: "n", of: (s) => s.n },
  { text: "vocab_size", of: (s) => s.vocab_size },
  { text: "n_embd", of: (s) => s.n_embd },
  { text: "block_size", of: (s) => s.block_size },
  { text: "n_hidden", of: (s) => s.n_hidden },
  { text: "block_size * n_embd", of: (s) => s.block_size * s.n_embd },
  { text: "n * block_size", of: (s) => s.n * s.block_size },
  { text: "n - 1", of: (s) => s.n - 1 },
  { text: "vocab_size - 1", of: (s) => s.vocab_size - 1 },
  { text: "1/n", of: (s) => 1 / s.n },
];

/** Subsets are tried one by one up to this many numbers; with more, all of them at once. */
const MOST_TRIED = 6;

export interface SizeNumber {
  /** As the text has it. */
  readonly number: number;
  /** What it equals at the notebook's sizes. */
  readonly meaning: string;
  readonly of: (sizes: CaseSizes) => number;
}

/** Every number of the text that is one of these sizes, in the order of {@link withSizes}. */
export function sizeNumbers(statements: readonly Statement[], sizes: CaseSizes): SizeNumber[] {
  const found: SizeNumber[] = [];
  visit(statements, (value) => {
    const meaning = meaningOf(value, sizes);
    if (meaning) found.push({ number: Number(value), meaning: meaning.text, of: meaning.of });
    return value;
  });
  return found;
}

/** Sets of places in {@link sizeNumbers} to try, those with the fewest numbers first. */
export function subsets(count: number): ReadonlySet<number>[] {
  const all = [...Array(count).keys()];
  if (count > MOST_TRIED) return [new Set(all)];
  const out: Set<number>[] = [];
  for (let bits = 1; bits < 1 << count; bits++) out.push(new Set(all.filter((i) => (bits >> i) & 1)));
  return out.sort((a, b) => a.size - b.size);
}

/** The text with some of its numbers replaced by what they would be at other sizes. */
export function withSizes(
  { statements, broken }: Program,
  replaced: ReadonlySet<number>,
  notebook: CaseSizes,
  sizes: CaseSizes,
): Program {
  let at = 0;
  const out = visit(statements, (value) => {
    const meaning = meaningOf(value, notebook);
    if (!meaning || !replaced.has(at++)) return value;
    const other = meaning.of(sizes);
    return typeof value === "bigint" && Number.isInteger(other) ? BigInt(other) : other;
  });
  return { statements: out as readonly Statement[], broken };
}

/** "27 is `vocab_size` here" */
export function numbersNote(numbers: readonly SizeNumber[]): string {
  const texts = [...new Set(numbers.map(({ number, meaning }) => `${number} is \`${meaning}\``))];
  const last = texts.pop();
  return texts.length === 0 ? `${last} here` : `${texts.join(", ")} and ${last} here`;
}

function meaningOf(value: unknown, sizes: CaseSizes): (typeof MEANINGS)[number] | undefined {
  if (typeof value !== "bigint" && typeof value !== "number") return undefined;
  return MEANINGS.find(({ of }) => of(sizes) === Number(value));
}

/** A copy of the tree in which every constant is what `change` makes of it. */
function visit(node: unknown, change: (value: unknown) => unknown): unknown {
  if (Array.isArray(node)) return node.map((each) => visit(each, change));
  if (typeof node !== "object" || node === null) return node;
  const copy: Record<string, unknown> = {};
  const constant = "kind" in node && node.kind === "constant";
  for (const [key, value] of Object.entries(node)) {
    if (key === "at") copy[key] = value;
    else copy[key] = constant && key === "value" ? change(value) : visit(value, change);
  }
  return copy;
}
