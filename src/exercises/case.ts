/** What a case is: forward tensors, gradients to compute from, and what is right. */
import type { Sizes } from "../model/tensors.ts";
import { largest } from "../plan/compare.ts";
import type { Tensor } from "./dialect/tensor.ts";
import type { Value } from "./dialect/values.ts";
import type { CaseSizes, Task } from "./types.ts";

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
  /** Whether logits reach ±80 and some variances are near BatchNorm's ε: after several steps, roundings would be seen there. */
  readonly extreme: boolean;
  /** Forward tensors and sizes, as a text may use them. */
  readonly given: ReadonlyMap<string, Value>;
  /** The same for the warm-up, which has a small forward pass of its own. */
  readonly warmUp: ReadonlyMap<string, Value>;
  /** The gradients to compute from where a task of this exercise is judged. */
  standIns(exercise: Task["exercise"]): ReadonlyMap<string, Tensor>;
  /** What a task's line has to give. */
  right(task: Task): Right;
  /**
   * The same forward pass with gradients of which some follow from others: those in `from` are given, and whatever the chain rule makes of them
   * is what it makes of them. From none, all follow from the loss.
   */
  following(from: ReadonlySet<string>): Case;
}

type Upstream =
  /** Independent of one another. */
  | "random"
  /** What this network's loss gives, line by line. */
  | "own"
  /** The same, but a gradient that vanishes in every network is random: whoever uses it wrongly should not be right by accident. */
  | "chain";

export interface Spec {
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

/** A tensor that is this share of its terms or less is 0 but for rounding: nothing follows from what is computed of it. */
export const VANISHING = 1e-6;

/** Whether a result is 0 but for rounding. */
export const vanishes = ({ tensor, terms }: Right): boolean => largest(tensor.read()) <= VANISHING * terms;
