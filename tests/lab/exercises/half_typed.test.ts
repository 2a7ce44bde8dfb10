/** Which errors are about the line that is being typed. */
import { expect, it } from "vitest";
import { isHalfTyped } from "../../../src/lab/exercises/half_typed.ts";

const TEXT = `dh = (dlogits # (not closed
  @ W2.T
dW2 = h.T @
print(")")
for i in range(3):

dC = "("`;

it.each([
  [1, 1, true],
  // Inside the bracket, which the comment does not open.
  [1, 2, true],
  [3, 3, true],
  [3, 4, false],
  [3, 2, false],
  // A bracket in a string closes nothing and opens nothing.
  [4, 5, false],
  [7, 8, false],
  // The block of the loop.
  [5, 6, true],
  [3, undefined, false],
])("an error in line %i with the cursor in line %s: %s", (line, cursor, expected) => {
  expect(isHalfTyped(TEXT, line, cursor)).toBe(expected);
});

it("a statement ends where its brackets are closed", () => {
  expect(isHalfTyped("dh = (dlogits\n  @ W2.T)\nx", 1, 2)).toBe(true);
  expect(isHalfTyped("dh = (dlogits\n  @ W2.T)\nx", 1, 3)).toBe(false);
  expect(isHalfTyped("dh = dlogits \\\n  @ W2.T", 1, 2)).toBe(true);
});
