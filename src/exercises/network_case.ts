/** A case on a network: its forward pass, gradients to compute from, and the right results by the plan's own calls. */
import { stepPlan } from "../model/plans.ts";
import { CMP, type CmpName, type Sizes, shapeOf } from "../model/tensors.ts";
import { largest } from "../plan/compare.ts";
import type { AnyArray, FloatArray } from "../plan/contract.ts";
import type { BoundCall, Plan } from "../plan/plan.ts";
import { bindArrays, hostTensors, replayer } from "../plan/replay.ts";
import { TorchGenerator } from "../random/torch.ts";
import type { Case, Right, Spec } from "./case.ts";
import { run } from "./dialect/index.ts";
import { type DType, Tensor } from "./dialect/tensor.ts";
import type { Value } from "./dialect/values.ts";
import { fill } from "./fill.ts";
import { GRADIENTS, SIZE_NAMES } from "./names.ts";
import { WARM_UP } from "./tasks/warm_up.ts";
import type { CaseSizes, Task } from "./types.ts";

/** BatchNorm's part of the backward pass: what exercise 3 makes one formula of. */
const BATCHNORM = ["dbnraw", "dbnvar_inv", "dbnvar", "dbndiff2", "dbndiff", "dbnmeani", "dhprebn"];

/** What a case is made of. */
interface Parts {
  readonly spec: Spec;
  readonly sizes: CaseSizes;
  readonly plan: Plan;
  /** The plan's tensors after the forward pass; and their magnitudes, for the size of the terms. */
  readonly forward: ReadonlyMap<string, AnyArray>;
  readonly magnitudes: ReadonlyMap<string, AnyArray>;
  readonly given: ReadonlyMap<string, Value>;
  readonly gradients: ReadonlyMap<string, FloatArray>;
  readonly warmUp: {
    readonly given: ReadonlyMap<string, Value>;
    readonly gradients: ReadonlyMap<string, Tensor>;
  };
}

export class NetworkCase implements Case {
  readonly #parts: Parts;
  readonly #standIns = new Map<Task["exercise"], ReadonlyMap<string, Tensor>>();
  readonly #right = new Map<string, Right>();

  static of(spec: Spec): NetworkCase {
    const { upstream, floats = Float64Array } = spec;
    const random = new TorchGenerator(spec.seed);
    const plan = stepPlan(spec.sizes, "chunked", { update: false });
    const arrays = hostTensors(plan, floats);
    const step = replayer(plan, arrays);
    fill(arrays, spec, random, step);
    step();
    const forward = new Map([...arrays].filter(([name]) => !isGradient(name)));
    const gradients = new Map<string, FloatArray>();
    for (const name of GRADIENTS) {
      const own = (arrays.get(name) as FloatArray).slice();
      const drawn = floats.from(random.randn(own.length));
      const isRandom = upstream === "random" || (upstream === "chain" && name === "dlogit_maxes");
      gradients.set(name, isRandom ? drawn : own);
    }
    const sizes = caseSizes(spec.sizes);
    const numbers = numbersOf(sizes);
    return new NetworkCase({
      spec,
      sizes,
      plan,
      forward,
      magnitudes: magnitudes(forward),
      given: new Map<string, Value>([...numbers, ...forwardTensors(spec.sizes, forward)]),
      gradients,
      warmUp: warmUpOf(sizes, numbers, random),
    });
  }

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.spec.name;
  }

  get sizes(): CaseSizes {
    return this.#parts.sizes;
  }

  get extreme(): boolean {
    return this.#parts.spec.extreme ?? false;
  }

  get given(): ReadonlyMap<string, Value> {
    return this.#parts.given;
  }

  get warmUp(): ReadonlyMap<string, Value> {
    return this.#parts.warmUp.given;
  }

  following(from: ReadonlySet<string>): Case {
    const gradients = new Map(this.#parts.gradients);
    const following = new Set<string>();
    for (const name of GRADIENTS) {
      const follows = from.size === 0 || this.#upstreamOf(name).some((each) => following.has(each));
      if (follows) gradients.set(name, this.#lines([name], gradients).tensor.read() as FloatArray);
      if (follows || from.has(name)) following.add(name);
    }
    return new NetworkCase({ ...this.#parts, gradients });
  }

  /** The gradients that the line of one is made of. */
  #upstreamOf(name: string): string[] {
    if (name === "demb") return ["dembcat"];
    const { args } = callFor(this.#parts.plan, name);
    return Object.values(args).filter((each) => each !== name && GRADIENTS.includes(each));
  }

  standIns(exercise: Task["exercise"]): ReadonlyMap<string, Tensor> {
    if (exercise === 0) return this.#parts.warmUp.gradients;
    let found = this.#standIns.get(exercise);
    if (!found) {
      const { spec, gradients } = this.#parts;
      const all = new Map<string, Tensor>();
      for (const [name, values] of gradients)
        all.set(name, tensor("float", shapeOf(name.slice(1) as CmpName, spec.sizes), values));
      // Exercise 3 starts at dhpreact, so that dbnraw is what follows from it.
      if (exercise === 3) all.set("dbnraw", this.#lines(["dbnraw"]).tensor);
      found = all;
      this.#standIns.set(exercise, found);
      for (const step of spec.steps ?? [])
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
  #lines(names: readonly string[], gradients = this.#parts.gradients): Right {
    const own = new Map<string, AnyArray>();
    const terms = new Map<string, AnyArray>();
    const upstream = new Map<string, AnyArray>(gradients);
    const sizeOfUpstream = magnitudes(upstream);
    for (const name of names) {
      if (name === "demb") {
        // A view of the plan: no call makes it.
        own.set(name, upstream.get("dembcat")!);
        terms.set(name, sizeOfUpstream.get("dembcat")!);
        continue;
      }
      const call = callFor(this.#parts.plan, name);
      own.set(name, compute(call, name, [own, upstream, this.#parts.forward]));
      terms.set(name, magnitude(compute(call, name, [terms, sizeOfUpstream, this.#parts.magnitudes])));
    }
    const last = names[names.length - 1];
    const shape = shapeOf(last.slice(1) as CmpName, this.#parts.spec.sizes);
    return { tensor: tensor("float", shape, own.get(last) as FloatArray), terms: largest(terms.get(last)!) };
  }

  /** Exercise 2: the probabilities, minus 1 at the target, over n. */
  #softmax(): Right {
    const { batch, vocabulary } = this.#parts.spec.sizes;
    const values = Float64Array.from(this.#parts.forward.get("probs")!);
    const targets = this.#parts.forward.get("Yb")!;
    for (let i = 0; i < batch; i++) values[i * vocabulary + targets[i]] -= 1;
    for (let i = 0; i < values.length; i++) values[i] /= batch;
    return { tensor: tensor("float", [batch, vocabulary], values), terms: 1 / batch };
  }
}

const caseSizes = ({ batch, vocabulary, embedding, context, hidden }: Sizes): CaseSizes => ({
  n: batch,
  vocab_size: vocabulary,
  n_embd: embedding,
  block_size: context,
  n_hidden: hidden,
});

/** Sizes under all their names. */
const numbersOf = (sizes: CaseSizes): [string, Value][] =>
  Object.entries(SIZE_NAMES).flatMap(([size, names]) =>
    names.map((name): [string, Value] => [name, BigInt(sizes[size as keyof CaseSizes])]),
  );

function forwardTensors(sizes: Sizes, forward: ReadonlyMap<string, AnyArray>): Map<string, Tensor> {
  const out = new Map<string, Tensor>();
  for (const name of CMP)
    out.set(name, tensor("float", shapeOf(name, sizes), forward.get(name) as FloatArray));
  const { batch, context } = sizes;
  const indices: Record<string, number[]> = { Xb: [batch, context], Yb: [batch], logit_argmax: [batch] };
  for (const [name, shape] of Object.entries(indices))
    out.set(name, tensor("int64", shape, Float64Array.from(forward.get(name)!)));
  out.set("loss", tensor("float", [], forward.get("loss") as FloatArray));
  for (const [name, value] of out) value.name = name;
  return out;
}

/** The warm-up's own forward pass, and random gradients of its results. */
function warmUpOf(
  sizes: CaseSizes,
  numbers: readonly [string, Value][],
  random: TorchGenerator,
): Parts["warmUp"] {
  const draw = (shape: readonly number[]): Tensor =>
    tensor("float", shape, Float64Array.from(random.randn(shape.reduce((a, b) => a * b, 1))));
  const given = new Map<string, Value>(numbers);
  for (const [name, shapeIn] of Object.entries(WARM_UP.drawn)) given.set(name, draw(shapeIn(sizes)));
  const gradients = new Map<string, Tensor>();
  for (const [name, line] of Object.entries(WARM_UP.lines)) {
    const value = run(line, { given, asked: new Set([name]) }).values.get(name) as Tensor;
    given.set(name, value);
    gradients.set(`d${name}`, draw(value.shape));
  }
  return { given, gradients };
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
