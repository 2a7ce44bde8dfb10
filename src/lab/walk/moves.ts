/** How far arrows are stretched so that a step's small moves can be seen. */

/** 1, 2 or 5 times a power of ten: the largest such that the longest move becomes at most `share` of the picture's reach. */
export function stretch(moves: ArrayLike<number>, reach: number, share = 0.25): number {
  let longest = 0;
  for (let i = 0; i + 1 < moves.length; i += 2)
    longest = Math.max(longest, Math.hypot(moves[i], moves[i + 1]));
  if (!(longest > 0) || !Number.isFinite(longest)) return 1;
  const most = (share * reach) / longest;
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((n) => n * power).find((n) => n <= most) ?? power;
}
