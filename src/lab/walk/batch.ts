/** The minibatch that the walk goes through: a step run on the run's machine, its update, and what that changed. For the worker, no DOM. */
import type { Dataset } from "../../data/examples.ts";
import { UPDATE_RULES, type UpdateRule } from "../../model/optimizers.ts";
import { stepPlan } from "../../model/plans.ts";
import { PARAMETERS, type Parameters, parameterCount, type Sizes } from "../../model/tensors.ts";
import type { AnyArray } from "../../plan/contract.ts";
import type { Executable } from "../../plan/executable.ts";
import type { Machine } from "../../plan/machine.ts";
import type { BoundCall } from "../../plan/plan.ts";
import { brokenNow } from "../../train/broken.ts";
import { learningRate, sizesOf, type TrainConfig } from "../../train/config.ts";
import { changesOf, updateRuleOf } from "../../train/optimizer.ts";
import type { TrainingState } from "../../train/state.ts";
import { firstStep, runStep, type Step } from "../../train/step.ts";
import { type Hidden, hiddenLayer, KEPT, type Kept } from "../hidden.ts";
import { project } from "../train/pca.ts";
import { showsWell } from "./choose.ts";

/** What the walk needs of a step's tensors; the rest follows from them. */
const DOWNLOADED = [...KEPT, "logits", "dlogits", "dhprebn", "dembcat"] as const;
export type ValueName = (typeof DOWNLOADED)[number] | keyof Hidden | "dC";

/** All that an example's way is read from. It stays in the worker: at batch 8,192 and hidden 1,024 it is 300 MB. */
export interface Walked {
  readonly step: Step;
  readonly values: Readonly<Record<ValueName, AnyArray>>;
  /** What the update adds to C, (V,E). */
  readonly change: Float32Array;
  /** The logits of the same minibatch after the update, (N,V). */
  readonly logitsAfter: AnyArray;
  readonly batch: WalkBatch;
}

/** How the run's optimiser moves the weights in this step. */
export interface UpdateAbout {
  readonly rule: UpdateRule;
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** What the page knows of the whole minibatch. */
export interface WalkBatch {
  /** Steps that the weights have been through. */
  readonly at: number;
  readonly machine: string;
  readonly sizes: Sizes;
  /** Trainable numbers. */
  readonly parameters: number;
  readonly characters: readonly string[];
  /** (N,T) and (N). */
  readonly Xb: Uint32Array;
  readonly Yb: Uint32Array;
  /** Each example's loss, (N), and their mean, before and after the update. */
  readonly losses: Float32Array;
  readonly loss: number;
  readonly lossAfter: number;
  /** The example that shows well. */
  readonly chosen: number;
  /** The operation that makes each tensor here. */
  readonly kernels: Readonly<Record<string, string>>;
  readonly update: UpdateAbout;
  /** The mistake with which the run trains, on purpose. The walk has the right step all the same. */
  readonly broken?: string;
  /** How often each character stands in a context, (V), and how far its row of C moves, (V). */
  readonly occurs: Uint32Array;
  readonly moved: Float32Array;
  /** C on its two principal components, and its change in the same picture, (V,2). */
  readonly points: Float32Array;
  readonly shifts: Float32Array;
}

/** The run that is walked through. */
export interface WalkedRun {
  readonly config: TrainConfig;
  readonly dataset: Pick<Dataset, "train" | "vocabulary">;
}

/**
 * Runs the step that comes next, with the kernels that train.
 * @throws Error if the weights have diverged
 */
export function walkBatch(machine: Machine, run: WalkedRun, state: TrainingState): Promise<Walked> {
  const { config, dataset } = run;
  const sizes = sizesOf(config, dataset.vocabulary.size);
  const step = firstStep(sizes, state, dataset.train);
  return machine.survive(async () => {
    const executable = await machine.compile(stepPlan(sizes, "fused", { update: false }));
    try {
      return await walk(executable, machine, run, state, step);
    } finally {
      executable.close();
    }
  });
}

async function walk(
  executable: Executable,
  machine: Machine,
  { config, dataset }: WalkedRun,
  state: TrainingState,
  step: Step,
): Promise<Walked> {
  const { sizes, Xb, Yb } = step;
  const loss = (await runStep(executable, step))[0];
  if (!Number.isFinite(loss))
    throw new Error(
      `the loss is ${loss}: the weights have diverged, and there is nothing to walk through; reset the run with a lower learning rate`,
    );
  const gradients = PARAMETERS.map((name) => `d${name}`);
  const all = await executable.download([...DOWNLOADED, ...gradients]);
  const changes = changesOf(config, state, all);
  const parameters = Object.fromEntries(
    PARAMETERS.map((name) => [name, step.parameters[name].map((x, i) => x + changes[name][i])]),
  ) as unknown as Parameters;
  const lossAfter = (await runStep(executable, { ...step, parameters }))[0];
  const { logits: logitsAfter } = await executable.download(["logits"]);

  const { C } = step.parameters;
  const { points, axes } = project(C, sizes.embedding);
  const losses = lossesOf(all.logits, Yb, sizes.vocabulary);
  const rule = updateRuleOf(config);
  const values = {
    ...Object.fromEntries(([...DOWNLOADED, "dC"] as const).map((name) => [name, all[name]])),
    ...hiddenLayer(all as unknown as Kept, step.parameters),
  } as Walked["values"];
  return {
    step,
    values,
    change: changes.C,
    logitsAfter,
    batch: {
      at: state.step,
      machine: machine.name,
      sizes,
      parameters: parameterCount(sizes),
      characters: dataset.vocabulary.characters,
      Xb,
      Yb,
      losses,
      loss,
      lossAfter,
      chosen: showsWell({ Xb, Yb, losses, loss, context: sizes.context }),
      kernels: { ...kernelsOf(executable.plan.calls), C: UPDATE_RULES[rule].op.name },
      update: {
        rule,
        lr: learningRate(config, state.step),
        momentum: config.momentum,
        weightDecay: config.weightDecay,
      },
      broken: brokenNow(state.broken),
      occurs: occurrences(Xb, sizes.vocabulary),
      moved: lengths(changes.C, sizes.embedding),
      points,
      shifts: along(changes.C, axes, sizes.embedding),
    },
  };
}

/** −ln of the probability that softmax gives the target, (N), in float64 until it is stored. */
function lossesOf(logits: AnyArray, Yb: Uint32Array, V: number): Float32Array {
  return Float32Array.from(Yb, (target, i) => {
    const row = logits.subarray(i * V, (i + 1) * V);
    return -Math.log(softmax(row)[target]);
  });
}

/** Probabilities of one row of logits, in float64. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (let v = 0; v < logits.length; v++) most = Math.max(most, logits[v]);
  const counts = Float64Array.from(logits, (x) => Math.exp(x - most));
  const sum = counts.reduce((a, b) => a + b, 0);
  return counts.map((c) => c / sum);
}

const kernelsOf = (calls: readonly BoundCall[]): Record<string, string> =>
  Object.fromEntries(
    calls.flatMap(({ op, args }) =>
      Object.entries(op.bindings)
        .filter(([, binding]) => binding.access !== "read")
        .map(([formal]) => [args[formal], op.name]),
    ),
  );

function occurrences(tokens: Uint32Array, V: number): Uint32Array {
  const counts = new Uint32Array(V);
  for (const token of tokens) counts[token]++;
  return counts;
}

/** The length of each row. */
export const lengths = (table: ArrayLike<number>, columns: number): Float32Array =>
  Float32Array.from({ length: table.length / columns }, (_, r) => {
    let square = 0;
    for (let c = 0; c < columns; c++) square += table[r * columns + c] ** 2;
    return Math.sqrt(square);
  });

/** Rows along two axes, which have `columns` numbers each: (rows,2). */
function along(table: ArrayLike<number>, axes: Float64Array, columns: number): Float32Array {
  const rows = table.length / columns;
  const out = new Float32Array(2 * rows);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < 2; k++)
      for (let c = 0; c < columns; c++) out[2 * r + k] += table[r * columns + c] * axes[k * columns + c];
  return out;
}
