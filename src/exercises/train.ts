/** Exercise 4: a network trained with the learner's gradients beside one trained with the right ones. */
import type { Split } from "../data/examples.ts";
import { stepPlan } from "../model/plans.ts";
import { CMP, PARAMETERS, type ParameterName, type Sizes, shapeOf } from "../model/tensors.ts";
import { largest } from "../plan/compare.ts";
import type { AnyArray, FloatArray } from "../plan/contract.ts";
import { type HostTensors, hostTensors, replayer } from "../plan/replay.ts";
import { TorchGenerator } from "../random/torch.ts";
import { configuration, requireSplit } from "../train/belong.ts";
import { DEFAULTS, learningRate, sizesOf, trainConfig } from "../train/config.ts";
import { initialState } from "../train/state.ts";
import { type Program, read, run } from "./dialect/index.ts";
import { expanded, Tensor } from "./dialect/tensor.ts";
import type { Value } from "./dialect/values.ts";
import { asTensor, sameness } from "./equal.ts";
import type { Source } from "./files.ts";
import { GRADIENTS, SIZE_NAMES } from "./names.ts";
import { asNotebook, renamedSizes } from "./passes.ts";
import type { LinesReport } from "./report.ts";
import type { CaseSizes } from "./types.ts";

/** What the training showed. */
export type Training = NonNullable<LinesReport["training"]>;

/** Trained with the text's gradients, and with the right ones. */
export interface Losses {
  readonly yours: number;
  readonly right: number;
}

/** The same with the losses, for people. */
export interface Trained extends Training {
  /** Mean loss of the last {@link SHOWN} minibatches. */
  readonly losses: Losses;
  /** Parameters whose gradient the text does not have, so that the right one took its place. */
  readonly lent: readonly ParameterName[];
  /** The step in which the loss of the text's network was no longer a number, if there is one. */
  readonly diverged: number | null;
}

/** Most steps of a training: those of a run's default, which takes minutes here. */
export const MOST_STEPS = DEFAULTS.steps;

/** What a text may cost in one step: fifty times what the notebook's lines do. */
const BUDGET = { budget: { computed: 10_000_000, alive: 4_000_000 }, steps: 400_000 } as const;

/** Milliseconds after which signals and the page's events get a turn. */
const PAUSE = 50;

/** Minibatches over which a loss is averaged: one alone scatters by a tenth. */
export const SHOWN = 100;

/** Gradients whose terms cancel to 0 in this network, and where those terms are: a rounding is a share of them. */
const TERMS: Readonly<Partial<Record<string, string>>> = { dlogit_maxes: "dnorm_logits", db1: "dhprebn" };

/**
 * Trains the network of the defaults twice on the same minibatches, in float64 on the CPU: with the gradients that `source` computes, and with
 * the right ones. In each step the text's gradients are compared with the right ones of its own network, so that one difference does not make
 * all later ones. Undefined if the text computes no gradient.
 * @param o.onStep called after each step with the number of steps done, and both networks' losses in it
 */
export async function trainBeside(
  source: Source,
  o: {
    readonly steps: number;
    readonly train: Split;
    readonly vocabulary: number;
    readonly onStep?: (done: number, losses: Losses) => void;
  },
): Promise<Trained | undefined> {
  const config = trainConfig();
  const sizes = sizesOf(config, o.vocabulary);
  requireSplit(o.train, configuration(sizes));
  const start = initialState(config, o.vocabulary);
  const generator = TorchGenerator.fromState(start.generator);
  const [yours, right] = [new Network(sizes), new Network(sizes)];
  for (const network of [yours, right]) network.load(start.parameters);
  const text = new Text(read(source), yours);
  const indices = new Uint32Array(config.batch);
  const losses = { yours: 0, right: 0 };
  let firstDifference: Training["firstDifference"] = null;
  let diverged: number | null = null;
  let lent: readonly ParameterName[] = [];
  let last = performance.now();
  for (let step = 0; step < o.steps; step++) {
    generator.randintInto(indices, o.train.length);
    const lr = learningRate(config, step);
    right.run(o.train, indices);
    right.update(lr, (name) => right.gradient(name));
    if (diverged === null) {
      yours.run(o.train, indices);
      if (!Number.isFinite(yours.loss)) diverged = step;
      else {
        const { gradients, different } = text.run();
        if (!text.hasGradients) return undefined;
        lent = PARAMETERS.filter((name) => !gradients.has(`d${name}`));
        if (different !== undefined) firstDifference ??= { step, tensor: different };
        yours.update(lr, (name) => gradients.get(`d${name}`) ?? yours.gradient(name));
      }
    }
    if (step >= o.steps - SHOWN) {
      losses.right += right.loss / Math.min(SHOWN, o.steps);
      losses.yours += yours.loss / Math.min(SHOWN, o.steps);
    }
    o.onStep?.(step + 1, { yours: yours.loss, right: right.loss });
    if (performance.now() - last > PAUSE) {
      await new Promise((resolve) => setTimeout(resolve));
      last = performance.now();
    }
  }
  return { steps: o.steps, firstDifference, losses, lent, diverged };
}

/** The verdict on a text with what its training showed. */
export const withTraining = (report: LinesReport, { steps, firstDifference }: Training): LinesReport => ({
  ...report,
  ok: report.ok && firstDifference === null,
  training: { steps, firstDifference },
});

/** A network on the host, with the chunked step's tensors. */
class Network {
  readonly sizes: Sizes;
  readonly arrays: HostTensors;
  readonly #step: () => void;

  constructor(sizes: Sizes) {
    const plan = stepPlan(sizes, "chunked", { update: false });
    this.sizes = sizes;
    this.arrays = hostTensors(plan, Float64Array);
    this.#step = replayer(plan, this.arrays);
  }

  get loss(): number {
    return this.#array("loss")[0];
  }

  load(parameters: Readonly<Record<ParameterName, FloatArray>>): void {
    for (const name of PARAMETERS) this.#array(name).set(parameters[name]);
  }

  /** One step forward and backward on these examples. */
  run(train: Split, indices: Uint32Array): void {
    train.gather(indices, this.#array("Xb") as Uint32Array, this.#array("Yb") as Uint32Array);
    this.#step();
  }

  /** Plain SGD. */
  update(lr: number, gradientOf: (name: ParameterName) => ArrayLike<number>): void {
    for (const name of PARAMETERS) {
      const [p, g] = [this.#array(name), gradientOf(name)];
      for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
    }
  }

  gradient(name: string): AnyArray {
    return this.#array(`d${name}`);
  }

  #array(name: string): AnyArray {
    return this.arrays.get(name)!;
  }
}

/** The learner's text, evaluated on a network's tensors. */
class Text {
  readonly #program: Program;
  readonly #given: ReadonlyMap<string, Value>;
  readonly #right: ReadonlyMap<string, Tensor>;
  /** Where a tensor's values are copied from before each run: tokens are whole numbers there. */
  readonly #tokens: readonly (readonly [to: Float64Array, from: AnyArray])[];
  /** Gradients that the text has had in some step. One that it lacks later is not right there. */
  readonly #known = new Set<string>();

  constructor(program: Program, { sizes, arrays }: Network) {
    const { batch: n, vocabulary, context, embedding, hidden } = sizes;
    const floats = (name: string, shape: readonly number[]): Tensor =>
      new Tensor("float", shape, { values: arrays.get(name) as Float64Array, version: 0 });
    const given = new Map<string, Value>(CMP.map((name) => [name, floats(name, shapeOf(name, sizes))]));
    given.set("loss", floats("loss", []));
    this.#right = new Map(CMP.map((name) => [`d${name}`, floats(`d${name}`, shapeOf(name, sizes))]));
    const indices = { Xb: [n, context], Yb: [n], logit_argmax: [n] };
    this.#tokens = Object.entries(indices).map(([name, shape]) => {
      const from = arrays.get(name)!;
      const values = new Float64Array(from.length);
      given.set(name, new Tensor("int64", shape, { values, version: 0 }));
      return [values, from] as const;
    });
    const numbers = { n, vocab_size: vocabulary, n_embd: embedding, block_size: context, n_hidden: hidden };
    for (const [size, names] of Object.entries(SIZE_NAMES))
      for (const name of names) given.set(name, BigInt(numbers[size as keyof CaseSizes]));
    for (const name of renamedSizes(program)) given.delete(name);
    this.#given = given;
    this.#program = asNotebook(program, { given, forward: new Set(CMP), asked: new Set(GRADIENTS) });
  }

  get hasGradients(): boolean {
    return this.#known.size > 0;
  }

  /** The gradients that the text has, in the shapes of their tensors, and the first that is not right. */
  run(): { gradients: ReadonlyMap<string, ArrayLike<number>>; different: string | undefined } {
    for (const [to, from] of this.#tokens) to.set(from);
    const { values } = run(this.#program, {
      given: this.#given,
      asked: new Set(GRADIENTS),
      standIns: this.#right,
      onError: "continue",
      ...BUDGET,
    });
    const gradients = new Map<string, ArrayLike<number>>();
    let different: string | undefined;
    for (const name of GRADIENTS) {
      const value = asTensor(values.get(name));
      if (!value && !this.#known.has(name)) continue;
      this.#known.add(name);
      const right = this.#right.get(name)!;
      const mine = value && fitted(value, right.shape);
      if (mine) gradients.set(name, mine);
      const terms = largest(this.#right.get(TERMS[name] ?? name)!.read());
      if (!mine || sameness(value, right, terms) === "different") different ??= name;
    }
    return { gradients, different };
  }
}

/** A tensor's values in a shape that it differs from by axes of size 1 in front, or by broadcasting. */
function fitted(value: Tensor, shape: readonly number[]): ArrayLike<number> | undefined {
  const lead = Math.max(0, value.ndim - shape.length);
  if (value.shape.slice(0, lead).some((size) => size !== 1)) return undefined;
  return expanded(value.as(value.shape.slice(lead), value.strides.slice(lead)), shape)?.read();
}
