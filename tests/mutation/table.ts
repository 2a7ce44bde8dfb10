/** Writes docs/mutants.md: what was planted, what was seen, and why the rest survived. */
import { RUNGS, type Rung } from "../../src/plan/contract.ts";
import type { Mutant } from "./mutants.ts";
import type { Outcome, Result } from "./run.ts";
import { explain, keyOf } from "./survivors.ts";

export interface Tried {
  readonly mutant: Mutant;
  readonly result: Result;
}

/** An operation's mutants on one rung. */
export interface Operation {
  readonly name: string;
  readonly rung: Rung;
  readonly picked: readonly Tried[];
  readonly tried: readonly Tried[];
  /** All there are, of which `tried` are a sample. */
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
  const share = (some: readonly Tried[]) =>
    `${seen(some)} of ${valid(some)} (${percent(seen(some), valid(some))})`;
  const onRung = (rung: Rung) => operations.filter((o) => o.rung === rung);
  const shares = RUNGS.map((rung) => `${share(onRung(rung).flatMap((o) => o.tried))} on the ${rung} rung`);
  const operators = groupBy(all, ({ mutant }) => mutant.operator);
  const sampled = operations.filter((o) => o.possible.length > o.tried.length);

  return `# Planted bugs

\`npm run mutate\` plants one mistake at a time into the text of a kernel and runs the judge of \`tests/gpu/kernels.test.ts\` on that kernel's rung.
**${share(all)} are seen**: ${shares.join(" and ")}. Each is seen by a tensor that came out wrong, or by a number of invocations other than declared${count(all, "hung", "crashed") > 0 ? `, ${count(all, "hung")} because they never ended and ${count(all, "crashed")} because they crashed the driver` : ""};
${count(all, "invalid")} more do not compile. Of those picked by hand, ${seen(picked)} of ${picked.length} are seen. The ${survivors.length} survivors are explained below.

Adapter: ${adapter}. This page is written by \`npm run mutate -- --sample ${most} --table\`.

## Picked by hand

${row("mistake", "operation", "rung", "line", "became", "seen in")}
${row("---", "---", "---", "---", "---", "---")}
${picked
  .sort((a, b) => a.mutant.operator.localeCompare(b.mutant.operator))
  .map(({ mutant: m, result: r }) =>
    row(
      m.operator,
      m.op.name,
      m.rung,
      shown(m.line),
      shown(m.becomes),
      r.tensor ? code(r.tensor) : r.outcome,
    ),
  )
  .join("\n")}

## By operation

A mistake in \`exp\`, \`log\` or \`tanh\` is planted in the plain kernel of that name, and not in every kernel that calls it. Of the whole
step's operations, \`train_step.single\` has all mistakes, and the others those in lines that are theirs alone. Where there are more than
${most} mutants (a quarter of it in those others), every k-th of them is planted, and every barrier${sampled.length > 0 ? "" : " (nowhere are there so many)"}.

${RUNGS.map((rung) => byOperation(rung, onRung(rung))).join("\n\n")}

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

const byOperation = (rung: Rung, operations: readonly Operation[]): string =>
  [
    row(`${rung} kernels of`, "planted", "seen", "survived", "do not compile", "sampled from"),
    row("---", "--:", "--:", "--:", "--:", "--:"),
    ...operations.map(({ name, tried, possible }) =>
      row(
        name,
        tried.length,
        seen(tried),
        count(tried, "survived"),
        count(tried, "invalid"),
        possible.length > tried.length ? possible.length : "",
      ),
    ),
  ].join("\n");

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
    const names = [...groupBy(same, (m) => m.rung)]
      .map(([rung, those]) => `${rung}: ${[...new Set(those.map((m) => m.op.name))].join(", ")}`)
      .join("; ");
    return `- ${operator}: ${code(line)} became ${becomes.startsWith("nothing (") ? becomes : code(becomes)} (${names})`;
  });
  return lines.join("\n");
}
