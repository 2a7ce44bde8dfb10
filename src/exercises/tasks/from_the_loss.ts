/** Exercise 1, the first four gradients: from the loss back to the row's total. */
import { NOTEBOOK } from "../../model/notebook.ts";
import type { Task } from "../types.ts";
import { lines, rightHere, wrong } from "./entry.ts";

const group = "from the loss";

export const fromTheLoss: readonly Task[] = [
  {
    name: "dlogprobs",
    exercise: 1,
    group,
    given: [],
    asked:
      "How does the loss change with each log-probability? This is the first gradient, so there is none to start from.",
    hints: {
      forward: lines("loss"),
      rule: "The loss is minus the average of the n entries that were picked. An entry that was not picked does not enter it: its gradient is 0.",
      shapes: "Yb (n) → dlogprobs (n, V)",
      example: "n = 2, V = 2 and Yb = [1, 0] give dlogprobs = [[0, -0.5], [-0.5, 0]].",
      hole: "dlogprobs = torch.zeros((n, V))\ndlogprobs[range(n), Yb] = ___",
    },
    spellings: [
      NOTEBOOK.dlogprobs.torch,
      "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -1.0 / n",
      "dlogprobs = -F.one_hot(Yb, num_classes=logprobs.shape[1]) / n",
      "dlogprobs = torch.zeros_like(logprobs).scatter_(1, Yb.view(-1, 1), -1.0 / n)",
      "dlogprobs = torch.zeros_like(logprobs)\nfor row, y in enumerate(Yb):\n  dlogprobs[row, y] -= 1 / n",
    ],
    mistakes: [
      wrong(
        "dlogprobs.everywhere",
        "dlogprobs = torch.full_like(logprobs, -1.0 / n)",
        ({ n, vocab_size }) =>
          `All ${n * vocab_size} entries of yours are −1/${n}, as if every log-probability entered the loss; only ${n} of them do.`,
      ),
      wrong(
        "dlogprobs.picked-only",
        "dlogprobs = torch.full((n,), -1.0 / n)",
        ({ n, vocab_size }) =>
          `Yours has ${n} numbers, one for each entry that was picked; \`logprobs\` has ${n * vocab_size} entries, and each of them has a gradient.`,
      ),
      wrong(
        "dlogprobs.sign",
        "dlogprobs = F.one_hot(Yb, vocab_size) / n",
        "Every entry of yours has the opposite sign: training with it would make the right characters less likely.",
      ),
      wrong(
        "dlogprobs.no-mean",
        "dlogprobs = -F.one_hot(Yb, vocab_size).float()",
        ({ n }) => `Each entry of yours is ${n} times too large, and n is ${n} here.`,
      ),
      wrong(
        "dlogprobs.mean-over-all",
        "dlogprobs = -F.one_hot(Yb, vocab_size) / (n * vocab_size)",
        ({ vocab_size }) =>
          `Each entry of yours is ${vocab_size} times too small, and vocab_size is ${vocab_size} here: it averages over the whole table of log-probabilities.`,
      ),
      wrong(
        "dlogprobs.through-log",
        "dlogprobs = -F.one_hot(Yb, vocab_size) / (n * probs)",
        "Yours is one step further back already: it is the gradient of `probs`.",
      ),
      wrong(
        "dlogprobs.log-of-mean",
        "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -1.0 / logprobs[range(n), Yb].sum()",
        "Yours takes the logarithm of an average; the loss averages logarithms, so the values of `logprobs` do not appear in its derivative, and in yours they do.",
      ),
      wrong(
        "dlogprobs.log-of-mean-scalar",
        "dlogprobs = -1.0 / (n * logprobs[range(n), Yb].sum())",
        ({ n, vocab_size }) =>
          `Yours is a single number, and the values of \`logprobs\` are in it; \`logprobs\` has ${n * vocab_size} entries, and the loss is linear in all of them.`,
      ),
      wrong(
        "dlogprobs.times-loss",
        "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -loss / n",
        "Each entry of yours is multiplied by the value of the loss, so the gradient would shrink as the network gets better; the derivative of the loss with respect to itself is 1.",
      ),
      wrong(
        "dlogprobs.value",
        "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -logprobs[range(n), Yb] / n",
        "The entries of yours add up to the loss: they say what each example contributes to it, and not how it changes.",
      ),
      wrong(
        "dlogprobs.whole-columns",
        "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[:, Yb] = -1.0 / n",
        "Whole columns of yours are filled: in every row, each character counts as right that is right in any row.",
      ),
      wrong(
        "dlogprobs.starts-from-ones",
        "dlogprobs = torch.ones_like(logprobs)\ndlogprobs[range(n), Yb] = -1.0 / n",
        ({ n, vocab_size }) =>
          `The ${n} picked entries of yours are right; the other ${n * vocab_size - n} are 1, although the loss does not depend on them.`,
      ),
      wrong(
        "dlogprobs.softmax",
        "dlogprobs = (probs - F.one_hot(Yb, vocab_size)) / n",
        "Yours is the gradient of `logits`, all of exercise 2 at once; `logprobs` lies many steps nearer to the loss.",
      ),
    ],
  },
  {
    name: "dprobs",
    exercise: 1,
    group,
    given: ["dlogprobs"],
    asked: "How does the loss change with each probability, of which the logarithm is taken?",
    hints: {
      forward: lines("logprobs"),
      rule: "The chain rule, entry by entry: what arrives times the derivative of the logarithm. The derivative of ln x is 1/x.",
      shapes: "probs (n, V), dlogprobs (n, V) → dprobs (n, V)",
      example:
        "probs = [[0.5, 0.5], [0.2, 0.8]] and dlogprobs = [[0, -0.5], [-0.5, 0]] give dprobs = [[0, -1], [-2.5, 0]].",
      hole: "dprobs = dlogprobs / ___",
    },
    spellings: [
      NOTEBOOK.dprobs.torch,
      "dprobs = (1.0 / probs) * dlogprobs",
      "dprobs = probs**-1 * dlogprobs",
      "dprobs = torch.div(dlogprobs, probs)",
      "dprobs = dlogprobs.clone()\ndprobs /= probs",
    ],
    mistakes: [
      wrong(
        "dprobs.no-upstream",
        "dprobs = 1.0 / probs",
        "Yours stays the same whatever `dlogprobs` is, and it has no zeros: characters that are not the target seem to matter as well.",
      ),
      wrong(
        "dprobs.passed-through",
        "dprobs = dlogprobs",
        "Yours hands `dlogprobs` on as it came, as if the logarithm grew equally fast everywhere.",
      ),
      wrong(
        "dprobs.exp-for-log",
        "dprobs = probs * dlogprobs",
        "Yours gets small where the probability is small; there the logarithm is steepest, so a right character thought unlikely would hardly be pushed.",
      ),
      wrong(
        "dprobs.by-output",
        "dprobs = dlogprobs / logprobs",
        "Yours divides by what the logarithm gave and not by what went in: `logprobs` is negative, so the signs are turned round too.",
      ),
      wrong(
        "dprobs.times-output",
        "dprobs = logprobs * dlogprobs",
        "Yours has the logarithm itself where its derivative belongs; `logprobs` is negative, so the signs are turned round too.",
      ),
      wrong(
        "dprobs.sign",
        "dprobs = -dlogprobs / probs",
        "Every entry of yours has the opposite sign, as if a more likely character had a lower log-probability.",
      ),
      wrong(
        "dprobs.every-entry",
        "dprobs = -1.0 / (n * probs)",
        "Yours is right at the targets in this network and wrong at all other characters, which should get 0.",
      ),
      wrong(
        "dprobs.squared",
        "dprobs = dlogprobs / probs**2",
        "Each entry of yours is too large by one more division by its own probability: that is how steep 1/x is, not ln x.",
      ),
      wrong(
        "dprobs.upside-down",
        "dprobs = probs / dlogprobs",
        "Yours divides by `dlogprobs`, which is 0 for every character but the target, so most entries are infinite; and a larger gradient that arrives gives a smaller one.",
      ),
      wrong(
        "dprobs.by-counts",
        "dprobs = dlogprobs / counts",
        "Each row of yours is too small by its own `counts_sum`: the logarithm was taken of the probabilities, and yours divides by the counts.",
      ),
      rightHere(
        "dprobs.read-off",
        "dprobs = -F.one_hot(Yb, vocab_size) / (n * probs)",
        "True here, because `dlogprobs` is −1/n at the targets and 0 elsewhere; but yours does not use `dlogprobs`, so with another loss it would still be the same.",
      ),
    ],
  },
  {
    name: "dcounts_sum_inv",
    exercise: 1,
    group,
    given: ["dprobs"],
    asked:
      "How does the loss change with `counts_sum_inv`, the one factor by which a whole row of counts is multiplied?",
    hints: {
      forward: lines("probs"),
      rule: "In a product, each factor gets what arrives times the other factor. This factor is one number per row and was copied along the row: what was copied is summed.",
      shapes: "counts (n, V), dprobs (n, V) → dcounts_sum_inv (n, 1)",
      example:
        "counts = [[1, 0.5], [0.25, 1]] and dprobs = [[0, -1], [-2, 0]] give dcounts_sum_inv = [[-0.5], [-0.5]].",
      hole: "dcounts_sum_inv = (counts * dprobs).___",
    },
    spellings: [
      NOTEBOOK.dcounts_sum_inv.torch,
      "dcounts_sum_inv = (dprobs * counts).sum(dim=1, keepdims=True)",
      "dcounts_sum_inv = torch.sum(counts * dprobs, 1).unsqueeze(1)",
      "dcounts_sum_inv = (counts @ dprobs.T).diag().view(-1, 1)",
      "dcounts_sum_inv = torch.einsum('ij,ij->i', counts, dprobs)[:, None]",
      "dcounts_sum_inv = torch.zeros_like(counts_sum_inv)\nfor row in range(n):\n  dcounts_sum_inv[row] = (counts[row] * dprobs[row]).sum()",
    ],
    mistakes: [
      wrong(
        "dcounts_sum_inv.no-sum",
        "dcounts_sum_inv = counts * dprobs",
        ({ vocab_size }) =>
          `Yours has ${vocab_size} numbers per row, one for each place where the row's one \`counts_sum_inv\` was used; it is a single number, and can move in only one way.`,
      ),
      wrong(
        "dcounts_sum_inv.sum-of-one-factor",
        "dcounts_sum_inv = counts.sum(1, keepdim=True) * dprobs",
        ({ vocab_size }) =>
          `Yours sums \`counts\` alone, so each row still has ${vocab_size} numbers, and each count acts on every character of its row.`,
      ),
      wrong(
        "dcounts_sum_inv.product-of-sums",
        "dcounts_sum_inv = counts.sum(1, keepdim=True) * dprobs.sum(1, keepdim=True)",
        "Yours multiplies two sums; a sum of products is something else: each count meets the gradients of all characters of its row, not only its own.",
      ),
      wrong(
        "dcounts_sum_inv.wrong-axis",
        "dcounts_sum_inv = (counts * dprobs).sum(0, keepdim=True)",
        "Yours has one number per character and none per example: it sums down the columns, and `counts_sum_inv` was copied along the rows.",
      ),
      wrong(
        "dcounts_sum_inv.no-keepdim",
        "dcounts_sum_inv = (counts * dprobs).sum(1)",
        ({ n }) =>
          `The numbers are right, but yours lies in a row of ${n} and \`counts_sum_inv\` in a column: the next line would make ${n} × ${n} numbers of the two.`,
      ),
      wrong(
        "dcounts_sum_inv.everything",
        "dcounts_sum_inv = (counts * dprobs).sum()",
        "Yours is one number for the whole batch; each row has a total of its own.",
      ),
      wrong(
        "dcounts_sum_inv.no-counts",
        "dcounts_sum_inv = dprobs.sum(1, keepdim=True)",
        "Yours treats the product as a sum: a character that was counted often and one that hardly was weigh the same in it.",
      ),
      wrong(
        "dcounts_sum_inv.probs",
        "dcounts_sum_inv = (probs * dprobs).sum(1, keepdim=True)",
        "Each row of yours is too small by its own `counts_sum`: it has the product of the line where one of its factors belongs.",
      ),
      wrong(
        "dcounts_sum_inv.divided",
        "dcounts_sum_inv = (dprobs / counts).sum(1, keepdim=True)",
        "In yours the smallest counts weigh the most; in the product it is the largest count that the total moves the most.",
      ),
      wrong(
        "dcounts_sum_inv.mean",
        "dcounts_sum_inv = (counts * dprobs).mean(1, keepdim=True)",
        ({ vocab_size }) =>
          `Each entry of yours is ${vocab_size} times too small, and vocab_size is ${vocab_size} here.`,
      ),
      wrong(
        "dcounts_sum_inv.sign",
        "dcounts_sum_inv = -(counts * dprobs).sum(1, keepdim=True)",
        "Every entry of yours has the opposite sign; all counts are positive, so more of the factor is more of each probability.",
      ),
      rightHere(
        "dcounts_sum_inv.picked",
        "dcounts_sum_inv = (counts * dprobs)[range(n), Yb].view(-1, 1)",
        "True here, because each row of `dprobs` is 0 but for the target; yours leaves out what all the other characters would contribute.",
      ),
      rightHere(
        "dcounts_sum_inv.read-off",
        "dcounts_sum_inv = -counts_sum / n",
        "True here, because the target's count cancels against its probability; but yours does not use `dprobs`, so with another loss it would still be the same.",
      ),
    ],
  },
  {
    name: "dcounts_sum",
    exercise: 1,
    group,
    given: ["dcounts_sum_inv"],
    asked: "How does the loss change with each row's total, whose inverse is taken?",
    hints: {
      forward: lines("counts_sum_inv"),
      rule: "The chain rule, entry by entry, with the power rule: the exponent comes down as a factor and goes down by one. The derivative of x⁻¹ is −x⁻².",
      shapes: "counts_sum (n, 1), dcounts_sum_inv (n, 1) → dcounts_sum (n, 1)",
      example:
        "counts_sum = [[2], [4]] and dcounts_sum_inv = [[-0.5], [8]] give dcounts_sum = [[0.125], [-0.5]].",
      hole: "dcounts_sum = -dcounts_sum_inv / ___",
    },
    spellings: [
      NOTEBOOK.dcounts_sum.torch,
      "dcounts_sum = (-counts_sum**-2) * dcounts_sum_inv",
      "dcounts_sum = -1.0 / counts_sum**2 * dcounts_sum_inv",
      "dcounts_sum = -counts_sum_inv**2 * dcounts_sum_inv",
      "dcounts_sum = torch.neg(torch.pow(counts_sum, -2)) * dcounts_sum_inv",
    ],
    mistakes: [
      wrong(
        "dcounts_sum.no-upstream",
        "dcounts_sum = -counts_sum**-2",
        "Yours stays the same whatever `dcounts_sum_inv` is: it is the slope of 1/x, and not yet what that slope does to the loss.",
      ),
      wrong(
        "dcounts_sum.power-rule-stops",
        "dcounts_sum = -dcounts_sum_inv",
        "Yours has the same slope at every total, −1; one more count in a row of a thousand changes its inverse far less than in a row of two.",
      ),
      wrong(
        "dcounts_sum.sign",
        "dcounts_sum = counts_sum**-2 * dcounts_sum_inv",
        "Every entry of yours has the opposite sign: a larger total has a smaller inverse. (A minus inside of the square is lost.)",
      ),
      wrong(
        "dcounts_sum.exponent-not-lowered",
        "dcounts_sum = -counts_sum**-1 * dcounts_sum_inv",
        "Each entry of yours is too large by its own `counts_sum`: the exponent came down as a factor and stayed what it was.",
      ),
      wrong(
        "dcounts_sum.logarithm",
        "dcounts_sum = dcounts_sum_inv / counts_sum",
        "Yours is what a logarithm would give: it is too large by `counts_sum`, and its sign is the opposite, since a logarithm rises and 1/x falls.",
      ),
      wrong(
        "dcounts_sum.exponent-positive",
        "dcounts_sum = -counts_sum**2 * dcounts_sum_inv",
        "Yours grows with the total, by its square; the larger a total, the less its inverse changes.",
      ),
      wrong(
        "dcounts_sum.new-exponent-as-factor",
        "dcounts_sum = -2 * counts_sum**-2 * dcounts_sum_inv",
        "Each entry of yours is 2 times too large.",
      ),
      wrong(
        "dcounts_sum.all-squared",
        "dcounts_sum = -(dcounts_sum_inv / counts_sum)**2",
        "The square of yours covers `dcounts_sum_inv` too, so its sign is lost: no entry of yours can be positive.",
      ),
      wrong(
        "dcounts_sum.spread",
        "dcounts_sum = (-counts_sum**-2 * dcounts_sum_inv).expand(n, vocab_size)",
        ({ vocab_size }) =>
          `Each row of yours repeats its number ${vocab_size} times: that is one step further back, where the total was made of ${vocab_size} counts. \`cmp\` cannot see it, because comparing repeats the right numbers too.`,
      ),
      rightHere(
        "dcounts_sum.read-off",
        "dcounts_sum = 1.0 / (n * counts_sum)",
        "True here, because `dcounts_sum_inv` is −counts_sum/n in this network; but yours does not use `dcounts_sum_inv`, so with another loss it would still be the same.",
      ),
    ],
  },
];
