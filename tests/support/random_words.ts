let seed = 7;
function below(n: number): number {
  seed = (seed * 1103515245 + 12345) % 2 ** 31;
  return Math.floor(seed / 65536) % n;
}

/** Forty words of random letters: there is nothing to learn in them that other such words have too. */
export const RANDOM_WORDS: readonly string[] = Array.from({ length: 40 }, () =>
  Array.from({ length: 3 + below(4) }, () => "abcdef"[below(6)]).join(""),
);
/** A network that learns them by heart. */
export const BY_HEART = { hidden: 6, embedding: 3, batch: 5, steps: 400, lr: 0.3 };
