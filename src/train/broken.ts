/**
 * Steps that a run has trained with a wrong gradient, on purpose: the page can put a mistake of the exercises' catalogue into the step. Its weights
 * are then no ordinary run's, and whatever keeps them says so.
 */
import { count } from "../plan/count.ts";

export interface BrokenSpan {
  /** The mistake's name in the catalogue, such as `tanh.backward.sign`. */
  readonly id: string;
  /** The first step with it, and the first one after it; without one it goes on. */
  readonly from: number;
  readonly to?: number;
}

/** In the order of their steps; empty for an ordinary run. */
export type Broken = readonly BrokenSpan[];

/** The mistake that the next step has. */
export const brokenNow = (broken: Broken = []): string | undefined => {
  const last = broken.at(-1);
  return last?.to === undefined ? last?.id : undefined;
};

/** What is to be said of a run at `step` from which on its gradient is broken by `id`, or right again without one. */
export function breakAt(broken: Broken = [], step: number, id?: string): Broken {
  if (brokenNow(broken) === id) return broken;
  const before = broken
    .map(({ id, from, to = step }) => ({ id, from, to }))
    .filter(({ from, to }) => from < to);
  return id === undefined ? before : [...before, { id, from: step }];
}

/** In words that follow "it was trained": `with a broken gradient, tanh.backward.sign, from step 500 to 900`. */
export const brokenText = (broken: Broken): string =>
  `with a broken gradient: ${broken
    .map(
      ({ id, from, to }) => `${id} from step ${count(from)}${to === undefined ? " on" : ` to ${count(to)}`}`,
    )
    .join(", ")}`;

/** Whether something that was read from a file says so. */
export const isBroken = (stored: unknown): stored is Broken =>
  Array.isArray(stored) &&
  stored.every((span: Partial<BrokenSpan> | null) => {
    const { id, from, to } = span ?? {};
    const step = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;
    return (
      typeof id === "string" && /^[\w.-]{1,80}$/.test(id) && step(from) && (to === undefined || step(to))
    );
  });
