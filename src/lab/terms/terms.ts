/**
 * What the page explains where it stands: words that somebody who has only seen the lecture does not know. `words` finds them in running
 * text, without its flags; a term without it is marked by hand. `says` is one to three plain sentences, shown when the word is pointed at.
 */
interface Explanation {
  readonly says: string;
  readonly words?: RegExp;
}

const declared = {
  wgsl: {
    words: /WGSL/,
    says: "The language of WebGPU's programs. It looks a little like Rust, and every kernel here is written in it by hand.",
  },
  kernel: {
    words: /[Kk]ernels?/,
    says: "A small program that the GPU runs many times at once, for instance once for each element of a tensor.",
  },
  cpuReference: {
    words: /CPU reference/,
    says: "The same operations as plain loops on the processor. It is slower, but it needs no GPU, and the kernels are compared with it.",
  },
  twin: {
    words: /CPU twins?/,
    says: "The same operation as plain loops on the processor. Each kernel has one, and is compared with it.",
  },
  path: {
    says: "How a training step is cut into kernels, the GPU's small programs. “chunked” runs every line of the notebook as a kernel of its own; “fused” does several lines in one, as exercises 2 and 3 do on paper; “single” does the whole step in one. All three compute the same step.",
  },
  fused: {
    words: /fused/,
    says: "Several lines of the notebook computed by one kernel, as exercises 2 and 3 do on paper. It saves time, because less is written to memory and read back.",
  },
  dispatch: {
    words: /dispatch(?:es|ed)?/,
    says: "One order to the GPU to run one kernel. Each costs a little time, so fewer of them make a faster step; below 1 means that one does several steps.",
  },
  workgroup: {
    words: /[Ww]orkgroups?/,
    says: "A group of a kernel's invocations that run together, share a little fast memory and can wait for each other.",
  },
  invocation: {
    words: /[Ii]nvocations?/,
    says: "One run of a kernel's text, for instance for one element of the result. Many go on at once.",
  },
  submit: {
    words: /submits?/,
    says: "The handing over of dispatches to the device. Each costs time too, so many steps go into one.",
  },
  readback: {
    words: /readback/,
    says: "Bringing numbers from the GPU back to the program, which has to wait for that.",
  },
  flops: {
    says: "Billions of additions and multiplications of float32 numbers in a second.",
  },
  bandwidth: {
    says: "Billions of bytes read and written in a second. A float32 number has four.",
  },
  fma: {
    words: /FMA/,
    says: "A multiplication and an addition in one instruction, which is how GPUs multiply matrices. It counts as two operations. A chain is a row of them, each of which needs the one before.",
  },
  median: {
    says: "The middle one of several measurements. The lowest and the highest beside it say how far it can be trusted.",
  },
  compiling: {
    says: "How long it took to make the path's kernels ready for this device, once. The browser or the driver may have kept them from an earlier time.",
  },
  parameters: {
    words: /parameters/,
    says: "The numbers that training changes: C, W1, b1, W2, b2, bngain and bnbias, all their elements counted.",
  },
  loss: {
    says: "How badly the network predicts: the mean of −ln(probability that it gave to the right next character). A guess among 27 equally likely ones has 3.30. This is a running mean over the last steps, because each minibatch is different.",
  },
  dev: {
    words: /dev/,
    says: "Words that the network is not trained on: a tenth of the list. Their loss shows whether it has learnt something general, or only its training words by heart.",
  },
  test: {
    says: "Another tenth of the words, which neither training nor the choice of settings looks at. Their loss is the last word on a network.",
  },
  split: {
    words: /splits?/,
    says: "The words are shuffled and split into train (80 %, for training), dev (10 %, to compare settings) and test (10 %, for the final judgement).",
  },
  minibatch: {
    words: /minibatch(?:es)?/,
    says: "The examples of one step, 32 unless you change it, drawn at random. Their loss jumps about, because each step has others.",
  },
  batchnorm: {
    words: /BatchNorm/,
    says: "The layer that gives every hidden neuron mean 0 and standard deviation 1 over the minibatch, then scales it by bngain and shifts it by bnbias.",
  },
  checkpoint: {
    words: /checkpoints?/,
    says: "A file with the weights, the settings and where the run stands. Here and on the command line a run goes on from it as if it had never stopped.",
  },
  saturated: {
    words: /saturated/,
    says: "A neuron whose tanh is almost −1 or 1, the orange bars. There tanh is flat, so almost no gradient gets through, and the neuron hardly learns.",
  },
  embedding: {
    words: /embedding/,
    says: "The row of numbers in C that stands for a character. Training moves it, and characters that behave alike end up near each other.",
  },
  pca: {
    words: /principal components/,
    says: "The directions in which the rows of C differ most from each other. A picture along the first two loses least of how far apart they are.",
  },
  ratio: {
    says: "In part 3 of the lectures: the updates of a parameter should be about a thousandth of its values, so the log10 of their ratio should be about −3. Far above it the learning rate is too high, far below it training is slow.",
  },
  std: {
    words: /std/,
    says: "Standard deviation: how far the numbers typically are from their mean.",
  },
  sgd: {
    words: /SGD/,
    says: "Stochastic gradient descent, the update of the lecture: each parameter minus the learning rate times its gradient.",
  },
  adamw: {
    words: /AdamW|adamw/,
    says: "An optimiser that scales each number's update by how large its gradients have been lately, and pulls the weights a little towards 0.",
  },
  momentum: {
    words: /[Mm]omentum/,
    says: "SGD that keeps going: a share of the last update is added to the next one, which smooths its direction.",
  },
  float32: {
    words: /float32/,
    says: "Numbers of 32 bits, about 7 decimal digits. GPUs and PyTorch compute with them.",
  },
  float64: {
    words: /float64/,
    says: "Numbers of 64 bits, about 16 decimal digits: precise enough to judge float32 by.",
  },
  ulp: {
    words: /ULPs?/,
    says: "The distance from one float32 number to the next, about a ten-millionth of the number. One ULP off is the smallest difference that there can be.",
  },
  rounding: {
    words: /roundings?/,
    says: "After each operation float32 keeps about 7 digits and rounds the rest away. How far that typically takes an element was measured, and is its unit here: an error of a few roundings is no mistake, one of thousands is.",
  },
  exact: {
    says: "Every element is the same number, to the last bit, as in the notebook's cmp.",
  },
  approximate: {
    says: "What torch.allclose says with its defaults, as in the notebook's cmp: each element within 1e-8 + 1e-5 × its size. It does not know how far rounding takes a tensor.",
  },
  maxdiff: {
    says: "The largest difference between an element and what it should be.",
  },
  guard: {
    words: /guard words/,
    says: "Numbers put behind the memory that a kernel may write to. If one of them changes, the kernel wrote too far.",
  },
  tolerance: {
    words: /tolerance/,
    says: "The difference from the CPU twin that rounding can explain. 100 % of it is still right.",
  },
  nan: {
    words: /NaN/,
    says: "“Not a number”, the result of, say, 0 divided by 0. A kernel that forgets to write an element leaves it there.",
  },
  adapter: {
    words: /[Aa]dapters?/,
    says: "What WebGPU computes on: a graphics card, the graphics part of a processor, or a program that imitates one.",
  },
  binding: {
    words: /[Bb]indings?/,
    says: "The arrays that a kernel reads and writes. It is given them by number.",
  },
  barrier: {
    words: /barriers?/,
    says: "A line at which the invocations of a workgroup wait until all have come there, so that each sees what the others have written.",
  },
  race: {
    words: /races?/,
    says: "Two invocations use the same memory at the same time, and at least one writes. What comes out depends on which is faster.",
  },
  broadcast: {
    words: /broadcast(?:s|ing)?/,
    says: "What PyTorch does when shapes differ: a row or column is used as if it were repeated. Backwards, the gradients of all its repetitions are added up.",
  },
} as const satisfies Readonly<Record<string, Explanation>>;

export type TermName = keyof typeof declared;
export const TERMS: Readonly<Record<TermName, Explanation>> = declared;
export const TERM_NAMES = Object.keys(declared) as TermName[];

const PARTS = TERM_NAMES.filter((name) => TERMS[name].words !== undefined);
/** A group for each term. */
const ANY = new RegExp(
  [...PARTS].map((name) => `(?<${name}>(?<![\\w.-])${TERMS[name].words!.source}(?![\\w-]|\\.\\w))`).join("|"),
  "g",
);

/** A stretch of text, and the term that it is, if it is one. */
export interface Piece {
  readonly text: string;
  readonly term?: TermName;
}

/** Cuts a text at the first occurrence of each term. Together the pieces are the text. */
export function explained(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  const seen = new Set<string>();
  let at = 0;
  for (const match of text.matchAll(ANY)) {
    const term = PARTS.find((name) => match.groups?.[name] !== undefined)!;
    if (seen.has(term)) continue;
    seen.add(term);
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: match[0], term });
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}
