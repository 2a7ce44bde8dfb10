/** A network trained with the learner's kernel in the place of this package's own, beside one trained with nothing but our kernels. */
import type { Split } from "../../data/examples.ts";
import { GpuFault, StaleError } from "../../gpu/faults.ts";
import type { Parameters } from "../../model/tensors.ts";
import type { Executable, StepInputs } from "../../plan/executable.ts";
import type { Machine } from "../../plan/machine.ts";
import { TorchGenerator } from "../../random/torch.ts";
import { configuration, requireSplit } from "../../train/belong.ts";
import { learningRate, sizesOf, trainConfig } from "../../train/config.ts";
import { uploadParameters } from "../../train/parameters.ts";
import { initialState } from "../../train/state.ts";
import { SHOWN } from "../train.ts";
import type { Learned } from "./counted.ts";
import { kernelTask } from "./judge.ts";
import { type Learner, learner } from "./learner.ts";
import { referencePlan } from "./plan.ts";
import { requireKernel, requireOwnNames, requireShort, TextError } from "./refused.ts";
import { atPlace, type KernelReport } from "./report.ts";
import { scan } from "./scan.ts";
import type { KernelTask } from "./types.ts";
import { type Difference, Witness } from "./witness.ts";

/** Losses of both networks: with the learner's kernel, and with our own. */
export interface KernelLosses {
  readonly yours: number;
  readonly right: number;
}

export interface KernelTrainOptions {
  /** The exercise: an operation such as `batchnorm.backward`, or `repair.race`. */
  readonly op: string;
  /** On a device: that of `openMachine("gpu")`, or `gpuMachine` with one of the caller's. */
  readonly machine: Machine;
  readonly steps: number;
  /** The examples and the number of characters: `buildDataset(…, { context: 3 })` has both. */
  readonly train: Split;
  readonly vocabulary: number;
  /** Called after each step with the number of steps done, and both networks' losses in it; the learner's is NaN once its training has ended. */
  readonly onStep?: (done: number, losses: KernelLosses) => void;
}

/** What the training showed. */
export interface KernelTrained {
  readonly steps: number;
  /** The first tensor that is further from the right one than rounding explains, in its first step, with its worst element. */
  readonly firstDifference: Difference | null;
  /** Mean losses of the last {@link SHOWN} steps. */
  readonly losses: KernelLosses;
  /** Why the learner's network did not train to the end, if so, and the step, from 0, in which that showed. */
  readonly ended: {
    readonly step: number;
    readonly why: "endless" | "diverged" | "lost";
    /** Begins with its line if it is about a loop. */
    readonly message: string;
  } | null;
}

/** Steps of the reference in one submit. */
const BLOCK = 20;

/**
 * Trains the network of the defaults twice on `machine`, from the same start and on the same minibatches: with `text` in the place of an
 * operation's plain kernel, and with that kernel. In each step the text's results are compared with the right ones for the inputs that it had,
 * so that one difference does not make all later ones. The text's loops are counted, and a training in which one does not end, or in which the
 * loss is no number any more, ends; the other one goes on.
 * @throws Error for an exercise that there is not, or a machine without a device
 * @throws TextError for a text that is no kernel: its message is one line
 */
export async function trainKernelBeside(text: string, o: KernelTrainOptions): Promise<KernelTrained> {
  const task = kernelTask(o.op);
  if (o.machine.backend !== "gpu") throw new Error(`${o.machine.name} runs no kernels: open a WebGPU device`);
  try {
    return await trainKernel(learned(text, task), o);
  } catch (error) {
    if (error instanceof TextError) throw new TextError(atPlace(error.place, error.message), error.place);
    throw error;
  }
}

/** @throws TextError */
function learned(text: string, task: KernelTask): Learned {
  requireShort(text);
  const read = scan(text);
  requireOwnNames(read, new Set(Object.keys(task.computation.bindings)));
  return { scan: read, task, size: requireKernel(read) };
}

async function trainKernel(kernel: Learned, o: KernelTrainOptions): Promise<KernelTrained> {
  const config = trainConfig();
  const sizes = sizesOf(config, o.vocabulary);
  requireSplit(o.train, configuration(sizes));
  const start = initialState(config, o.vocabulary);
  const right = await o.machine.compile(referencePlan(sizes));
  let yours: Network | undefined;
  try {
    yours = new Network(await learner(o.machine, sizes, kernel), start.parameters);
    uploadParameters(right, start.parameters);
    return await train({ ...o, right, yours, start: start.generator, batch: config.batch });
  } finally {
    right.close();
    yours?.close();
  }
}

interface Networks extends KernelTrainOptions {
  readonly right: Executable;
  readonly yours: Network;
  /** Of the generator that draws the minibatches. */
  readonly start: Uint8Array;
  readonly batch: number;
}

async function train(o: Networks): Promise<KernelTrained> {
  const config = trainConfig();
  const generator = TorchGenerator.fromState(o.start);
  const last = Math.min(SHOWN, o.steps);
  const losses = { yours: 0, right: 0 };
  let firstDifference: Difference | null = null;
  let ended: KernelTrained["ended"] = null;
  for (let first = 0; first < o.steps; first += BLOCK) {
    const count = Math.min(BLOCK, o.steps - first);
    const indices = Array.from({ length: count }, () => generator.randint(o.train.length, o.batch));
    const fill = (inputs: StepInputs, i: number): void => {
      o.train.gather(indices[i], inputs.Xb as Uint32Array, inputs.Yb as Uint32Array);
      inputs.coefficients[0] = learningRate(config, first + i);
    };
    const { loss } = await o.right.run(count, fill);
    for (let i = 0; i < count; i++) {
      const step = first + i;
      let own = Number.NaN;
      if (!ended) {
        const outcome = await o.yours.step((inputs) => fill(inputs, i), firstDifference === null);
        own = outcome.loss;
        if (outcome.different) firstDifference = { step, ...outcome.different };
        if (outcome.ended) ended = { step, ...outcome.ended };
      }
      if (step >= o.steps - last) {
        losses.right += loss[i] / last;
        losses.yours += own / last;
      }
      o.onStep?.(step + 1, { yours: own, right: loss[i] });
    }
  }
  return { steps: o.steps, firstDifference, losses, ended };
}

interface Outcome {
  readonly loss: number;
  readonly different?: Omit<Difference, "step">;
  readonly ended?: Omit<NonNullable<KernelTrained["ended"]>, "step">;
}

/** The network with the learner's kernel. */
class Network {
  readonly #learner: Learner;
  readonly #witness: Witness;

  constructor(learner: Learner, start: Parameters) {
    this.#learner = learner;
    uploadParameters(learner.executable, start);
    this.#witness = new Witness(learner, start);
  }

  /** @param compare whether the kernel's results are compared with the right ones */
  async step(fill: (inputs: StepInputs) => void, compare: boolean): Promise<Outcome> {
    const { executable, flags, endless } = this.#learner;
    try {
      const left = await executable.run(1, fill, flags ? ["parameters", flags] : ["parameters"]);
      const [loss] = left.loss;
      const loop = flags ? endless(left[flags]) : undefined;
      if (loop) {
        const message = atPlace({ line: loop.line }, "this loop does not end in the training");
        return { loss: Number.NaN, ended: { why: "endless", message } };
      }
      const different = compare ? await this.#witness.compare(left.parameters as Float32Array) : undefined;
      const diverged = "with your kernel, the loss is no number any more";
      return {
        loss,
        ...(different ? { different } : {}),
        ...(Number.isFinite(loss) ? {} : { ended: { why: "diverged", message: diverged } }),
      };
    } catch (error) {
      if (!(error instanceof StaleError || error instanceof GpuFault)) throw error;
      const message =
        error instanceof StaleError ? "the device was lost while your kernel trained" : error.message;
      return { loss: Number.NaN, ended: { why: "lost", message } };
    }
  }

  close(): void {
    this.#learner.executable.close();
  }
}

/** The verdict on a kernel with what its training showed. */
export function withKernelTraining(report: KernelReport, trained: KernelTrained): KernelReport {
  const { steps, firstDifference: first, ended } = trained;
  const endless = ended?.why === "endless" && report.verdict === "right";
  return {
    ...report,
    ok: report.ok && first === null && ended === null,
    ...(endless ? { verdict: "endless" } : {}),
    message: report.message ?? ended?.message ?? null,
    training: { steps, firstDifference: first && { step: first.step, tensor: first.tensor } },
  };
}
