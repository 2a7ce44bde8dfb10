/**
 * The lecture's search for a learning rate (makemore part 3): many rates on a logarithmic scale, and where the loss ends with each. There one
 * run goes through all rates; here each rate has a network of its own, so that no rate suffers from those before it.
 */
import { ConfigError } from "../train/config.ts";

/** Steps of each rate, unless others are asked for. */
export const RANGE_STEPS = 1000;

/** The rates of a search: `LOW:HIGH:COUNT`. @throws ConfigError */
export function ratesOf(text: string): number[] {
  const parts = text.split(":").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [low, high, steps] = parts;
  if (
    parts.length !== 3 ||
    !(low > 0 && high > low && Number.isFinite(high)) ||
    !(Number.isInteger(steps) && steps >= 2)
  )
    throw new ConfigError(
      `--lr-range is ${text}; it must be LOW:HIGH:COUNT with 0 < LOW < HIGH and a whole COUNT from 2, such as 0.001:1:64`,
    );
  // Exactly the ends at the ends.
  return Array.from({ length: steps }, (_, i) =>
    i === 0 ? low : i === steps - 1 ? high : Number((low * (high / low) ** (i / (steps - 1))).toPrecision(6)),
  );
}

/** A rate, and the mean loss of the last tenth of its steps; Infinity if it diverged. */
export interface Tried {
  readonly lr: number;
  readonly loss: number;
}

/** The mean of the last tenth, at least one. */
export function lastTenth(losses: ArrayLike<number>): number {
  const n = Math.max(1, Math.floor(losses.length / 10));
  let sum = 0;
  for (let i = losses.length - n; i < losses.length; i++) sum += losses[i];
  return sum / n;
}

export interface RangeVerdict {
  /** The rate whose loss ends lowest; undefined if all diverged. */
  readonly best: Tried | undefined;
  /** The first rate above it that breaks: its loss is not finite, or above ln V, which guessing gives. */
  readonly breaks: Tried | undefined;
}

/** @param characters V */
export function judgeRange(tried: readonly Tried[], characters: number): RangeVerdict {
  const finite = tried.filter(({ loss }) => Number.isFinite(loss));
  const best = finite.reduce<Tried | undefined>((b, t) => (b && b.loss <= t.loss ? b : t), undefined);
  const guessing = Math.log(characters);
  return {
    best,
    breaks: tried.find(({ lr, loss }) => lr > (best?.lr ?? 0) && !(loss <= guessing)),
  };
}

/** Rows and columns of the plot. */
const HEIGHT = 16;
const WIDTH = 64;

/** Loss over rate in characters, both ends of each axis labelled; `x` marks a rate whose loss is above that of guessing. */
export function plotRange(tried: readonly Tried[], characters: number): string[] {
  const guessing = Math.log(characters);
  const shown = tried.filter(({ loss }) => loss <= guessing).map(({ loss }) => loss);
  if (shown.length === 0) return ["no rate learns anything: every loss is above that of guessing"];
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const [first, last] = [Math.log(tried[0].lr), Math.log(tried[tried.length - 1].lr)];
  const column = (lr: number) => Math.round(((Math.log(lr) - first) / (last - first)) * (WIDTH - 1));
  const row = (loss: number) => (high > low ? Math.round(((high - loss) / (high - low)) * (HEIGHT - 1)) : 0);
  const grid = Array.from({ length: HEIGHT }, () => new Array<string>(WIDTH).fill(" "));
  for (const { lr, loss } of tried) {
    const learns = loss <= guessing;
    grid[learns ? row(loss) : 0][column(lr)] = learns ? "•" : "x";
  }
  const label = (at: number) => (at === 0 ? high.toFixed(4) : at === HEIGHT - 1 ? low.toFixed(4) : "");
  const ends = [tried[0].lr, tried[tried.length - 1].lr].map((lr) => String(Number(lr.toPrecision(3))));
  return [
    ...grid.map((cells, at) => `${label(at).padStart(8)} │${cells.join("").trimEnd()}`),
    `${" ".repeat(8)} └${"─".repeat(WIDTH)}`,
    `${" ".repeat(10)}${ends[0]}${ends[1].padStart(WIDTH - ends[0].length)}`,
    `${" ".repeat(10)}learning rate, on a logarithmic scale; x: no better than guessing`,
  ];
}
