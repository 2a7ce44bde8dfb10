/** How fast something goes of late, for forecasts. */

/** Milliseconds that a speed is measured over at least, and at most unless a single mark took longer. */
const SETTLED = 2000;
const WINDOW = 20_000;
/** Milliseconds between two marks that are kept. */
const SPACING = 100;

/**
 * The speed between marks. What came before the first mark does not count: the first work on a device compiles kernels, which may take a
 * thousand times as long as what follows.
 */
export class Speed {
  #marks: { readonly at: number; readonly done: number }[] = [];

  /** @param at milliseconds on a clock of the caller's, which may stand still for what is no part of the work */
  mark(done: number, at: number): void {
    const marks = this.#marks;
    // Of marks that follow one another closely the last is enough.
    if (marks.length > 2 && at - marks[marks.length - 2].at < SPACING) marks.pop();
    marks.push({ at, done });
    while (marks.length > 2 && marks[1].at < at - WINDOW) marks.shift();
  }

  /** Units per second; undefined before there are two seconds to tell it from. */
  get perSecond(): number | undefined {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.at - first.at < SETTLED) return undefined;
    return (1000 * (last.done - first.done)) / (last.at - first.at);
  }

  /** Seconds until `total` is reached; undefined where nothing can be said. */
  secondsTo(total: number): number | undefined {
    const { perSecond } = this;
    const last = this.#marks.at(-1);
    return perSecond && last ? (total - last.done) / perSecond : undefined;
  }
}

/** A speed or a count of seconds to read: 7,676, 8.2, 0.12. */
export const rough = (x: number): string =>
  x >= 10 ? Math.round(x).toLocaleString("en-US") : String(Number(x.toPrecision(2)));

/** 12 s, 3 min 20 s, 5 h 25 min. */
export function duration(seconds: number): string {
  const s = Math.ceil(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600).toLocaleString("en-US")} h ${Math.floor((s % 3600) / 60)} min`;
}
