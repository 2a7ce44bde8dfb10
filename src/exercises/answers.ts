/** All that a verdict needs and that does not depend on a text: the cases, what is right in them, and what the known mistakes give. Made once. */
import { NOTEBOOK } from "../model/notebook.ts";
import type { Case } from "./case.ts";
import { chainCases, hiddenCases, notebookCase } from "./cases.ts";
import { TASKS } from "./catalogue.ts";
import { type Outcome, type Place, run } from "./dialect/index.ts";
import type { Tensor } from "./dialect/tensor.ts";
import { insteadOfTensor, type Value } from "./dialect/values.ts";
import { asTensor } from "./equal.ts";
import { GRADIENTS } from "./names.ts";
import type { Mistake, Task } from "./types.ts";

export type Exercise = Task["exercise"];

/** What lines give in one case. */
export interface Result {
  readonly value: Tensor | undefined;
  /** Why there is none. */
  readonly error: string | null;
  readonly at: Place | null;
  /** The gradients that the lines used. */
  readonly used: ReadonlySet<string>;
  readonly notes: readonly string[];
}

export class Answers {
  readonly steps = TASKS.filter(({ stepOf }) => stepOf !== undefined);
  readonly cases: readonly Case[] = hiddenCases(this.steps);
  readonly chains: readonly Case[] = chainCases(this.steps);
  /** Where lines that are several steps at once are tried: random gradients, and no sizes at which several steps' roundings would be seen. */
  readonly several: readonly Case[] = this.cases.filter((one, i) => i > 0 && !one.extreme).reverse();
  readonly notebook: Case = this.cases[0];
  /** The first minibatch in float32, with the gradients as the notebook's lines compute them there. */
  readonly shown: Case = notebookCase(this.steps, Float32Array);
  readonly gradients: ReadonlyMap<string, Tensor> = this.#gradients();
  /** The gradients of the network, with the steps on the way to some of them. */
  readonly asked: ReadonlySet<string> = new Set([...GRADIENTS, ...this.steps.map(({ name }) => name)]);
  readonly #withWarmUp: ReadonlySet<string> = new Set([
    ...this.asked,
    ...TASKS.filter(({ exercise }) => exercise === 0).map(({ name }) => name),
    ...this.notebook.standIns(0).keys(),
  ]);
  readonly #mistakes = new Map<string, Result>();
  readonly #standIns = new WeakMap<Case, ReadonlyMap<string, Tensor>[]>();

  /** The gradients that stand in for a task of this exercise, with those of the steps on the way to other exercises. */
  standIns(one: Case, exercise: Exercise): ReadonlyMap<string, Tensor> {
    const known = this.#standIns.get(one) ?? [];
    this.#standIns.set(one, known);
    known[exercise] ??= new Map(
      [0, 3, 2, 1, exercise].flatMap((each) => [...one.standIns(each as Exercise)]),
    );
    return known[exercise];
  }

  /** Names that a text may not change; those of the warm-up's own forward pass only where it is about the warm-up. */
  given(one: Case, warmUp: boolean): ReadonlyMap<string, Value> {
    return warmUp ? new Map([...one.given, ...one.warmUp]) : one.given;
  }

  askedWith(warmUp: boolean): ReadonlySet<string> {
    return warmUp ? this.#withWarmUp : this.asked;
  }

  /** What a mistake's lines give in a case. */
  mistake(task: Task, { id, line }: Mistake, index: number): Result {
    const key = `${index} ${task.exercise} ${id}`;
    let found = this.#mistakes.get(key);
    if (!found) {
      const one = this.cases[index];
      const options = {
        given: this.given(one, task.exercise === 0),
        asked: this.askedWith(task.exercise === 0),
        standIns: this.standIns(one, task.exercise),
        only: task.name,
        onError: "continue",
      } as const;
      found = resultOf(run(line, options), task.name);
      this.#mistakes.set(key, found);
    }
    return found;
  }

  #gradients(): ReadonlyMap<string, Tensor> {
    const lines = GRADIENTS.map((name) => NOTEBOOK[name].torch).join("\n");
    const { values } = run(lines, {
      given: this.shown.given,
      asked: new Set(GRADIENTS),
      precision: "float32",
    });
    return new Map(GRADIENTS.map((name) => [name, values.get(name) as Tensor]));
  }
}

let made: Answers | undefined;

export function answers(): Answers {
  made ??= new Answers();
  return made;
}

export const taskOf = (name: string, exercise: Exercise): Task =>
  TASKS.find((task) => task.name === name && task.exercise === exercise)!;

export function resultOf({ values, errors, used, notes }: Outcome, name: string): Result {
  const value = asTensor(values.get(name));
  const messages = [...new Set(notes.map(({ message }) => message))];
  if (value) return { value, error: null, at: null, used, notes: messages };
  // An error in a line before, on which this one depends, says more than that there is no value.
  const own = errors.findLast(({ names }) => names.includes(name)) ?? errors[0];
  const problem = own?.because ?? own;
  const held = values.get(name);
  const none =
    held === undefined ? `\`${name}\` has no value` : `\`${name}\` is no tensor but ${insteadOfTensor(held)}`;
  return { value, error: problem?.message ?? none, at: problem?.at ?? null, used, notes: messages };
}
