/** A network's hidden size and its minibatch. */
export interface Shape {
  readonly hidden: number;
  readonly batch: number;
}
