/** What a contender offers, wherever it comes from. */
export interface Contender {
  /** The adapter's name, or what else computes. */
  readonly on: string;
  /** Goes on for so many steps and waits until they are done; gives the last one's loss. */
  run(steps: number): Promise<number>;
}
