/** What a session trains and measures with: compiled for its settings, and with the gradient that is broken, if one is. */
import type { Dataset } from "../../data/examples.ts";
import { type AnyPath, stepPlan } from "../../model/plans.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Broken, breakAt, brokenNow } from "../../train/broken.ts";
import { sizesOf, type TrainConfig } from "../../train/config.ts";
import type { OpenedMachine } from "../../train/open.ts";
import { initialState, type TrainingState } from "../../train/state.ts";
import { firstStep } from "../../train/step.ts";
import { Trainer } from "../../train/trainer.ts";
import { Prober } from "./probe.ts";

export interface CompileOptions {
  readonly machine: OpenedMachine;
  readonly config: TrainConfig;
  readonly dataset: Dataset;
  /** Where to go on; the initialisation if absent. Its gradient is broken as it says. */
  readonly state?: TrainingState;
}

/** Milliseconds of work per submit: a GPU draws the page too, a worker's CPU does not. */
export const SUBMIT = { gpu: 10, cpu: 50 };

export interface Compiled {
  readonly trainer: Trainer;
  readonly prober: Prober;
  /** As the state has it, but that a mistake which this version does not know has ended. */
  readonly broken: Broken;
  /** The step with the mistake in it, without its update; undefined where nothing is broken, or the level has no place for the mistake. */
  planAt(level: AnyPath): Plan | undefined;
  close(): void;
}

/** @throws LimitError when a size does not fit the device */
export async function compile({ machine, config, dataset, state }: CompileOptions): Promise<Compiled> {
  const vocabulary = dataset.vocabulary.size;
  const { broken = [], step = 0 } = state ?? {};
  const mistake = await mistakeOf(brokenNow(broken));
  const trainer = await Trainer.create({
    machine: mistake?.of(machine) ?? machine,
    config: mistake ? { ...config, path: mistake.path } : config,
    data: dataset,
    state,
    submit: SUBMIT[machine.backend],
  });
  try {
    const fixed = firstStep(sizesOf(config, vocabulary), initialState(config, vocabulary), dataset.train);
    const prober = await Prober.create(mistake?.of(machine) ?? machine, fixed);
    const close = () => {
      trainer.close();
      prober.close();
    };
    const plans = new Map<AnyPath, Plan | undefined>();
    const planAt = (level: AnyPath) => {
      if (!plans.has(level)) {
        const right = stepPlan(trainer.sizes, level, { update: false });
        const wrong = mistake?.in(right);
        plans.set(level, wrong === right ? undefined : wrong);
      }
      return plans.get(level);
    };
    return { trainer, prober, broken: mistake ? broken : breakAt(broken, step), planAt, close };
  } catch (error) {
    trainer.close();
    throw error;
  }
}

/** The catalogue is long, and most runs need none of it. */
async function mistakeOf(id: string | undefined) {
  if (id === undefined) return undefined;
  const { brokenMachine, brokenPlan, canBreak, pathOf } = await import("../../exercises/broken.ts");
  if (!canBreak(id)) return undefined;
  return {
    path: pathOf(id),
    of: (machine: OpenedMachine) => brokenMachine(machine, id),
    in: (plan: Plan) => brokenPlan(plan, id),
  };
}
