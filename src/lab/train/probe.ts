/** Looks into the network at some step: one forward and backward pass over a minibatch that stays the same. */
import { stepPlan } from "../../model/plans.ts";
import { PARAMETERS, type ParameterName, type Parameters } from "../../model/tensors.ts";
import type { AnyArray } from "../../plan/contract.ts";
import type { Executable } from "../../plan/executable.ts";
import type { Machine } from "../../plan/machine.ts";
import type { TrainConfig } from "../../train/config.ts";
import { changesOf } from "../../train/optimizer.ts";
import type { Weights } from "../../train/parameters.ts";
import { runStep, type Step } from "../../train/step.ts";
import { hiddenLayer, KEPT, type Kept } from "../hidden.ts";
import { type Histogram, histogram, shareBeyond, spread } from "./measure.ts";
import { project } from "./pca.ts";

/** Beyond this tanh is called saturated: it passes on less than 6 % of a gradient. */
export const SATURATED = 0.97;
const BINS = 50;

/** How widely one parameter's values and gradient spread. */
export interface ParameterReport {
  readonly name: ParameterName;
  /** Standard deviation of the values, and of the gradient. */
  readonly values: number;
  readonly gradient: number;
  /** log10 of the update's spread over the values' spread. */
  readonly ratio: number;
}

export interface Probe {
  readonly step: number;
  readonly hpreact: Histogram;
  readonly h: Histogram;
  /** Share of |h| > {@link SATURATED}. */
  readonly saturated: number;
  readonly parameters: readonly ParameterReport[];
  /** C on its first two principal components, (V,2). */
  readonly embedding: Float32Array;
}

export class Prober {
  readonly #machine: Machine;
  readonly #step: Step;
  /** The fused step without its update; absent after a failure. */
  #executable: Executable | undefined;
  #axes: Float64Array | undefined;

  private constructor(machine: Machine, step: Step) {
    this.#machine = machine;
    this.#step = step;
  }

  /** Compiles the step that it measures with. */
  static async create(machine: Machine, step: Step): Promise<Prober> {
    const prober = new Prober(machine, step);
    await machine.survive(() => prober.#compile());
    return prober;
  }

  /** @param config of the run, whose optimiser decides how large an update is */
  async measure(state: Weights & { readonly step: number }, config: TrainConfig): Promise<Probe> {
    const { step, parameters } = state;
    const seen = await this.#machine.survive(() => this.#values(parameters));
    const { hpreact } = hiddenLayer(seen, parameters);
    const { sizes } = this.#step;
    const { points, axes } = project(parameters.C, sizes.embedding, this.#axes);
    this.#axes = axes;
    const changes = changesOf(config, state, seen);
    return {
      step,
      hpreact: histogram(hpreact, -5, 5, BINS),
      h: histogram(seen.h, -1, 1, BINS),
      saturated: shareBeyond(seen.h, SATURATED),
      parameters: PARAMETERS.map((name) => {
        const [values, gradient] = [spread(parameters[name]), spread(seen[`d${name}`])];
        return { name, values, gradient, ratio: Math.log10(spread(changes[name]) / values) };
      }),
      embedding: points,
    };
  }

  close(): void {
    this.#executable?.close();
    this.#executable = undefined;
  }

  async #compile(): Promise<Executable> {
    const plan = stepPlan(this.#step.sizes, "fused", { update: false });
    this.#executable ??= await this.#machine.compile(plan);
    return this.#executable;
  }

  async #values(parameters: Parameters): Promise<Kept & Record<`d${ParameterName}`, AnyArray>> {
    try {
      const executable = await this.#compile();
      await runStep(executable, { ...this.#step, parameters });
      const gradients = PARAMETERS.map((name) => `d${name}` as const);
      const values: Record<string, AnyArray> = await executable.download([...KEPT, ...gradients]);
      return values as Kept & Record<(typeof gradients)[number], AnyArray>;
    } catch (error) {
      this.close();
      throw error;
    }
  }
}
