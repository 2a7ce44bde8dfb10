/** What the Train tab says of how to go on. */
import { describe, expect, it } from "vitest";
import { beforeLosses, howToGoOn } from "../../src/lab/train/next.ts";

const standing = (step: number, steps: number, diverged = false) => ({ step, steps, diverged });

describe("where the loss will be", () => {
  it.each([
    [0, "Press Start: the loss appears here."],
    [
      1500,
      "A checkpoint has no losses of the steps before it. Press Resume: those from step 1,500 on appear here.",
    ],
    [2000, /^A checkpoint .* With more Steps in the settings, Resume goes on/],
  ])("at step %i of 2,000 it says what to press", (step, says) => {
    expect(beforeLosses(standing(step, 2000))).toMatch(says);
  });
});

describe("under the progress", () => {
  it("it says how to go on after the last step, or after a loss that is no number", () => {
    expect(howToGoOn(standing(1999, 2000))).toBeUndefined();
    expect(howToGoOn(standing(2000, 2000))).toBe(
      "To go on, set Steps to more than 2,000 and press Resume. Reset begins again.",
    );
    expect(howToGoOn(standing(50, 2000, true))).toMatch(/^Start begins a new run/);
  });
});
