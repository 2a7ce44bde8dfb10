/** The whole step's kernel cut into its phases, where its own text marks them. */
import type { PhaseName } from "../../../shaders/single/layout.ts";

export interface Phase {
  readonly title: string;
  readonly says: string;
  /** Its first line, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** In the order of the text. Each begins at the first line after the one before that is so. */
const PHASES: readonly (Pick<Phase, "title" | "says"> & {
  readonly begins: RegExp;
  /** Its name in the text's generator, if it can be timed. */
  readonly name?: PhaseName;
})[] = [
  {
    title: "Bindings, sizes, exp, tanh and log",
    says: "All sizes are constants. What the workgroup shares lies in its own memory as far as that has room, and in scratch beyond.",
    begins: /^/m,
  },
  {
    name: "fetch",
    title: "The weights move in",
    says: "Each hidden unit's weights into a column of its own: W1 and b1, then W2, then bngain and bnbias. An invocation owns whole columns.",
    begins: /^@compute/m,
  },
  {
    name: "emb",
    title: "emb = C[Xb]",
    says: "From here on, once for every step: the minibatch's rows of the table.",
    begins: /^ *\/\/ emb = C\[Xb\]/m,
  },
  {
    title: "Forward, then backward",
    says: "Both have the same products, so what follows runs twice: back is 0, then 1.",
    begins: /^ *\/\/ Forward, then backward/m,
  },
  {
    name: "first",
    title: "First product: hprebn, then dh",
    says: "hprebn = embcat @ W1 + b1 on the way forward; dh = dlogits @ W2.T on the way back.",
    begins: /^ *\/\/ Forward: hprebn = /m,
  },
  {
    name: "norm",
    title: "BatchNorm and tanh, then exercise 3",
    says: "Forward: mean and variance down each column, bnraw, h. Backward: dhpreact, its two sums, which are dbnbias and dbngain, and dhprebn in one formula.",
    begins: /^ *\/\/ Two sums down each column/m,
  },
  {
    name: "second",
    title: "Second product: logits, then demb",
    says: "logits = h @ W2 on the way forward; demb = dhprebn @ W1.T on the way back.",
    begins: /^ *\/\/ Forward: logits = /m,
  },
  {
    name: "softmax",
    title: "Softmax cross-entropy, exercise 2",
    says: "An invocation for every four examples: their losses, and their rows of dlogits.",
    begins: /^ *\/\/ Softmax cross-entropy/m,
  },
  {
    name: "weights",
    title: "dW1, db1 and dW2",
    says: "Four rows of each owned column at a time, and at once what is done with a gradient.",
    begins: /^ *for \(var half = 0u/m,
  },
  {
    name: "vectors",
    title: "dbngain, dbnbias and db2",
    says: "The first two were summed on the way.",
    begins: /^ *if \(rb == 0u\)/m,
  },
  {
    name: "table",
    title: "dC",
    says: "One invocation for each column of the table; positions in order, so that every run adds up the same.",
    begins: /^ *\/\/ dC, one invocation/m,
  },
  {
    name: "loss",
    title: "The loss",
    says: "The examples' losses, added up in blocks.",
    begins: /^ *if \(index == 0u\)/m,
  },
  {
    name: "store",
    title: "The weights move back",
    says: "After the last step, into the arena.",
    begins: /^ {2}for \(var i = index/m,
  },
];

/** What those phases are called that can be timed. */
export const TITLES = {
  ...Object.fromEntries(PHASES.map(({ name, title }) => [name, title])),
  barriers: "Barriers between the phases",
} as Readonly<Record<PhaseName, string>>;

/** The phases that a text has, which together are all of it. */
export function phasesOf(wgsl: string): Phase[] {
  const starts: { readonly phase: (typeof PHASES)[number]; readonly at: number }[] = [];
  for (const phase of PHASES) {
    const from = starts.length === 0 ? 0 : wgsl.indexOf("\n", starts.at(-1)!.at) + 1;
    const found = wgsl.slice(from).search(phase.begins);
    if (found >= 0) starts.push({ phase, at: from + found });
  }
  return starts.map(({ phase: { title, says }, at }, i) => ({
    title,
    says,
    line: wgsl.slice(0, at).split("\n").length,
    text: wgsl.slice(at, starts[i + 1]?.at).trimEnd(),
  }));
}
