/** A worker's half of {@link Answering}: its answers, the word that it has begun, and a sign of its end that it cannot fail to give. */
import { expose } from "comlink";

/** What a worker says first. */
export interface Begun {
  readonly begun: true;
  /** A lock that it holds until its end, whatever that is: a browser says nothing of a worker that has closed itself or run out of memory. */
  readonly lock?: string;
}

export function serve(answers: object): void {
  expose(answers);
  const say = (lock?: string): void => postMessage({ begun: true, lock } satisfies Begun);
  const lock = `backprop-ninja ${Math.random()}`;
  const held = () => {
    say(lock);
    return new Promise(() => {});
  };
  // Pages that are not secure have no locks.
  if (!navigator.locks) say();
  else navigator.locks.request(lock, held).catch(() => say());
}
