/** The nearest of `known` to a name that is not one of them, or undefined if none is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const candidates = [...known];
  const mine = letters(name);
  const same = candidates.find((candidate) => candidate.length >= mine.length && letters(candidate) === mine);
  if (same !== undefined) return same;
  const allowed = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let least = allowed + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const far = distance(name, candidate);
    // A name of one letter is near to one with a letter more, and not to every other letter.
    if (far < least && far < Math.max(name.length, candidate.length)) {
      least = far;
      best = candidate;
    }
  }
  return best;
}

/** A name without what is easily written otherwise: `dB2` and `db2`, `dbn_gain` and `dbngain` have the same letters. */
export const letters = (name: string): string => name.toLowerCase().replaceAll("_", "");

/** How many letters must be changed, added, removed or swapped with their neighbour to make `b` of `a`. */
export function distance(a: string, b: string): number {
  if (a.length > 40 || b.length > 40) return a === b ? 0 : 40;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}
