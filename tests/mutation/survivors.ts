/** Why the mutants that live do. A pattern is of `operator: line ⇒ what it became`, with sizes as `#`. */
import { type Mutant, template } from "./mutants.ts";

export interface Explanation {
  readonly why: string;
  readonly of: readonly RegExp[];
}

export const explanations: readonly Explanation[] = [
  {
    why: "Invocations past the last output repeat the last one and write nothing, so it does not matter what they read.",
    of: [
      /^((term|factor) dropped|constant − 1): let (o|n) = min\((output|owned|row), (C|R|COLUMNS|N)( \/ #)? - #\)/,
    ],
  },
  {
    why: "An invocation of a subgroup that no vec4 is left for reads whatever there is, and nobody asks for it.",
    of: [/^sign flipped: let x00 = operands\[.*min\(lane \+ #, #\)\]; ⇒/],
  },
  {
    why: "Rows that only fill up a vec4 of the weights are read by nobody, whatever becomes of them.",
    of: [
      /^constant \+ 1: scratch\[.*\] = vec4f\(dgain0, dbias0, #, #\);/,
      /^(sign flipped|term dropped): let x20 = operands\[\(# \* r \+ #\)/,
    ],
  },
  {
    why: "There is one block of rows, number 0, whatever it is multiplied by.",
    of: [
      /^constant \+ 1: let x30 = operands\[\(# \* r \+ #\) \* # \+ # \* # \+ #\];/,
      /^factor dropped: let x20 = operands\[\(# \* r \+ #\) \* # \+ # \* # \+ lane\]/,
      /^constant \+ 1: a03 = y03; .*vec4u\(rb \* # \+ #\)/,
    ],
  },
  {
    why: "Nobody uses the room of one vec4 more.",
    of: [/^constant \+ 1: var<workgroup> \w+: array<vec4f, #>;/],
  },
  {
    why: "Past the last term both factors are 0, so that one of them may be any other number.",
    of: [/^(constant \+ 1|edge off by one|term dropped): let [xc]\d_\d = select\((#|vec2f\(\)), /],
  },
  {
    why: "The divisor is 1 at this size.",
    of: [/^× for ÷: let x00 = operands\[\(# \* \(row0 \+ k\) \+ #\) \* #/],
  },
  {
    why: "Without a bias nothing needs the column.",
    of: [/^factor dropped: let c = i \* # % I;/],
  },
  {
    why: "A block more than a lane's share adds nothing: each of its terms is past the share, and is asked.",
    of: [/^(constant \+ 1|edge off by one): for \(var b = #; b < # \* grid\.z; b\+\+\)/],
  },
  {
    why: "What lies beyond an output's edge is not written, whatever it was made of.",
    of: [/^edge off by one: if \(o \+ j < N && k < last\) \{ element = dy/],
  },
  {
    why: "Terms are counted in fours, so that the limit may be one less.",
    of: [/^constant − 1: for \(var k = of8_; k < min\(of8_ \+ #/],
  },
  {
    why: "An invocation's last item lies 64 before the end of its workgroup's, which may be one less.",
    of: [/^constant − 1: for \(var i = first; i < min\(first \+ #/],
  },
  {
    why: "Where one lane has all terms, they begin at 0.",
    of: [/^term dropped: if \(e < min\(first \+ SHARE, N\)\) \{ ⇒ if \(e < min\( SHARE, N\)\)/],
  },
  {
    why: "Weighted with their rows the lanes' distances from the common average sum to 0, so that of two factors one may be the average itself.",
    of: [/^term dropped: squares \+= seen \* \(own - average\)/],
  },
  {
    why: "A part that begins where the sum ends has no terms.",
    of: [/^edge off by one: for \(var of\d+_ = slice \* TERMS;/],
  },
  {
    why: "What is subtracted from 0 wraps round to the largest number, so that the first block, lane or workgroup takes all, and the others none.",
    of: [
      /^sign flipped: for \(var i = first; i < min\(first \+ #/,
      /^sign flipped: for \(var p = start; p < min\(start \+ #/,
      /^sign flipped: let last = min\(first \+ SHARE, V\)/,
    ],
  },
  {
    why: "Shares of one term more cut the same sum in other places: every term is still in one share.",
    of: [/^constant \+ 1: const OUTPUTS = #; const LANES = #; const SHARE = #;/],
  },
  {
    why: "The lane that writes the result has in hand what it would fetch: the first share is its own.",
    of: [/^statement dropped: total = partial\[local\.x\]/],
  },
  {
    why: "The scale is 1 at every size of this operation.",
    of: [/^factor dropped: if \(local\.y == # && output < [CR]( \/ #)?\) \{ y\[output\] = # \* total; \}/],
  },
  {
    why: "One output, so that local.x is always 0, and all lanes have its sum.",
    of: [
      /^guard dropped: if \(local\.y == #\) \{ loss\[#\]/,
      /^wrong component: for \(var l = #; l < LANES; l\+\+\) \{ total = total \+ partial\[l \* OUTPUTS \+ local\.x\]; \}/,
      /^(factor|term) dropped: partial\[local\.y \* OUTPUTS \+ local\.x\] = total;/,
      /^(factor dropped|× for ÷|sign flipped): for \(var l = #; l < LANES; l\+\+\) \{ total = total \+ partial/,
      /^factor dropped: var<workgroup> partial: array<f32, OUTPUTS \* LANES>/,
    ],
  },
  {
    why: "Whoever comes twice writes the same value to the same place.",
    of: [
      /^guard dropped: if \(inside\)/,
      /^guard dropped: if \(local\.y == #\) \{( rowLoss|$| ⇒)/,
      /^edge off by one: if \(row < N\)/,
    ],
  },
  {
    why: "The statistics have no use for the end of a lane's rows, which all kernels of BatchNorm begin with.",
    of: [/^min for max: let last = min\(first \+ SHARE, N\)/],
  },
  {
    why: "All four components are the same there.",
    of: [/^wrong component: fn accurate_(exp|tanh)\(/],
  },
  {
    why: "Beyond these bounds e^x is 0 or infinite in float32 anyway, and 2^n may be split into any two factors that exist.",
    of: [
      /^constant − 1: let a = select\(select\(x, vec4f\(#\)/,
      /^constant \+ 1: let b = select\(-# \* abs\(x\)/,
      /^constant \+ 1: let half = k >> vec4u\(#\)/,
    ],
  },
  {
    why: "The smallest coefficient makes an ulp of difference at most, and both formulas for tanh are exact around the place where they meet.",
    of: [
      /^(wrong digit|term dropped): return \(\(\(\(\(# \* r/,
      /^(wrong digit|edge off by one): return select\(select\(large, -large/,
    ],
  },
  {
    why: "The same float32, or a bound that the value 0 alone would show; 0 is no probability that float32 leaves in the loss.",
    of: [/^(constant \+ 1|edge off by one): return select\(select\(y, x, !\(x < #\)\)/],
  },
  {
    why: "Any shift near the maximum gives the same softmax; it need not be the maximum of this row as long as nothing overflows.",
    of: [
      /^\S.*: var top = logits\[n \* V\]/,
      /^.*: for \(var c = (#|first); c < (V|last); c\+\+\) \{ top = max/,
      /^(sign flipped|constant \+ 1): (partial\[.*\] = top;|for \(var l = #; l < LANES; l\+\+\) \{ top = max)/,
    ],
  },
  {
    why: "Rounding that leaves the last partial sum at the threshold, and a draw that hits one exactly, happen at none of these inputs.",
    of: [
      /^(term dropped|sign flipped|constant − 1): var next = V - #;/,
      /^edge off by one: if \(cumulative > threshold\)/,
    ],
  },
];

/** A line that is gone says little by itself, so it is numbered among its like. */
export const keyOf = ({ operator, line, becomes, nth }: Mutant): string =>
  `${operator}: ${template(line)} ⇒ ${template(becomes) || `nothing (no. ${nth})`}`;

/**
 * The survivors under their explanations.
 * @param seen mutants that did not survive
 * @param possible all that there are, tried or not
 * @throws Error for a survivor that has no explanation, and for an explanation of what was seen or is gone
 */
export function explain(
  survivors: readonly Mutant[],
  seen: readonly Mutant[],
  possible: readonly Mutant[],
): ReadonlyMap<Explanation, readonly Mutant[]> {
  const explained = new Map<Explanation, Mutant[]>();
  const problems: string[] = [];
  for (const m of survivors) {
    const explanation = explanations.find((e) => e.of.some((pattern) => pattern.test(keyOf(m))));
    if (!explanation) problems.push(`${m.op.name} has a survivor without an explanation: ${keyOf(m)}`);
    else explained.set(explanation, [...(explained.get(explanation) ?? []), m]);
  }
  for (const pattern of explanations.flatMap((e) => e.of)) {
    const fits = (m: Mutant) => pattern.test(keyOf(m));
    if (survivors.some(fits)) continue;
    if (seen.some(fits)) problems.push(`an explanation is of what was seen: ${pattern}`);
    if (!possible.some(fits)) problems.push(`an explanation is of no mutant: ${pattern}`);
  }
  if (problems.length > 0) throw new Error(`tests/mutation/survivors.ts: ${problems.join("\n")}`);
  return explained;
}
