/** The interface of every contender. */
export interface Contender {
  /** The name of the adapter, or of whatever else computes. */
  readonly on: string;
  /** Runs the next `steps` steps and waits until they are done. @returns the last one's loss, of each network if there are many */
  run(steps: number): Promise<number | number[]>;
}
