/** The hints of a gradient in the order in which they open, from the lines concerned to the answer. */
import { TASKS } from "./catalogue.ts";
import type { Task } from "./types.ts";

export interface Hint {
  readonly title: string;
  readonly text: string;
}

/** Hints that every gradient has. */
export const HINTS = 6;

export function hintsOf({ hints, spellings }: Task): readonly Hint[] {
  return [
    { title: "where it goes in the forward pass", text: hints.forward.join("\n") },
    { title: "the rule", text: hints.rule },
    { title: "the shapes", text: hints.shapes },
    { title: "an example in numbers", text: hints.example },
    { title: "the line with a hole", text: hints.hole },
    { title: "the line", text: spellings[0] },
  ];
}

/** The task that a gradient's row stands for; in a training loop (exercise 4) the first of that name. */
export const taskNamed = (name: string, exercise: number | undefined): Task | undefined =>
  TASKS.find((task) => task.name === name && task.exercise === exercise) ??
  TASKS.find((task) => task.name === name);
