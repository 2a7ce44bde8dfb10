/** Exercise 1, the first four gradients: from the loss back to the row's total. */
import type { Task } from "../types.ts";
import { lines, rightHere, tooLarge, tooSmall, wrong } from "./entry.ts";

const exercise = 1;
const group = "from the loss";

export const fromTheLoss: readonly Task[] = [
  {
    name: "dlogprobs",
    exercise,
    group,
    given: [],
    asked:
      "How does the loss change with each log-probability, where there is no gradient yet to start from?",
    hints: {
      forward: lines("loss"),
      rule: "The loss is minus the average of the n numbers that were picked. A number that was not picked does not enter it, so its gradient is 0.",
      shapes: "`Yb` (n) → `dlogprobs` (n, V)",
      example: "`n = 2`, `V = 2` and `Yb = [1, 0]` give `dlogprobs = [[0, -0.5], [-0.5, 0]]`.",
      hole: "dlogprobs = torch.zeros((n, V))\ndlogprobs[range(n), Yb] = ___",
    },
    spellings: [
      ...lines("dlogprobs"),
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
          `All ${n * vocab_size} numbers of yours are −1/${n}, as if every log-probability entered the loss; only ${n} of them do.`,
      ),
      wrong(
        "dlogprobs.picked-only",
        "dlogprobs = torch.full((n,), -1.0 / n)",
        ({ n, vocab_size }) =>
          `Yours has ${n} numbers, one for each log-probability that was picked; \`logprobs\` has ${n * vocab_size}, and each of them has a gradient.`,
      ),
      wrong(
        "dlogprobs.sign",
        "dlogprobs = F.one_hot(Yb, vocab_size) / n",
        "Every number of yours has the wrong sign: training with it would make the right characters less likely.",
      ),
      wrong("dlogprobs.no-mean", "dlogprobs = -F.one_hot(Yb, vocab_size).float()", tooLarge("n")),
      wrong(
        "dlogprobs.mean-over-all",
        "dlogprobs = -F.one_hot(Yb, vocab_size) / (n * vocab_size)",
        ({ vocab_size }) =>
          `Every number of yours is ${vocab_size} times too small, and vocab_size is ${vocab_size} here: it averages over the whole table of log-probabilities.`,
      ),
      wrong(
        "dlogprobs.too-far",
        "dlogprobs = -F.one_hot(Yb, vocab_size) / (n * probs)",
        "Yours is `dprobs`, one step too far back.",
      ),
      wrong(
        "dlogprobs.log-of-mean",
        "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -1.0 / logprobs[range(n), Yb].sum()",
        "Yours changes with the values of `logprobs`: it is the slope of a logarithm of an average, and the loss is an average of logarithms.",
      ),
      wrong(
        "dlogprobs.log-of-mean-scalar",
        "dlogprobs = -1.0 / (n * logprobs[range(n), Yb].sum())",
        ({ n, vocab_size }) =>
          `Yours is a single number that changes with the values of \`logprobs\`; there are ${n * vocab_size} of them, and the loss is a straight line in each.`,
      ),
      wrong(
        "dlogprobs.times-loss",
        "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -loss / n",
        "Every number of yours is multiplied by the loss, so that the gradient would shrink as the network gets better.",
      ),
      wrong(
        "dlogprobs.value",
        "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -logprobs[range(n), Yb] / n",
        "The numbers of yours add up to the loss: they say what each example contributes to it, and not how it changes.",
      ),
      wrong(
        "dlogprobs.whole-columns",
        "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[:, Yb] = -1.0 / n",
        ({ n }) =>
          `Whole columns of yours are filled: each character that is right in one row counts as right in all ${n}.`,
      ),
      wrong(
        "dlogprobs.starts-at-one",
        "dlogprobs = torch.ones_like(logprobs)\ndlogprobs[range(n), Yb] = -1.0 / n",
        ({ n, vocab_size }) =>
          `The ${n} picked numbers of yours are right; the other ${n * vocab_size - n} are 1, although the loss does not depend on them.`,
      ),
      wrong(
        "dlogprobs.softmax",
        "dlogprobs = (probs - F.one_hot(Yb, vocab_size)) / n",
        "Yours is `dlogits`, all of exercise 2 at once; `logprobs` is many steps nearer to the loss.",
      ),
      wrong(
        "dlogprobs.slope-of-log",
        "dlogprobs = 1.0 / probs",
        "Neither the targets nor the average of the loss is in yours: it is the slope of the line that made `logprobs`, and no number of it is 0.",
      ),
    ],
  },
  {
    name: "dprobs",
    exercise,
    group,
    given: ["dlogprobs"],
    asked: "How does the loss change with each probability, of which the logarithm is taken?",
    hints: {
      forward: lines("logprobs"),
      rule: "The chain rule, number by number: what arrives times the slope of the logarithm. The slope of ln x is 1/x.",
      shapes: "`probs` (n, V), `dlogprobs` (n, V) → `dprobs` (n, V)",
      example:
        "`probs = [[0.5, 0.5], [0.2, 0.8]]` and `dlogprobs = [[0, -0.5], [-0.5, 0]]` give `dprobs = [[0, -1], [-2.5, 0]]`.",
      hole: "dprobs = dlogprobs / ___",
    },
    spellings: [
      ...lines("dprobs"),
      "dprobs = (1.0 / probs) * dlogprobs",
      "dprobs = probs**-1 * dlogprobs",
      "dprobs = torch.div(dlogprobs, probs)",
      "dprobs = dlogprobs.clone()\ndprobs /= probs",
    ],
    mistakes: [
      wrong(
        "dprobs.no-upstream",
        "dprobs = 1.0 / probs",
        "Yours stays the same whatever `dlogprobs` is, and no number of it is 0: characters that are not the target count as well.",
      ),
      wrong(
        "dprobs.passed-through",
        "dprobs = dlogprobs",
        "Each number of yours is off by the factor `probs`: it hands `dlogprobs` on as it came, as if the logarithm grew equally fast everywhere.",
      ),
      wrong(
        "dprobs.exp-for-log",
        "dprobs = probs * dlogprobs",
        "Each number of yours is off by the factor `probs` squared: the less likely the right character was found, the less it would be pushed.",
      ),
      wrong(
        "dprobs.by-output",
        "dprobs = dlogprobs / logprobs",
        "Yours divides by what the logarithm gave: `logprobs` is negative, so no number but the zeros has the right sign.",
      ),
      wrong(
        "dprobs.value",
        "dprobs = logprobs * dlogprobs",
        "Yours has the logarithm itself as its slope: `logprobs` is negative, so no number but the zeros has the right sign.",
      ),
      wrong(
        "dprobs.sign",
        "dprobs = -dlogprobs / probs",
        "Every number of yours has the wrong sign, as if a more likely character had a lower log-probability.",
      ),
      wrong(
        "dprobs.everywhere",
        "dprobs = -1.0 / (n * probs)",
        "Yours is right at the targets in this network; at no other character is it 0, although none of them enters the loss.",
      ),
      wrong(
        "dprobs.squared",
        "dprobs = dlogprobs / probs**2",
        "Each number of yours is off by the factor 1/`probs`: the less likely a character was found, the further it is off.",
      ),
      wrong(
        "dprobs.upside-down",
        "dprobs = probs / dlogprobs",
        "A larger gradient that arrives gives a smaller one in yours. `dlogprobs` is 0 but for the targets, so most of yours is infinite.",
      ),
      wrong(
        "dprobs.by-counts",
        "dprobs = dlogprobs / counts",
        "Each row of yours is off by the factor 1/`counts_sum`, as if the logarithm had been taken of the counts.",
      ),
      rightHere(
        "dprobs.read-off",
        "dprobs = -F.one_hot(Yb, vocab_size) / (n * probs)",
        ["dlogprobs"],
        "`dlogprobs` is −1/n at the targets and 0 elsewhere",
      ),
    ],
  },
  {
    name: "dcounts_sum_inv",
    exercise,
    group,
    given: ["dprobs"],
    asked:
      "How does the loss change with `counts_sum_inv`, the one factor by which a whole row of counts is multiplied?",
    hints: {
      forward: lines("probs"),
      rule: "In a product, each factor gets what arrives times the other factor. This factor is one number per row and was copied along the row: what was copied is summed.",
      shapes: "`counts` (n, V), `dprobs` (n, V) → `dcounts_sum_inv` (n, 1)",
      example:
        "`counts = [[1, 0.5], [0.25, 1]]` and `dprobs = [[0, -1], [-2, 0]]` give `dcounts_sum_inv = [[-0.5], [-0.5]]`.",
      hole: "dcounts_sum_inv = (counts * dprobs).___",
    },
    spellings: [
      ...lines("dcounts_sum_inv"),
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
          `Yours has ${vocab_size} numbers per row, one for each place where \`counts_sum_inv\` was used; it is one number per row, and can move in only one way.`,
      ),
      wrong(
        "dcounts_sum_inv.sum-of-one-factor",
        "dcounts_sum_inv = counts.sum(1, keepdim=True) * dprobs",
        ({ vocab_size }) =>
          `Yours sums the counts alone: it still has ${vocab_size} numbers per row, and each count acts on all characters of its row.`,
      ),
      wrong(
        "dcounts_sum_inv.product-of-sums",
        "dcounts_sum_inv = counts.sum(1, keepdim=True) * dprobs.sum(1, keepdim=True)",
        ({ vocab_size }) =>
          `Yours multiplies two sums: each count meets the gradients of all ${vocab_size} characters of its row, not only its own.`,
      ),
      wrong(
        "dcounts_sum_inv.wrong-axis",
        "dcounts_sum_inv = (counts * dprobs).sum(0, keepdim=True)",
        ({ n, vocab_size }) =>
          `Yours has ${vocab_size} numbers, one for each character; \`counts_sum_inv\` has ${n}, one for each example.`,
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
        ({ n }) => `Yours is a single number for all ${n} examples, so it cannot tell them apart.`,
      ),
      wrong(
        "dcounts_sum_inv.no-factor",
        "dcounts_sum_inv = dprobs.sum(1, keepdim=True)",
        "In yours a character that was counted often and one that hardly was weigh the same.",
      ),
      wrong(
        "dcounts_sum_inv.output",
        "dcounts_sum_inv = (probs * dprobs).sum(1, keepdim=True)",
        "Each row of yours is off by the factor 1/`counts_sum`: the division by the total is in it already.",
      ),
      wrong(
        "dcounts_sum_inv.divided",
        "dcounts_sum_inv = (dprobs / counts).sum(1, keepdim=True)",
        "In yours the smallest counts weigh the most, although a common factor moves them the least.",
      ),
      wrong(
        "dcounts_sum_inv.mean",
        "dcounts_sum_inv = (counts * dprobs).mean(1, keepdim=True)",
        tooSmall("vocab_size"),
      ),
      wrong(
        "dcounts_sum_inv.sign",
        "dcounts_sum_inv = -(counts * dprobs).sum(1, keepdim=True)",
        "Every number of yours has the wrong sign, as if a larger factor made the probabilities smaller.",
      ),
      rightHere(
        "dcounts_sum_inv.picked",
        "dcounts_sum_inv = (counts * dprobs)[range(n), Yb].view(-1, 1)",
        ["dprobs"],
        "each row of `dprobs` is 0 but for the target's number",
      ),
      rightHere(
        "dcounts_sum_inv.read-off",
        "dcounts_sum_inv = -counts_sum / n",
        ["dprobs"],
        "the target's count cancels against its probability in this loss",
      ),
    ],
  },
  {
    name: "dcounts_sum",
    exercise,
    group,
    given: ["dcounts_sum_inv"],
    asked: "How does the loss change with each row's total, whose inverse is taken?",
    hints: {
      forward: lines("counts_sum_inv"),
      rule: "The chain rule, number by number, with the power rule: the exponent comes down as a factor, and above it goes down by one. The slope of x⁻¹ is −x⁻².",
      shapes: "`counts_sum` (n, 1), `dcounts_sum_inv` (n, 1) → `dcounts_sum` (n, 1)",
      example:
        "`counts_sum = [[2], [4]]` and `dcounts_sum_inv = [[-0.5], [8]]` give `dcounts_sum = [[0.125], [-0.5]]`.",
      hole: "dcounts_sum = -dcounts_sum_inv / ___",
    },
    spellings: [
      ...lines("dcounts_sum"),
      "dcounts_sum = (-counts_sum**-2) * dcounts_sum_inv",
      "dcounts_sum = -1.0 / counts_sum**2 * dcounts_sum_inv",
      "dcounts_sum = -counts_sum_inv**2 * dcounts_sum_inv",
      "dcounts_sum = torch.neg(torch.pow(counts_sum, -2)) * dcounts_sum_inv",
    ],
    mistakes: [
      wrong(
        "dcounts_sum.no-upstream",
        "dcounts_sum = -counts_sum**-2",
        "Yours stays the same whatever `dcounts_sum_inv` is: it is the slope of 1/x alone.",
      ),
      wrong(
        "dcounts_sum.power-rule-stops",
        "dcounts_sum = -dcounts_sum_inv",
        "Each number of yours is off by the factor `counts_sum` squared: one more in a large total would matter as much as in a small one.",
      ),
      wrong(
        "dcounts_sum.sign",
        "dcounts_sum = counts_sum**-2 * dcounts_sum_inv",
        "Every number of yours has the wrong sign, as if a larger total had a larger inverse. (A minus inside a square is lost.)",
      ),
      wrong(
        "dcounts_sum.exponent-kept",
        "dcounts_sum = -counts_sum**-1 * dcounts_sum_inv",
        "Each number of yours is off by the factor `counts_sum`: the exponent came down in front, and above it is still the old one.",
      ),
      wrong(
        "dcounts_sum.logarithm",
        "dcounts_sum = dcounts_sum_inv / counts_sum",
        "Each number of yours is off by the factor −`counts_sum`: that is the slope of a logarithm, which rises where 1/x falls.",
      ),
      wrong(
        "dcounts_sum.exponent-positive",
        "dcounts_sum = -counts_sum**2 * dcounts_sum_inv",
        "Yours grows with the square of the total, although the inverse changes the less, the larger the total is.",
      ),
      wrong(
        "dcounts_sum.new-exponent-as-factor",
        "dcounts_sum = -2 * counts_sum**-2 * dcounts_sum_inv",
        "Every number of yours is 2 times too large.",
      ),
      wrong(
        "dcounts_sum.all-squared",
        "dcounts_sum = -(dcounts_sum_inv / counts_sum)**2",
        "The square of yours covers `dcounts_sum_inv` too, so its sign is lost: no number of yours can be positive.",
      ),
      wrong(
        "dcounts_sum.too-far",
        "dcounts_sum = (-counts_sum**-2 * dcounts_sum_inv).expand(n, vocab_size)",
        ({ vocab_size }) =>
          `Each row of yours repeats its number ${vocab_size} times: that is one step too far back, at the ${vocab_size} counts. \`cmp\` cannot see it, because comparing repeats the right numbers too.`,
      ),
      rightHere(
        "dcounts_sum.read-off",
        "dcounts_sum = 1.0 / (n * counts_sum)",
        ["dcounts_sum_inv"],
        "`dcounts_sum_inv` is −`counts_sum`/n",
      ),
    ],
  },
];
