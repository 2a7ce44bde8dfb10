/** Wrong lines and the sign by which each is to be known, with the numbers of the first minibatch. */
import { describe, expect, test } from "vitest";
import { TASKS } from "../../src/exercises/catalogue.ts";
import { signOf } from "../../src/exercises/signs/index.ts";
import { mistakesHaveSigns, seen } from "./mistakes.ts";

function signFor(line: string, exercise = 1) {
  const name = line.match(/\bd\w+(?= =)/)![0];
  const task = TASKS.find((each) => each.name === name && each.exercise === exercise)!;
  return signOf(task, seen(task, line));
}

const SIGNS: readonly [line: string, id: string, says: string][] = [
  [
    "dbnvar = (bnvar - bnvar) / (bnvar - bnvar)",
    "nan",
    "All 64 of your numbers are NaN, the first at [0, 0].",
  ],
  ["dbnraw = 0 * dhpreact", "zero", "All of yours is 0"],
  ["dh = 3 * torch.ones_like(h)", "constant", "All of yours is 3, whatever comes back from the loss."],
  ["dbnbias = dbnmeani", "other-tensor", "Yours is `dbnmeani`: another gradient."],
  ["dbnraw = bnraw.clone()", "other-tensor", "Yours is `bnraw`: a tensor of the forward pass"],
  ["dh = W2 @ dlogits.T", "transposed", "its shape is (64, 32) instead of (32, 64)"],
  ["dbnbias = 1 * dhpreact", "not-summed", "there are 32 numbers of yours for each one of it"],
  ["db2 = dlogits.sum(1) * 3", "shape", "Yours has shape (32,), and `db2` has (27,)."],
  ["demb = dembcat * 1", "view", "the shape is (32, 30) instead of (32, 3, 10)"],
  ["demb = dembcat.view(emb.shape).flip(0)", "order", "stand in other places"],
  ["dW2 = -(h.T @ dlogits)", "minus", "Every number of yours has the wrong sign."],
  ["db1 = -dhprebn.sum(0)", "minus", "`cmp` cannot see it"],
  ["dW2 = 3 * h.T @ dlogits", "factor", "Every number of yours is 3 times too large."],
  ["dW2 = h.T @ dlogits / n", "factor", "is 32 times too small, and n is 32 here."],
  ["dW1 = embcat.T @ dhprebn * n_hidden", "factor", "is 64 times too large, and n_hidden is 64 here."],
  ["dhpreact = -(1 - h**2) * dh / vocab_size", "factor", "has the wrong sign and is 27 times too small"],
  ["dW2 = h.T @ dlogits * n / (n - 1)", "factor", "is too large by n/(n − 1), which is 1.03226 here."],
  ["dbndiff2 = dbnvar.clone()", "factor", "is 31 times too large, and n − 1 is 31 here."],
  ["dhpreact = (1 - h**2) * dh * bngain", "column-factor", "which is `bngain`"],
  ["dnorm_logits = counts * dcounts / counts_sum", "row-factor", "which is `counts_sum_inv`"],
  ["dhpreact = (1 - h**2) * dh * h", "own-factor", "which is `h`"],
  ["dembcat = dhprebn @ W1.T + 1", "difference", "too large by the same amount, 1 here"],
  ["dbnraw = bngain * dhpreact - dbnmeani", "column-difference", "`dbnmeani` too little"],
  ["dnorm_logits = counts * dcounts + dcounts_sum", "row-difference", "`dcounts_sum` too much"],
  ["dbnraw = bngain * dhpreact + dh", "difference", "Each number of yours has its own `dh` too much."],
  ["dprobs = dlogprobs / probs\ndprobs[range(n), Yb] = 0", "target", "Only the target's number"],
  [
    "dprobs = dlogprobs * F.one_hot(Yb, vocab_size) / probs",
    "not-target",
    "target's number of each row is right",
  ],
  ["dlogits = dnorm_logits + F.one_hot(logit_argmax, V) * dlogit_maxes**2", "maximum", "largest logit"],
  [
    "dC = torch.zeros_like(C)\nfor x, d in zip(Xb.view(-1), demb.view(-1, n_embd)):\n    dC[x] = d * 1",
    "repeated",
    "occur more than once",
  ],
  ["dW2 = h.T @ dlogits\ndW2[-1] = 0", "last-row", "Only the last row is wrong"],
  ["dW2 = h.T @ dlogits\ndW2[3] = 0", "rows", "1 of 64 rows is wrong (3, counted from 0)"],
  ["dW2 = h.T @ dlogits\ndW2[:, 3:5] = 0", "columns", "2 of 27 columns are wrong (3, 4, counted from 0)"],
  ["dhpreact = (1 - h**3) * dh + h", "values", "numbers are wrong, most at ["],
];

describe("signs", () => {
  test.each(SIGNS)("%s: %s", (line, id, says) => {
    const sign = signFor(line);
    expect(sign?.id).toBe(`sign.${id}`);
    expect(sign?.says).toContain(says);
  });

  mistakesHaveSigns(20);
});
