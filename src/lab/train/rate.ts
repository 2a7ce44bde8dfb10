/** How fast a run goes. */

/** Milliseconds that it looks back. */
const BACK = 4000;

/** Steps per second over the last four seconds. */
export class Rate {
  readonly #marks: { time: number; step: number }[];

  constructor(step: number) {
    this.#marks = [{ time: performance.now(), step }];
  }

  at(step: number): number {
    const time = performance.now();
    this.#marks.push({ time, step });
    while (this.#marks.length > 2 && time - this.#marks[0].time > BACK) this.#marks.shift();
    const [first] = this.#marks;
    return time > first.time ? ((step - first.step) / (time - first.time)) * 1000 : 0;
  }
}
