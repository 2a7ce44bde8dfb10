/** Why the mutants that live do. A pattern is of `operator: line ⇒ what it became`, with sizes as `#`. */
import { type Mutant, template } from "./mutants.ts";

export interface Explanation {
  readonly why: string;
  readonly of: readonly RegExp[];
}

export const explanations: readonly Explanation[] = [];

/** A line that is gone says little by itself, so it is numbered among its like. */
export const keyOf = ({ operator, line, becomes, nth }: Mutant): string =>
  `${operator}: ${template(line)} ⇒ ${template(becomes) || `nothing (no. ${nth})`}`;

/**
 * The survivors under their explanations.
 * @throws Error for a survivor that has none, and for an explanation that has no survivor
 */
export function explain(survivors: readonly Mutant[]): ReadonlyMap<Explanation, readonly Mutant[]> {
  const explained = new Map<Explanation, Mutant[]>(explanations.map((e) => [e, []]));
  const unused = new Set(explanations.flatMap((e) => e.of));
  const problems: string[] = [];
  for (const m of survivors) {
    const explanation = explanations.find((e) => e.of.some((pattern) => pattern.test(keyOf(m))));
    if (!explanation) problems.push(`${m.op.name} has a survivor without an explanation: ${keyOf(m)}`);
    else explained.get(explanation)!.push(m);
    for (const pattern of explanation?.of ?? []) if (pattern.test(keyOf(m))) unused.delete(pattern);
  }
  for (const pattern of unused) problems.push(`an explanation has no survivor: ${pattern}`);
  if (problems.length > 0) throw new Error(`tests/mutation/survivors.ts: ${problems.join("\n")}`);
  return explained;
}
