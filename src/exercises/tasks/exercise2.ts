/** Exercise 2: the whole of the loss at once, from `logits` straight to `dlogits`. */
import type { Task } from "../types.ts";
import { lines, wrong } from "./entry.ts";

export const exercise2: readonly Task[] = [
  {
    name: "dlogits",
    exercise: 2,
    group: "the loss at once",
    given: [],
    asked:
      "All the lines from `logits` to the loss in one formula. Which is it, from `logits`, `Yb` and `n` alone?",
    hints: {
      forward: [
        ...lines(
          "logit_maxes",
          "norm_logits",
          "counts",
          "counts_sum",
          "counts_sum_inv",
          "probs",
          "logprobs",
          "loss",
        ),
      ],
      rule: "For one example the loss is minus the log of softmax at the target: minus the target's logit, plus the log of the sum of all exp(logit). The slope of the second part towards a logit is softmax there; the first adds -1 at the target. The loss is the mean of that over the batch. So there are three steps: softmax, minus one-hot, over n.",
      shapes:
        "logits, softmax and the one-hot rows of the targets are all (n,V). Softmax adds up to 1 along a row, so a row of dlogits adds up to 0.",
      example:
        "Softmax is [[0.25, 0.75], [0.5, 0.5]] and Yb = [1, 0]: minus one-hot it is [[0.25, -0.25], [-0.5, 0.5]], over n = 2 [[0.125, -0.125], [-0.25, 0.25]].",
      hole: "dlogits = F.softmax(logits, ___)\ndlogits[range(n), ___] -= 1\ndlogits /= ___",
    },
    spellings: [
      "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1\ndlogits /= n",
      "dlogits = (F.softmax(logits, dim=1) - F.one_hot(Yb, vocab_size)) / n",
      "dlogits = probs.clone()\ndlogits[torch.arange(n), Yb] -= 1.0\ndlogits *= 1/n",
      "dlogits = (logits.softmax(-1) - F.one_hot(Yb, num_classes=logits.shape[1]).float()) / logits.shape[0]",
      "dlogits = F.log_softmax(logits, 1).exp() / n\ndlogits[range(n), Yb] -= 1/n",
      "e = (logits - logits.max(1, keepdim=True).values).exp()\ndlogits = e / e.sum(1, keepdim=True)\nfor i in range(n):\n    dlogits[i, Yb[i]] -= 1\ndlogits = dlogits / n",
      "dlogits = F.softmax(logits, 1).scatter_add_(1, Yb.view(-1, 1), torch.full((n, 1), -1.0)) / n",
      "dlogits = torch.softmax(logits, 1) / n - torch.eye(vocab_size)[Yb] / n",
    ],
    mistakes: [
      wrong(
        "dlogits.step-1-of-3",
        "dlogits = F.softmax(logits, 1)",
        "That is softmax, the first of three steps: each row of yours adds up to 1, a row of dlogits to 0. Nothing in yours depends on the targets yet.",
      ),
      wrong(
        "dlogits.step-2-of-3",
        "dlogits = F.softmax(logits, 1) - F.one_hot(Yb, vocab_size)",
        ({ n }) =>
          `Two of three steps: every row is right for a loss that is the sum over the batch. This one is the mean, so yours is ${n} times too large, and n is ${n} here.`,
      ),
      wrong(
        "dlogits.no-target",
        "dlogits = F.softmax(logits, 1) / n",
        ({ n }) =>
          `Two of three steps: yours is right everywhere but at the ${n} targets. There it pushes down as everywhere, and nothing is pushed up: each row adds up to 1/${n} instead of 0.`,
      ),
      wrong(
        "dlogits.sign",
        "dlogits = (F.one_hot(Yb, vocab_size) - F.softmax(logits, 1)) / n",
        "Every number of yours has the wrong sign: the loss falls when the target's logit rises, so there the gradient is negative.",
      ),
      wrong(
        "dlogits.plus",
        "dlogits = (F.softmax(logits, 1) + F.one_hot(Yb, vocab_size)) / n",
        "Yours is right everywhere but at the targets, where it is positive: it says that the loss grows with the target's logit. Each row adds up to 2/n instead of 0.",
      ),
      wrong(
        "dlogits.one-hot-over-n",
        "dlogits = F.softmax(logits, 1) - F.one_hot(Yb, vocab_size) / n",
        ({ n }) =>
          `In yours only the one-hot is divided by n: everything but the targets is ${n} times too large, and no row adds up to 0.`,
      ),
      wrong(
        "dlogits.softmax-over-n",
        "dlogits = F.softmax(logits, 1) / n - F.one_hot(Yb, vocab_size)",
        ({ n }) =>
          `In yours only softmax is divided by n: it is right everywhere but at the ${n} targets, which are nearly ${n} times too far down.`,
      ),
      wrong(
        "dlogits.over-n-twice",
        "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1/n\ndlogits /= n",
        ({ n }) =>
          `Yours divides the 1 at the targets by n twice: it is right everywhere but there, and takes 1/${n * n} away instead of 1/${n}.`,
      ),
      wrong(
        "dlogits.softmax-down-the-batch",
        "dlogits = (F.softmax(logits, 0) - F.one_hot(Yb, vocab_size)) / n",
        ({ n, vocab_size: V }) =>
          `In your softmax the ${n} examples compete for each character; the ${V} characters should compete within each example. Its columns add up to 1, and not its rows.`,
      ),
      wrong(
        "dlogits.softmax-of-all",
        "dlogits = (logits.view(-1).softmax(0).view_as(logits) - F.one_hot(Yb, vocab_size)) / n",
        ({ n }) =>
          `Your probabilities add up to 1 over the whole batch, so all ${n} examples compete with one another; each row should add up to 1 by itself.`,
      ),
      wrong(
        "dlogits.targets-of-all",
        "dlogits = F.softmax(logits, 1)\ndlogits[:, Yb] -= 1\ndlogits /= n",
        ({ n }) =>
          `In yours whole columns are lower: each character that is a target anywhere is taken for the target of all ${n} examples.`,
      ),
      wrong(
        "dlogits.target-set",
        "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] = -1\ndlogits /= n",
        ({ n }) =>
          `Yours is right everywhere but at the targets: all of them are -1/${n}, however likely the network found them. \`=\` has replaced softmax there.`,
      ),
      wrong(
        "dlogits.target-alone",
        "dlogits = (F.softmax(logits, 1) - 1) * F.one_hot(Yb, vocab_size) / n",
        "Yours is right at the targets and 0 everywhere else. The other characters take part in the sum that softmax divides by, so they have a gradient as well.",
      ),
      wrong(
        "dlogits.guess-for-target",
        "dlogits = F.softmax(logits, 1)\ndlogits[range(n), logits.argmax(1)] -= 1\ndlogits /= n",
        "Yours is right in the rows where the network's guess is the target. In the others it pushes up what is already the largest, not what came next: nothing in yours depends on Yb.",
      ),
      wrong(
        "dlogits.target-number",
        "dlogits = (F.softmax(logits, 1) - Yb.view(-1, 1)) / n",
        "Yours takes the target's number from a whole row: 5 for character 5, 20 for character 20. A target is a place in the row, not an amount.",
      ),
      wrong(
        "dlogits.mean-of-all",
        "dlogits = (F.softmax(logits, 1) - F.one_hot(Yb, vocab_size)) / logits.numel()",
        ({ vocab_size: V }) =>
          `Every number of yours is ${V} times too small, and vocab_size is ${V} here: the loss is the mean over the examples, and each of them picks one of its ${V} numbers.`,
      ),
      wrong(
        "dlogits.over-vocabulary",
        "dlogits = (F.softmax(logits, 1) - F.one_hot(Yb, vocab_size)) / vocab_size",
        ({ n, vocab_size: V }) =>
          `Every number of yours is off by ${n}/${V}: it is divided by the ${V} characters, and the loss is the mean over the ${n} examples.`,
      ),
      wrong(
        "dlogits.no-softmax",
        "dlogits = (logits - F.one_hot(Yb, vocab_size)) / n",
        "Yours takes the logits themselves for probabilities: they may be negative or larger than 1, and no row of yours adds up to 0.",
      ),
      wrong(
        "dlogits.not-normalised",
        "dlogits = (logits.exp() - F.one_hot(Yb, vocab_size)) / n",
        "Yours has exp(logit) where a share of the row's sum belongs: nothing holds it below 1, and no row adds up to 0.",
      ),
      wrong(
        "dlogits.counts",
        "dlogits = (counts - F.one_hot(Yb, vocab_size)) / n",
        "Yours has counts where a share of the row's sum belongs: the largest of each row is always 1, so no row adds up to 0.",
      ),
      wrong(
        "dlogits.log-probabilities",
        "dlogits = (F.log_softmax(logits, 1) - F.one_hot(Yb, vocab_size)) / n",
        "Yours has the log of softmax: all of it is negative, so every logit would have to go up.",
      ),
      wrong(
        "dlogits.sigmoid",
        "dlogits = (torch.sigmoid(logits) - F.one_hot(Yb, vocab_size)) / n",
        "Yours judges each character by its own logit alone, as if there were a yes or no for each. In this loss they compete, so that a row adds up to 0, which yours does not.",
      ),
      wrong(
        "dlogits.squared-error",
        "dlogits = 2 * (F.softmax(logits, 1) - F.one_hot(Yb, vocab_size)) / n",
        "Every number of yours is 2 times too large. The difference comes from the logarithm here, not from a square.",
      ),
      wrong(
        "dlogits.squared-error-through-softmax",
        "p = F.softmax(logits, 1)\nd = 2 * (p - F.one_hot(Yb, vocab_size)) / n\ndlogits = p * (d - (p * d).sum(1, keepdim=True))",
        "That is right for another loss, the squared distance between softmax and one-hot. This one is minus the logarithm of the target's probability.",
      ),
      wrong(
        "dlogits.softmax-again",
        "p = F.softmax(logits, 1)\nd = (p - F.one_hot(Yb, vocab_size)) / n\ndlogits = p * (d - (p * d).sum(1, keepdim=True))",
        "Softmax minus one-hot is already what comes back to the logits; yours sends it through softmax once more, and a target that is found unlikely hardly moves.",
      ),
      wrong(
        "dlogits.diagonal",
        "p = F.softmax(logits, 1)\ndlogits = p * (1 - p) * (p - F.one_hot(Yb, vocab_size)) / n",
        "Yours has the slope of a sigmoid, p(1 - p), as one more factor: near 0 and 1 almost nothing is left of it, and no row adds up to 0.",
      ),
      wrong(
        "dlogits.stops-at-logprobs",
        "dlogits = -F.one_hot(Yb, vocab_size) / n",
        "That is dlogprobs, the loss's first step back: yours is the same whatever the logits are, and softmax has no part in it.",
      ),
      wrong(
        "dlogits.stops-at-probs",
        "dlogits = -F.one_hot(Yb, vocab_size) / (n * F.softmax(logits, 1))",
        "That is dprobs: the way back through the log, which stops before softmax. Only the targets have a gradient in yours, and an unlikely one a huge one.",
      ),
      wrong(
        "dlogits.loss-itself",
        "dlogits = -F.one_hot(Yb, vocab_size) * F.log_softmax(logits, 1) / n",
        "Those are the terms of the loss itself, not its slope: they add up to the loss, and are 0 everywhere but at the targets.",
      ),
    ],
  },
];
