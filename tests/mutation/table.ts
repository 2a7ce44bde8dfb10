/** Writes docs/mutants.md: what was planted, what was seen, and why the rest survived. */
import type { Mutant } from "./mutants.ts";
import type { Outcome, Result } from "./run.ts";
import { explain, keyOf } from "./survivors.ts";

export interface Tried {
  readonly mutant: Mutant;
  readonly result: Result;
}

export interface Operation {
  readonly name: string;
  readonly picked: readonly Tried[];
  readonly tried: readonly Tried[];
  /** All mutants of the operation, of which `tried` are a sample. */
  readonly possible: readonly Mutant[];
}

const count = (all: readonly Tried[], ...outcomes: Outcome[]): number =>
  all.filter(({ result }) => outcomes.includes(result.outcome)).length;
/** What a test run would have noticed. */
const seen = (all: readonly Tried[]): number => count(all, "killed", "hung", "crashed");
const valid = (all: readonly Tried[]): number => all.length - count(all, "invalid");
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

const row = (...cells: (string | number)[]): string =>
  `| ${cells.map((c) => String(c).replaceAll("|", "\\|")).join(" | ")} |`;
const code = (text: string): string => (text === "" ? "nothing" : `\`${text}\``);
const shown = (text: string): string => code(text.length > 90 ? `${text.slice(0, 88)} …` : text);

/** @throws Error if a survivor is not explained, or a mutant picked by hand survived */
export function table(adapter: string, operations: readonly Operation[], most: number): string {
  const all = operations.flatMap((o) => o.tried);
  const picked = operations.flatMap((o) => o.picked);
  const survivors = [...all, ...picked].filter(({ result }) => result.outcome === "survived");
  const mutants = (some: readonly Tried[]) => some.map(({ mutant }) => mutant);
  const killed = [...all, ...picked].filter(({ result }) => result.outcome === "killed");
  const possible = operations.flatMap((o) => o.possible);
  const explained = explain(mutants(survivors), mutants(killed), possible);
  const share = percent(seen(all), valid(all));
  const operators = groupBy(all, ({ mutant }) => mutant.operator);
  const sampled = operations.filter((o) => o.possible.length > o.tried.length);

  return `# Planted bugs

\`npm run mutate\` plants one mistake at a time into the text of a kernel and runs the judge of \`tests/gpu/kernels.test.ts\` on it.
**${seen(all)} of ${valid(all)} are seen (${share})**, each by a tensor that came out wrong, or by a number of invocations other than declared${count(all, "hung", "crashed") > 0 ? `, ${count(all, "hung")} because they never ended and ${count(all, "crashed")} because they crashed the driver` : ""};
${count(all, "invalid")} more do not compile. Of those picked by hand, ${seen(picked)} of ${picked.length} are seen. The ${survivors.length} survivors are explained below.

Adapter: ${adapter}. This page is written by \`npm run mutate -- --sample ${most} --table\`.

## Picked by hand

${row("mistake", "operation", "line", "became", "seen in")}
${row("---", "---", "---", "---", "---")}
${picked
  .sort((a, b) => a.mutant.operator.localeCompare(b.mutant.operator))
  .map(({ mutant: m, result: r }) =>
    row(m.operator, m.op.name, shown(m.line), shown(m.becomes), r.tensor ? code(r.tensor) : r.outcome),
  )
  .join("\n")}

## By operation

A mistake in \`exp\`, \`log\` or \`tanh\` is planted in the operation of that name, and not in every operation that calls it. An operation
with more than ${most} mutants gets every k-th of them, and all of its barriers${sampled.length > 0 ? "" : " (none has so many here)"}.

${row("operation", "planted", "seen", "survived", "do not compile", "sampled from")}
${row("---", "--:", "--:", "--:", "--:", "--:")}
${operations
  .map(({ name, tried, possible }) =>
    row(
      name,
      tried.length,
      seen(tried),
      count(tried, "survived"),
      count(tried, "invalid"),
      possible.length > tried.length ? possible.length : "",
    ),
  )
  .join("\n")}

## By mistake

${row("mistake", "planted", "seen", "survived", "do not compile")}
${row("---", "--:", "--:", "--:", "--:")}
${[...operators]
  .map(([operator, tried]) =>
    row(operator, tried.length, seen(tried), count(tried, "survived"), count(tried, "invalid")),
  )
  .join("\n")}

## Survivors

Sizes are written \`#\`.
${[...explained].map(([{ why }, mutants]) => `\n**${why}**\n\n${listed(mutants)}`).join("\n")}
`;
}

function groupBy<T>(all: readonly T[], key: (t: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const t of all) groups.set(key(t), [...(groups.get(key(t)) ?? []), t]);
  return groups;
}

/** Equal ones on one line, with the operations that have them. */
function listed(mutants: readonly Mutant[]): string {
  const lines = [...groupBy(mutants, keyOf)].map(([key, same]) => {
    const [, operator, change] = /^(.*?): (.*)$/s.exec(key)!;
    const [line, becomes] = change.split(" ⇒ ");
    const names = [...new Set(same.map((m) => m.op.name))].join(", ");
    return `- ${operator}: ${code(line)} became ${becomes.startsWith("nothing (") ? becomes : code(becomes)} (${names})`;
  });
  return lines.join("\n");
}
