import { expect, test } from "vitest";
import { GRADIENTS } from "../../src/exercises/names.ts";
import { linesOfOthers, withStub } from "../../src/exercises/segments.ts";

const asked = new Set(GRADIENTS);
const shown = (text: string, name: string): string[] => {
  const hidden = linesOfOthers(text, name, asked);
  return text.split("\n").filter((_, i) => !hidden[i]);
};

const CELL = `# the first ones
dlogprobs = torch.zeros_like(logprobs)
dlogprobs[range(n), Yb] = -1.0/n
dprobs = dlogprobs / probs

# two arrows
ones = torch.ones_like(counts)
dcounts = counts_sum_inv * dprobs
dcounts_sum = None
dcounts += ones * dcounts_sum
`;

test("a gradient's lines, with what prepares them and the comments above them", () => {
  expect(shown(CELL, "dlogprobs")).toEqual([
    "# the first ones",
    "dlogprobs = torch.zeros_like(logprobs)",
    "dlogprobs[range(n), Yb] = -1.0/n",
  ]);
  expect(shown(CELL, "dprobs")).toEqual(["dprobs = dlogprobs / probs"]);
  // Its two paths stand apart.
  expect(shown(CELL, "dcounts")).toEqual([
    "",
    "# two arrows",
    "ones = torch.ones_like(counts)",
    "dcounts = counts_sum_inv * dprobs",
    "dcounts += ones * dcounts_sum",
    "",
  ]);
  expect(shown(CELL, "dC")).toEqual([]);
});

test("a statement of several lines, and a loop that makes several gradients", () => {
  const text =
    "dh = (dlogits\n  @ W2.T)\nfor i in range(3):\n  dW2 = h.T @ dlogits\n  db2 = dlogits.sum(0)\ndC = 1";
  expect(shown(text, "dh")).toEqual(["dh = (dlogits", "  @ W2.T)"]);
  expect(shown(text, "db2")).toHaveLength(3);
});

test("a half-typed line is shown whoever it belongs to", () => {
  expect(shown("dh = dlogits @ W2.T\ndW2 = h.T @\ndb2 = dlogits.sum(0)", "db2")).toEqual([
    "dW2 = h.T @",
    "db2 = dlogits.sum(0)",
  ]);
  expect(shown("dh = dlogits @ W2.T\ndW2 = h.T @\ndb2 = dlogits.sum(0)", "dh")).toEqual([
    "dh = dlogits @ W2.T",
    "dW2 = h.T @",
  ]);
});

test("a stub stands before the first line of a later gradient, and only where there is no line yet", () => {
  expect(withStub(CELL, "dprobs", GRADIENTS)).toBe(CELL);
  expect(withStub(CELL, "dcounts_sum_inv", GRADIENTS).split("\n").slice(3, 6)).toEqual([
    "dprobs = dlogprobs / probs",
    "dcounts_sum_inv = None",
    "",
  ]);
  expect(withStub(CELL, "dC", GRADIENTS).endsWith("dcounts_sum\ndC = None\n")).toBe(true);
  expect(withStub("", "dh", GRADIENTS)).toBe("dh = None");
});
