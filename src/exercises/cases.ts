/**
 * What a line is judged on: networks of several sizes with their forward values, gradients to compute from, and the right results.
 *
 * One step of the chain rule has to be right for any values of the gradients that it uses, so in most cases these are random and have
 * nothing to do with one another. The right result is then a vector-Jacobian product: one call of the step's plan through its CPU twin.
 */
import type { Sizes } from "../model/tensors.ts";
import type { Case } from "./case.ts";
import { NOTEBOOK_SIZES } from "./minibatch.ts";
import { NetworkCase } from "./network_case.ts";
import type { Task } from "./types.ts";

const SMALL: Sizes = { batch: 5, vocabulary: 7, context: 2, embedding: 3, hidden: 11 };
const PAIR: Sizes = { batch: 2, vocabulary: 11, context: 3, embedding: 5, hidden: 7 };

const sizesText = (s: Sizes): string =>
  `N ${s.batch}, V ${s.vocabulary}, T ${s.context}, E ${s.embedding}, H ${s.hidden}`;

/** `check`'s first minibatch with the gradients of its own loss: what the notebook's `cmp` sees. */
export const notebookCase = (
  steps: readonly Task[] = [],
  floats: typeof Float32Array | typeof Float64Array = Float64Array,
): Case =>
  NetworkCase.of({
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
  NetworkCase.of({
    name: "the first minibatch, random gradients",
    sizes: NOTEBOOK_SIZES,
    seed: 2,
    upstream: "random",
    notebook: true,
    steps,
  }),
  NetworkCase.of({ name: sizesText(SMALL), sizes: SMALL, seed: 3, upstream: "random", steps }),
  NetworkCase.of({
    name: `${sizesText(SMALL)}, logits of ±80, variances near ε`,
    sizes: SMALL,
    seed: 4,
    upstream: "random",
    extreme: true,
    steps,
  }),
  NetworkCase.of({
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
  NetworkCase.of({
    name: "the first minibatch",
    sizes: NOTEBOOK_SIZES,
    seed: 6,
    upstream: "chain",
    notebook: true,
    steps,
  }),
  NetworkCase.of({ name: sizesText(SMALL), sizes: SMALL, seed: 7, upstream: "chain", steps }),
  NetworkCase.of({
    name: `${sizesText(PAIR)}, no token twice`,
    sizes: PAIR,
    seed: 8,
    upstream: "chain",
    distinct: true,
    steps,
  }),
];
