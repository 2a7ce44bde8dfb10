/** The lecture that the page follows, its notebook, and places in it. */

export const LECTURE = "https://www.youtube.com/watch?v=q8SA3rM6ckI";
export const NOTEBOOK_URL =
  "https://github.com/karpathy/nn-zero-to-hero/blob/master/lectures/makemore/makemore_part4_backprop.ipynb";

/** A link to a time such as `1:26:31`. */
export function lectureAt(time: string): string {
  const seconds = time.split(":").reduce((total, part) => 60 * total + Number(part), 0);
  return `${LECTURE}&t=${seconds}s`;
}
