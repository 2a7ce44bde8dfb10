/**
 * What a line is judged on: networks of several sizes with their forward values, gradients to compute from, and the right results.
 *
 * One step of the chain rule has to be right for any values of the gradients that it uses, so in most cases these are random and have
 * nothing to do with one another. The right result is then a vector-Jacobian product: one call of the step's plan through its CPU twin.
 */
import { drawParameters } from "../model/initial.ts";
import { stepPlan } from "../model/plans.ts";
import { CMP, type CmpName, PARAMETERS, type ParameterName, type Sizes, shapeOf } from "../model/tensors.ts";
import { largest } from "../plan/compare.ts";
import type { AnyArray, FloatArray } from "../plan/contract.ts";
import type { BoundCall, Plan } from "../plan/plan.ts";
import { bindArrays, hostTensors, replayer } from "../plan/replay.ts";
import { TorchGenerator } from "../random/torch.ts";
import { DEFAULTS } from "../train/config.ts";
import { run } from "./dialect/index.ts";
import { type DType, Tensor } from "./dialect/tensor.ts";
import type { Value } from "./dialect/values.ts";
import { FIRST_XB, FIRST_YB } from "./minibatch.ts";
import { WARM_UP } from "./tasks/warm_up.ts";
import type { CaseSizes, Task } from "./types.ts";

/** What the sizes are called: by the notebook first, then by people. All of them are known to every line. */
export const SIZE_NAMES: Readonly<Record<keyof CaseSizes, readonly string[]>> = {
  n: ["n", "batch_size", "N", "B", "BATCH_SIZE"],
  vocab_size: ["vocab_size", "V"],
  n_embd: ["n_embd", "E"],
  block_size: ["block_size", "T"],
  n_hidden: ["n_hidden", "H"],
};

/** The notebook's sizes at hidden 64. */
export const NOTEBOOK_SIZES: Sizes = { vocabulary: 27, context: 3, embedding: 10, hidden: 64, batch: 32 };

/** The gradients of exercise 1, in the notebook's order. */
export const GRADIENTS: readonly string[] = CMP.map((name) => `d${name}`);

/** BatchNorm's part of the backward pass: what exercise 3 makes one formula of. */
const BATCHNORM = ["dbnraw", "dbnvar_inv", "dbnvar", "dbndiff2", "dbndiff", "dbnmeani", "dhprebn"];

/** A tensor that is this share of its terms or less is 0 but for rounding: nothing follows from what is computed of it. */
const VANISHING = 1e-6;

/** A right result. */
export interface Right {
  readonly tensor: Tensor;
  /**
   * How large the terms are that add up to an element, at most: roundings, and what still counts as equal, are shares of it. It is the
   * terms' sum without their signs.
   */
  readonly terms: number;
}

export interface Case {
  /** For people: "N 5, V 7, T 2, E 3, H 11". */
  readonly name: string;
  readonly sizes: CaseSizes;
  /** Forward tensors and sizes, as a text may use them. */
  readonly given: ReadonlyMap<string, Value>;
  /** The same for the warm-up, which has a small forward pass of its own. */
  readonly warmUp: ReadonlyMap<string, Value>;
  /** The gradients to compute from where a task of this exercise is judged. */
  standIns(exercise: Task["exercise"]): ReadonlyMap<string, Tensor>;
  /** What a task's line has to give. */
  right(task: Task): Right;
}

type Upstream =
  /** Independent of one another. */
  | "random"
  /** What this network's loss gives, line by line. */
  | "own"
  /** The same, but a gradient that vanishes in every network is random: whoever uses it wrongly should not be right by accident. */
  | "chain";

interface Spec {
  readonly name: string;
  readonly sizes: Sizes;
  readonly seed: number;
  readonly upstream: Upstream;
  /** Tasks whose gradients stand in beside those of exercise 1: the steps on the way, like the three terms of exercise 3. */
  readonly steps?: readonly Task[];
  readonly notebook?: true;
  /** No token occurs twice. */
  readonly distinct?: true;
  /** Logits reach ±80, and some columns have a variance near BatchNorm's ε. */
  readonly extreme?: true;
  readonly floats?: typeof Float32Array | typeof Float64Array;
}

const SMALL: Sizes = { batch: 5, vocabulary: 7, context: 2, embedding: 3, hidden: 11 };
const PAIR: Sizes = { batch: 2, vocabulary: 11, context: 3, embedding: 5, hidden: 7 };

const sizesText = (s: Sizes): string =>
  `N ${s.batch}, V ${s.vocabulary}, T ${s.context}, E ${s.embedding}, H ${s.hidden}`;

/** `check`'s first minibatch with the gradients of its own loss: what the notebook's `cmp` sees. */
export const notebookCase = (
  steps: readonly Task[] = [],
  floats: typeof Float32Array | typeof Float64Array = Float64Array,
): Case =>
  new NetworkCase({
    name: "the first minibatch",
    sizes: NOTEBOOK_SIZES,
    seed: 1,
    upstream: "own",
    notebook: true,
    steps,
    floats,
  });

/** The cases in which one step of the chain rule is right. The first two have the notebook's sizes. */
export const hiddenCases = (steps: readonly Task[] = []): Case[] => [
  notebookCase(steps),
  new NetworkCase({
    name: "the first minibatch, random gradients",
    sizes: NOTEBOOK_SIZES,
    seed: 2,
    upstream: "random",
    notebook: true,
    steps,
  }),
  new NetworkCase({ name: sizesText(SMALL), sizes: SMALL, seed: 3, upstream: "random", steps }),
  new NetworkCase({
    name: `${sizesText(SMALL)}, logits of ±80, variances near ε`,
    sizes: SMALL,
    seed: 4,
    upstream: "random",
    extreme: true,
    steps,
  }),
  new NetworkCase({
    name: `${sizesText(PAIR)}, no token twice`,
    sizes: PAIR,
    seed: 5,
    upstream: "random",
    distinct: true,
    steps,
  }),
];

/** Backward from the loss: where a line is right that is true in this network and not a step of the chain rule. */
export const chainCases = (steps: readonly Task[] = []): Case[] => [
  new NetworkCase({
    name: "the first minibatch",
    sizes: NOTEBOOK_SIZES,
    seed: 6,
    upstream: "chain",
    notebook: true,
    steps,
  }),
  new NetworkCase({ name: sizesText(SMALL), sizes: SMALL, seed: 7, upstream: "chain", steps }),
  new NetworkCase({
    name: `${sizesText(PAIR)}, no token twice`,
    sizes: PAIR,
    seed: 8,
    upstream: "chain",
    distinct: true,
    steps,
  }),
];

/** Whether a result is 0 but for rounding. */
export const vanishes = ({ tensor, terms }: Right): boolean => largest(tensor.read()) <= VANISHING * terms;

class NetworkCase implements Case {
  readonly name: string;
  readonly sizes: CaseSizes;
  readonly given: ReadonlyMap<string, Value>;
  readonly warmUp: ReadonlyMap<string, Value>;
  readonly #spec: Spec;
  readonly #plan: Plan;
  readonly #random: TorchGenerator;
  /** The plan's tensors after the forward pass; and their magnitudes, for the size of the terms. */
  readonly #forward: ReadonlyMap<string, AnyArray>;
  readonly #magnitudes: ReadonlyMap<string, AnyArray>;
  readonly #gradients = new Map<string, FloatArray>();
  readonly #standIns = new Map<Task["exercise"], ReadonlyMap<string, Tensor>>();
  readonly #right = new Map<string, Right>();

  constructor(spec: Spec) {
    const { sizes, upstream } = spec;
    const floats = spec.floats ?? Float64Array;
    this.#spec = spec;
    this.name = spec.name;
    this.sizes = {
      n: sizes.batch,
      vocab_size: sizes.vocabulary,
      n_embd: sizes.embedding,
      block_size: sizes.context,
      n_hidden: sizes.hidden,
    };
    this.#random = new TorchGenerator(spec.seed);
    this.#plan = stepPlan(sizes, "chunked", { update: false });
    const arrays = hostTensors(this.#plan, floats);
    fill(arrays, spec, this.#random, () => replayer(this.#plan, arrays)());
    replayer(this.#plan, arrays)();
    this.#forward = new Map([...arrays].filter(([name]) => !isGradient(name)));
    this.#magnitudes = magnitudes(this.#forward);
    const own = new Map(GRADIENTS.map((name) => [name, (arrays.get(name) as FloatArray).slice()]));
    for (const name of GRADIENTS) {
      const drawn = floats.from(this.#draw(own.get(name)!.length));
      const random = upstream === "random" || (upstream === "chain" && name === "dlogit_maxes");
      this.#gradients.set(name, random ? drawn : own.get(name)!);
    }
    const numbers = Object.entries(SIZE_NAMES).flatMap(([size, names]) =>
      names.map((name): [string, Value] => [name, BigInt(this.sizes[size as keyof CaseSizes])]),
    );
    this.given = new Map([...numbers, ...this.#forwardTensors()]);
    this.warmUp = new Map([...numbers, ...this.#warmUpTensors(numbers)]);
  }

  standIns(exercise: Task["exercise"]): ReadonlyMap<string, Tensor> {
    let found = this.#standIns.get(exercise);
    if (!found) {
      const all = new Map<string, Tensor>();
      if (exercise === 0) {
        for (const name of Object.keys(WARM_UP.lines)) {
          const { shape, numel } = this.warmUp.get(name) as Tensor;
          all.set(`d${name}`, tensor("float", shape, Float64Array.from(this.#draw(numel))));
        }
      } else {
        for (const [name, values] of this.#gradients)
          all.set(name, tensor("float", shapeOf(name.slice(1) as CmpName, this.#spec.sizes), values));
        // Exercise 3 starts at dhpreact, so that dbnraw is what follows from it.
        if (exercise === 3) all.set("dbnraw", this.#lines(["dbnraw"]).tensor);
      }
      found = all;
      this.#standIns.set(exercise, found);
      for (const step of this.#spec.steps ?? [])
        if (step.exercise === exercise && step.stepOf !== undefined)
          all.set(step.name, this.right(step).tensor);
    }
    return found;
  }

  right(task: Task): Right {
    const key = `${task.exercise} ${task.name}`;
    let found = this.#right.get(key);
    if (!found) {
      found = this.#compute(task);
      this.#right.set(key, found);
    }
    return found;
  }

  #compute(task: Task): Right {
    const { name, exercise } = task;
    const known = GRADIENTS.includes(name);
    if (exercise === 1 && known) return this.#lines([name]);
    if (exercise === 2 && name === "dlogits") return this.#softmax();
    if (exercise === 3 && BATCHNORM.includes(name))
      return this.#lines(BATCHNORM.slice(0, BATCHNORM.indexOf(name) + 1));
    // A step on the way, or the warm-up: the line itself says what it is.
    const { values } = run(task.spellings[0], {
      given: exercise === 0 ? this.warmUp : this.given,
      asked: new Set([...this.standIns(exercise).keys(), name]),
      standIns: this.standIns(exercise),
      only: name,
    });
    const value = values.get(name);
    if (!(value instanceof Tensor))
      throw new Error(`${name} of exercise ${exercise}: its first spelling makes no tensor`);
    return { tensor: value, terms: largest(value.read()) };
  }

  /** The lines that make these gradients, one after the other, from the case's gradients. */
  #lines(names: readonly string[]): Right {
    const own = new Map<string, AnyArray>();
    const terms = new Map<string, AnyArray>();
    const upstream = new Map<string, AnyArray>(this.#gradients);
    const sizeOfUpstream = magnitudes(upstream);
    for (const name of names) {
      if (name === "demb") {
        // A view of the plan: no call makes it.
        own.set(name, upstream.get("dembcat")!);
        terms.set(name, sizeOfUpstream.get("dembcat")!);
        continue;
      }
      const call = callFor(this.#plan, name);
      own.set(name, compute(call, name, [own, upstream, this.#forward]));
      terms.set(name, magnitude(compute(call, name, [terms, sizeOfUpstream, this.#magnitudes])));
    }
    const last = names[names.length - 1];
    const shape = shapeOf(last.slice(1) as CmpName, this.#spec.sizes);
    return { tensor: tensor("float", shape, own.get(last) as FloatArray), terms: largest(terms.get(last)!) };
  }

  /** Exercise 2: the probabilities, minus 1 at the target, over n. */
  #softmax(): Right {
    const { batch, vocabulary } = this.#spec.sizes;
    const values = Float64Array.from(this.#forward.get("probs")!);
    const targets = this.#forward.get("Yb")!;
    for (let i = 0; i < batch; i++) values[i * vocabulary + targets[i]] -= 1;
    for (let i = 0; i < values.length; i++) values[i] /= batch;
    return { tensor: tensor("float", [batch, vocabulary], values), terms: 1 / batch };
  }

  #forwardTensors(): Map<string, Tensor> {
    const out = new Map<string, Tensor>();
    for (const name of CMP) {
      out.set(name, tensor("float", shapeOf(name, this.#spec.sizes), this.#forward.get(name) as FloatArray));
    }
    const { batch, context } = this.#spec.sizes;
    const indices: Record<string, number[]> = { Xb: [batch, context], Yb: [batch], logit_argmax: [batch] };
    for (const [name, shape] of Object.entries(indices))
      out.set(name, tensor("int64", shape, Float64Array.from(this.#forward.get(name)!)));
    out.set("loss", tensor("float", [], this.#forward.get("loss") as FloatArray));
    for (const [name, value] of out) value.name = name;
    return out;
  }

  #warmUpTensors(numbers: Iterable<[string, Value]>): Map<string, Value> {
    const out = new Map<string, Value>();
    for (const [name, shapeIn] of Object.entries(WARM_UP.drawn)) {
      const shape = shapeIn(this.sizes);
      const count = shape.reduce((product, extent) => product * extent, 1);
      out.set(name, tensor("float", shape, Float64Array.from(this.#draw(count))));
    }
    for (const [name, line] of Object.entries(WARM_UP.lines)) {
      const { values } = run(line, { given: new Map([...numbers, ...out]), asked: new Set([name]) });
      out.set(name, values.get(name)!);
    }
    return out;
  }

  #draw(count: number): number[] {
    return Array.from(this.#random.randn(count));
  }
}

/** The parameters and the minibatch. `forward` runs the step on what is there so far. */
function fill(
  arrays: ReadonlyMap<string, AnyArray>,
  spec: Spec,
  random: TorchGenerator,
  forward: () => void,
): void {
  const { sizes } = spec;
  const put = (name: string, values: ArrayLike<number>): void => arrays.get(name)!.set(values);
  if (spec.notebook) {
    const parameters = drawParameters(
      sizes,
      new TorchGenerator(DEFAULTS.seed),
      new TorchGenerator(DEFAULTS.bnSeed),
    );
    for (const name of PARAMETERS) put(name, parameters[name]);
    put("Xb", FIRST_XB);
    put("Yb", FIRST_YB);
    return;
  }
  const { batch, context, embedding, vocabulary, hidden } = sizes;
  const spread: Record<ParameterName, number> = {
    C: 1,
    W1: (context * embedding) ** -0.5,
    b1: 0.3,
    W2: 2 * hidden ** -0.5,
    b2: 0.3,
    bngain: 0.3,
    bnbias: 0.3,
  };
  for (const name of PARAMETERS) {
    const middle = name === "bngain" ? 1 : 0;
    put(
      name,
      Array.from(random.randn(arrays.get(name)!.length), (z) => middle + spread[name] * z),
    );
  }
  if (spec.distinct) put("Xb", shuffled(vocabulary, random).slice(0, batch * context));
  else put("Xb", random.randint(vocabulary, batch * context));
  put("Yb", random.randint(vocabulary, batch));
  if (spec.extreme) {
    const W1 = arrays.get("W1")!;
    // Every third neuron's sums spread by about √ε.
    for (let i = 0; i < W1.length; i++) if ((i % hidden) % 3 === 1) W1[i] *= 3e-3;
    forward();
    const factor = 80 / largest(arrays.get("logits")!);
    for (const name of ["W2", "b2"])
      put(
        name,
        Array.from(arrays.get(name)!, (value) => factor * value),
      );
  }
}

/** 0 … count − 1 in a random order. */
function shuffled(count: number, random: TorchGenerator): number[] {
  const order = Array.from(random.rand(count));
  return [...order.keys()].sort((i, j) => order[i] - order[j]);
}

const isGradient = (name: string): boolean => name === "gradients" || GRADIENTS.includes(name);

const tensor = (dtype: DType, shape: readonly number[], values: FloatArray): Tensor =>
  new Tensor(dtype, shape, { values, version: 0 });

const magnitude = (values: AnyArray): AnyArray =>
  values instanceof Uint32Array ? values : values.map(Math.abs);

const magnitudes = (arrays: ReadonlyMap<string, AnyArray>): Map<string, AnyArray> =>
  new Map([...arrays].map(([name, values]) => [name, magnitude(values)]));

/** The plan's call that makes a tensor. */
function callFor({ calls }: Plan, name: string): BoundCall {
  const found = calls.find(({ op, args }) =>
    Object.entries(op.bindings).some(([formal, { access }]) => access === "write" && args[formal] === name),
  );
  if (!found) throw new Error(`no call of the step makes ${name}`);
  return found;
}

/** Runs a call, with what it reads taken from the first of the sources that has it, and returns what it writes. */
function compute(call: BoundCall, name: string, sources: readonly ReadonlyMap<string, AnyArray>[]): AnyArray {
  const arrays = new Map<string, AnyArray>();
  for (const read of Object.values(call.args))
    if (read !== name) arrays.set(read, sources.find((source) => source.has(read))!.get(read)!);
  const [first] = sources.map((source) => source.get(name)).filter((values) => values !== undefined);
  const out = first!.slice().fill(0);
  arrays.set(name, out);
  for (const { op, args, dims } of bindArrays({ calls: [call] }, arrays)) op.twin(args, dims);
  return out;
}
