/** Which example of a minibatch is walked through unless the reader chooses another. */

interface Batch {
  /** (N,T) and (N). */
  readonly Xb: Uint32Array;
  readonly Yb: Uint32Array;
  /** Each example's loss, (N), and their mean. */
  readonly losses: ArrayLike<number>;
  readonly loss: number;
  readonly context: number;
}

/** The terminator's index. */
const END = 0;

/**
 * The index of an example that has something to show at every stop. What counts most comes first: a character stands before the target, and
 * the target is one too, not the word's end; the context begins before the word, so that a row of C is used more than once; one of its
 * characters occurs in other contexts too, where gradients add up. Of those, the one whose loss is nearest the mean: a typical one.
 */
export function showsWell({ Xb, Yb, losses, loss, context }: Batch): number {
  const uses = new Map<number, number>();
  for (const token of Xb) uses.set(token, (uses.get(token) ?? 0) + 1);
  let best = 0;
  let bestScore: readonly number[] = [];
  for (let i = 0; i < Yb.length; i++) {
    const row = Xb.subarray(i * context, (i + 1) * context);
    const times = (token: number) => row.reduce((n, other) => n + Number(other === token), 0);
    const score = [
      Number(row[context - 1] !== END && Yb[i] !== END),
      Number(row[0] === END),
      Number(row.some((token) => token !== END && uses.get(token)! > times(token))),
      -Math.abs(losses[i] - loss),
    ];
    if (i === 0 || before(bestScore, score)) [best, bestScore] = [i, score];
  }
  return best;
}

/** Whether the first number in which two scores differ is larger in `b`. */
function before(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((x, k) => x !== b[k]);
  return at >= 0 && b[at] > a[at];
}
