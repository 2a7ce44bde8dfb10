/** Why mutants survive. A pattern matches `operator: line ⇒ the line after the edit`, with sizes as `#`. */
import { type Mutant, template } from "./mutants.ts";

export interface Explanation {
  readonly why: string;
  readonly of: readonly RegExp[];
}

export const explanations: readonly Explanation[] = [
  {
    why: "Invocations past the last output repeat the last one and write nothing, so it does not matter what they read.",
    of: [
      /^((term|factor) dropped|sign flipped|constant − 1): let (o|n) = min\((output|owned|row), \(?(C|R|COLUMNS|N)( \/ #\))? - #\)/,
    ],
  },
  {
    why: "An invocation of a subgroup for which no vec4 is left may read anything, because its value is not used.",
    of: [
      /^(constant \+ 1|sign flipped): let x\d_\d = operands\[\(# \* \(row0 .*min\(lane \+ #, #\)\]; ⇒/,
      /^min for max: let x\d_\d = operands\[.*min\(lane \+ #, #\)\]; ⇒/,
    ],
  },
  {
    why: "There is only one block of rows, number 0, and 0 times any factor is 0.",
    of: [/^constant \+ 1: let x\d_\d = operands\[\(# \* \(row0 .* rb \* # \+ min\(lane, #\)\];/],
  },
  {
    why: "Rows that only pad the weights to whole vec4s are never read, so their values do not matter.",
    of: [/^constant \+ 1: let x\d_\d = operands\[\(# \* r \+ #\) \* # \+ # \* # \+ #\];/],
  },
  {
    why: "An array that is one element longer makes no difference.",
    of: [/^constant \+ 1: var<workgroup> \w+: array<(vec4f|f32), #>;/],
  },
  {
    why: "Past the last term both factors are 0, so one of them may be any number.",
    of: [
      /^(constant (\+|−) 1|edge off by one|term dropped): let (x\d_\d|c\d_\d|right\d) = (vec4f\()?select\((#|vec[24]f\(\)), /,
    ],
  },
  {
    why: "Without a bias the offset is 0, and its column is not needed.",
    of: [
      /^factor dropped: let c = i \* # % I;/,
      /^(sign flipped|term dropped): if \(r( \+ #)? < I && col < O\) \{ dw\[.* \+ offset;/,
    ],
  },
  {
    why: "A block beyond a part's terms adds nothing: each of its terms is checked, and is past the part.",
    of: [/^(constant \+ 1|edge off by one): for \(var b = #; b < # \* one; b\+\+\)/],
  },
  {
    why: "Values beyond an output's edge are not written, so they may be anything.",
    of: [/^edge off by one: if \(o \+ j < N && k < last\) \{ element = dy/],
  },
  {
    why: "Terms are counted in fours, and parts in eights, so their limit may be one less.",
    of: [/^constant − 1: for \(var (k|first\d+) = first\d+; \1 < min\(first\d+ \+ #/],
  },
  {
    why: "An invocation's last item or term is 64 before the end of its workgroup's, so that end may be one less.",
    of: [
      /^constant − 1: for \(var i = first; i < min\(first \+ #/,
      /^constant − 1: for \(var e = first; e < min\(first \+ # \* #/,
    ],
  },
  {
    why: "If one part has all terms, they begin at 0 and end where the sum does.",
    of: [
      /^(term dropped|min for max): if \(e < min\(first \+ TERMS, (N|valid)\)\)/,
      /^term dropped: let e = first \+ b \* # \+ i; ⇒ let e = +b/,
    ],
  },
  {
    why: "Weighted by their rows, the parts' distances from the common average sum to 0, so a multiple of that average may be added to one of the two factors.",
    of: [/^(term dropped|sign flipped): squares \+= seen \* \(part - average\)/],
  },
  {
    why: "A block of one row is its own average, so one of its two factors of 0 may be any number.",
    of: [
      /^(term dropped|factor dropped|sign flipped): let blockSquares = \(x0 - blockAverage\) \* \(x0 - blockAverage\);/,
    ],
  },
  {
    why: "A block or part that begins where the sum ends has no terms.",
    of: [/^edge off by one: for \(var first\d* = (#|index|slice \* TERMS); first\d* < /],
  },
  {
    why: "A number subtracted from 0 wraps round to the largest ones, so the first block, part or workgroup takes all terms and the others none.",
    of: [
      /^sign flipped: for \(var ([cinkeps]) = first; \1 < min\(first \+ (#|BLOCK)/,
      /^sign flipped: (let last = |if \(e < )min\(first \+ TERMS, ([NV]|valid)\)/,
      /^sign flipped: let last = min\(\(slice \+ #\) \* #, N \* T\)/,
    ],
  },
  {
    why: "Workgroups that overlap by an item compute it twice, and still reach the last one; and a grid folded into two rows of two is square.",
    of: [
      /^constant − 1: let [hi] = (id\.y \* grid\.x|\(workgroup\.y \* grid\.x \+ workgroup\.x\)) \* # \+/,
      /^wrong component: let h = id\.y \* grid\.x .* ⇒ let h = id\.y \* grid\.y/,
    ],
  },
  {
    why: "The last block begins well before the sum ends, so its bound need not be exact.",
    of: [/^constant (\+|−) 1: for \(var first = #; first < #; first \+= #\)/],
  },
  {
    why: "Parts of one more term split the same rows at other places.",
    of: [/^constant \+ 1: const OUTPUTS = #; const PARTS = #; const TERMS = #;/],
  },
  {
    why: "What a mean in float32 leaves over is less than an ulp of these inputs. That it counts in columns far from zero is seen by tests/gpu/rounding.test.ts.",
    of: [
      /^sign flipped: bnraw_c\d_q\d = \(bnraw_c\d_q\d - rest\) \* bnvar_inv;/,
      /^constant − 1: sum_b\d \+= distance \* \(# \* partials/,
    ],
  },
  {
    why: "A mean in two floats: where the first is off, the second makes up for it, and where it is not, the second is less than an ulp.",
    of: [
      /^(term dropped|sign flipped): mean\[[ho]\] = average \+ rest;/,
      /^constant \+ 1: let average = sums\(h, #, #\)\.x/,
      /^= for \+=: average \+= origin;/,
      /^term dropped: averageBlock \+= x\[/,
      /^sign flipped: let e = first \+ b \* # \+ i; ⇒/,
    ],
  },
  {
    why: "Blocks of another length split the same sum at other places.",
    of: [/^constant (\+|−) 1: const BLOCK = #;/],
  },
  {
    why: "The invocation that writes the result already has the value it would load: the first part is its own.",
    of: [/^statement dropped: (total|squares) = partial\[local\.x\]/],
  },
  {
    why: "There is one output, so local.x is always 0, and all parts have its sum.",
    of: [
      /^guard dropped: if \(local\.y == #\) \{ loss\[#\]/,
      /^(factor dropped|term dropped|× for ÷): partial\[local\.y \* OUTPUTS \+ local\.x\] = total;/,
      /^(factor dropped|× for ÷|sign flipped): for \(var l = #; l < PARTS; l\+\+\) \{ total = total \+ partial/,
      /^factor dropped: var<workgroup> partial: array<f32, OUTPUTS \* PARTS>/,
    ],
  },
  {
    why: "Several invocations then write the same value to the same place.",
    of: [
      /^guard dropped: if \((inside|row < N|inside && local\.y == #)\)/,
      /^guard dropped: if \(local\.y == #\) \{( rowLoss| invStd|$| ⇒)/,
      /^edge off by one: (if \(row < N\)|let inside = owned < COLUMNS)/,
      /^constant \+ 1: for \(var i = first; i < min\(first \+ #/,
    ],
  },
  {
    why: "These are races that SwiftShader does not lose: between two barriers it runs a workgroup's invocations one after another, so that each reads what later ones change.",
    of: [
      /^(guard dropped|edge off by one): if \(index < half\)/,
      /^(guard dropped|edge off by one|constant \+ 1): if \(index == #\) \{ (y|loss)\[/,
    ],
  },
  {
    why: "The first class is then compared with itself.",
    of: [/^constant − 1: for \(var c = #; c < C; c\+\+\) \{ ⇒/],
  },
  {
    why: "All BatchNorm kernels begin with the end of a part's rows, but the statistics do not use it.",
    of: [/^min for max: let last = min\(first \+ TERMS, N\)/],
  },
  {
    why: "All four components are equal there.",
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
    why: "The smallest coefficient changes the result by an ulp at most, and both formulas for tanh are exact around the point where they meet.",
    of: [
      /^(wrong digit|term dropped): return \(\(\(\(\(# \* r/,
      /^(wrong digit|edge off by one): return select\(select\(large, -large/,
    ],
  },
  {
    why: "The smallest normal number may be taken for one below it, since both count in the same steps; a mantissa next to √½ serves on either side; and one NaN is as good as another. That −2⁻¹⁴⁹ has no logarithm is seen by tests/gpu/rounding.test.ts.",
    of: [
      /^(edge off by one|wrong digit): let tiny = bits < 0x/,
      /^wrong digit: let k = \(scaled - 0x/,
      /^wrong digit: let pole = /,
    ],
  },
  {
    why: "Any shift near the maximum gives the same softmax; it need not be the maximum of this row as long as nothing overflows.",
    of: [
      /^\S.*: var top = logits\[n \* V\]/,
      /^min for max: let last = min\(first \+ TERMS, V\)/,
      /^.*: for \(var c = (#|first); c < (V|last); c\+\+\) \{ top = max/,
      /^\S.*: (partial\[.*\] = top;|for \(var l = #; l < PARTS; l\+\+\) \{ top = max)/,
    ],
  },
  {
    why: "At none of these inputs does rounding leave the last partial sum at the threshold, or a draw hit one exactly.",
    of: [
      /^(term dropped|sign flipped|constant − 1): var next = V - #;/,
      /^edge off by one: if \(cumulative > threshold\)/,
    ],
  },
];

/** A line that is removed says little by itself, so it has its number among equal lines. */
export const keyOf = ({ operator, line, becomes, nth }: Mutant): string =>
  `${operator}: ${template(line)} ⇒ ${template(becomes) || `nothing (no. ${nth})`}`;

/**
 * The survivors under their explanations.
 * @param seen mutants that did not survive
 * @param possible all mutants, tried or not
 * @throws Error for a survivor without an explanation, and for an explanation of a mutant that was seen or no longer exists
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
  // A mutant that was not tried may survive another time, when the sample is another.
  const seenIds = new Set(seen.map((m) => m.id));
  for (const pattern of explanations.flatMap((e) => e.of)) {
    const fits = (m: Mutant) => pattern.test(keyOf(m));
    if (survivors.some(fits) || possible.some((m) => fits(m) && !seenIds.has(m.id))) continue;
    const what = seen.some(fits) ? "only mutants that were seen" : "no mutant";
    problems.push(`an explanation matches ${what}: ${pattern}`);
  }
  if (problems.length > 0) throw new Error(`tests/mutation/survivors.ts: ${problems.join("\n")}`);
  return explained;
}
