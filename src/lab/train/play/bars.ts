/** The bars of the next character: how likely each is to be drawn, and which have room. */
import type { Next } from "./live.ts";

/** Most bars that are shown: all 27 characters of a list in Latin letters, but not the thousands of others. */
export const MOST_BARS = 40;

export interface Bars {
  /** Those that are shown: all in their order, or else the likeliest first. */
  readonly shown: readonly Next[];
  /** How many there are. */
  readonly of: number;
}

/**
 * The probabilities by which `sample` draws: p^(1/temperature) over its sum, among the `topK` likeliest and those that are as likely as the last of
 * them.
 */
export function barsOf(next: readonly Next[], temperature = 1, topK = next.length): Bars {
  const logs = next.map(({ probability }) => Math.log(probability) / temperature);
  const sorted = Float64Array.from(logs).sort().reverse();
  const least = sorted[Math.min(topK, next.length) - 1];
  const weights = logs.map((log) => (log >= least ? Math.exp(log - sorted[0]) : 0));
  const total = weights.reduce((a, b) => a + b, 0);
  const all = next.map(({ character }, i) => ({ character, probability: weights[i] / total }));
  if (all.length <= MOST_BARS) return { shown: all, of: all.length };
  const likeliest = [...all].sort((a, b) => b.probability - a.probability).slice(0, MOST_BARS);
  return { shown: likeliest, of: all.length };
}

/** A share of 1 in a few characters: `23 %`, `0.4 %`, `< 0.1 %`. */
export function percentText(share: number): string {
  if (share === 0) return "0";
  if (share < 0.001) return "<0.1";
  return (100 * share).toFixed(share < 0.0995 ? 1 : 0);
}
