/** Exercise 2: the whole of the loss at once, from `logits` straight to `dlogits`. */
import { atOnce } from "../../model/at_once.ts";
import type { Task } from "../types.ts";
import { lines, tooSmall, wrong } from "./entry.ts";

export const exercise2: readonly Task[] = [
  {
    name: "dlogits",
    exercise: 2,
    group: "the loss at once",
    given: [],
    asked: "What is `dlogits` in one formula, made of `logits`, `Yb` and n alone?",
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
      rule: "For one example the loss is the logarithm of the sum of all exp(logit), minus the target's logit. The slope of the first towards a logit is softmax there, and the second takes 1 away at the target. The loss of the batch is the mean. So there are three steps: softmax, minus one-hot, over n.",
      shapes: "`logits` (n, V), `Yb` (n) → `dlogits` (n, V), whose rows add up to 0",
      example:
        "Where softmax is [[0.25, 0.75], [0.5, 0.5]], `Yb = [1, 0]` makes it [[0.25, -0.25], [-0.5, 0.5]], and `n = 2` gives `dlogits = [[0.125, -0.125], [-0.25, 0.25]]`.",
      hole: "dlogits = F.softmax(logits, ___)\ndlogits[range(n), ___] -= 1\ndlogits /= ___",
    },
    spellings: [
      atOnce.dlogits.torch,
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
        "One of three steps: yours is softmax, whatever the targets are. Each of its rows adds up to 1, and a row of `dlogits` to 0.",
      ),
      wrong(
        "dlogits.step-2-of-3",
        "dlogits = F.softmax(logits, 1) - F.one_hot(Yb, vocab_size)",
        ({ n }) => `Two of three steps: every number of yours is ${n} times too large, and n is ${n} here.`,
      ),
      wrong(
        "dlogits.no-target",
        "dlogits = F.softmax(logits, 1) / n",
        ({ n }) =>
          `Two of three steps: yours is right everywhere but at the ${n} targets, and each of its rows adds up to 1/${n} instead of 0.`,
      ),
      wrong(
        "dlogits.sign",
        "dlogits = (F.one_hot(Yb, vocab_size) - F.softmax(logits, 1)) / n",
        "Every number of yours has the wrong sign: training with it would make the right characters less likely.",
      ),
      wrong(
        "dlogits.plus",
        "dlogits = (F.softmax(logits, 1) + F.one_hot(Yb, vocab_size)) / n",
        ({ n }) =>
          `Yours is right everywhere but at the ${n} targets, where it is positive, as if the loss grew with the target's logit.`,
      ),
      wrong(
        "dlogits.one-hot-over-n",
        "dlogits = F.softmax(logits, 1) - F.one_hot(Yb, vocab_size) / n",
        ({ n }) =>
          `Everything but the targets is ${n} times too large in yours, and each of its rows adds up to ${n - 1}/${n} instead of 0.`,
      ),
      wrong(
        "dlogits.softmax-over-n",
        "dlogits = F.softmax(logits, 1) / n - F.one_hot(Yb, vocab_size)",
        ({ n }) =>
          `Yours is right everywhere but at the ${n} targets: what it takes away there is ${n} times too much, and n is ${n} here.`,
      ),
      wrong(
        "dlogits.over-n-twice",
        "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1/n\ndlogits /= n",
        ({ n }) =>
          `Yours is right everywhere but at the ${n} targets: what it takes away there is ${n} times too little, and n is ${n} here.`,
      ),
      wrong(
        "dlogits.softmax-down-the-batch",
        "dlogits = (F.softmax(logits, 0) - F.one_hot(Yb, vocab_size)) / n",
        ({ n }) =>
          `In your softmax the ${n} examples compete for each character: its columns add up to 1, and its rows do not.`,
      ),
      wrong(
        "dlogits.softmax-of-all",
        "dlogits = (logits.view(-1).softmax(0).view_as(logits) - F.one_hot(Yb, vocab_size)) / n",
        ({ n }) =>
          `In your softmax all ${n} examples compete with one another: it adds up to 1 over the whole batch, and not in each row.`,
      ),
      wrong(
        "dlogits.targets-of-all",
        "dlogits = F.softmax(logits, 1)\ndlogits[:, Yb] -= 1\ndlogits /= n",
        ({ n }) =>
          `Whole columns of yours are lower: each character that is a target anywhere is taken for the target of all ${n} examples.`,
      ),
      wrong(
        "dlogits.rows-of-targets",
        "dlogits = F.softmax(logits, 1)\ndlogits[Yb] -= 1\ndlogits /= n",
        "In yours the targets are taken for numbers of rows, so whole rows are lower: row 5 for character 5.",
      ),
      wrong(
        "dlogits.target-set",
        "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] = -1\ndlogits /= n",
        ({ n }) =>
          `Yours is right everywhere but at the ${n} targets: it is −1/${n} at all of them, however likely the network found them.`,
      ),
      wrong(
        "dlogits.target-only",
        "dlogits = (F.softmax(logits, 1) - 1) * F.one_hot(Yb, vocab_size) / n",
        "Yours is right at the targets and 0 everywhere else, as if the other characters had no part in softmax.",
      ),
      wrong(
        "dlogits.guess-for-target",
        "dlogits = F.softmax(logits, 1)\ndlogits[range(n), logits.argmax(1)] -= 1\ndlogits /= n",
        "Yours is right where the network's guess is the target; in all other rows it pushes up what is already the largest.",
      ),
      wrong(
        "dlogits.target-number",
        "dlogits = (F.softmax(logits, 1) - Yb.view(-1, 1)) / n",
        "Yours takes the target's number away from a whole row: 5 for character 5, 20 for character 20.",
      ),
      wrong(
        "dlogits.mean-over-all",
        "dlogits = (F.softmax(logits, 1) - F.one_hot(Yb, vocab_size)) / logits.numel()",
        tooSmall("vocab_size"),
      ),
      wrong(
        "dlogits.over-vocabulary",
        "dlogits = (F.softmax(logits, 1) - F.one_hot(Yb, vocab_size)) / vocab_size",
        ({ n, vocab_size }) =>
          `Every number of yours is too large by the factor ${n}/${vocab_size}: vocab_size is ${vocab_size} here, and n is ${n}.`,
      ),
      wrong(
        "dlogits.no-softmax",
        "dlogits = (logits - F.one_hot(Yb, vocab_size)) / n",
        "Yours takes the logits themselves for probabilities: they may be negative or above 1, and its rows do not add up to 0.",
      ),
      wrong(
        "dlogits.not-normalised",
        "dlogits = (logits.exp() - F.one_hot(Yb, vocab_size)) / n",
        "Your probabilities can be larger than 1, and the rows of yours do not add up to 0.",
      ),
      wrong(
        "dlogits.counts",
        "dlogits = (counts - F.one_hot(Yb, vocab_size)) / n",
        "The largest logit of each row is taken for certain in yours, since its count is 1, and its rows do not add up to 0.",
      ),
      wrong(
        "dlogits.log-probabilities",
        "dlogits = (F.log_softmax(logits, 1) - F.one_hot(Yb, vocab_size)) / n",
        "No number of yours is positive, so every logit would have to go up.",
      ),
      wrong(
        "dlogits.sigmoid",
        "dlogits = (torch.sigmoid(logits) - F.one_hot(Yb, vocab_size)) / n",
        "Yours judges each character by its own logit alone: they do not compete, and its rows do not add up to 0.",
      ),
      wrong(
        "dlogits.double",
        "dlogits = 2 * (F.softmax(logits, 1) - F.one_hot(Yb, vocab_size)) / n",
        "Every number of yours is 2 times too large.",
      ),
      wrong(
        "dlogits.squared-error",
        "p = F.softmax(logits, 1)\nd = 2 * (p - F.one_hot(Yb, vocab_size)) / n\ndlogits = p * (d - (p * d).sum(1, keepdim=True))",
        "Yours is right for another loss, the squared distance between softmax and one-hot: with it a target that is found unlikely hardly moves.",
      ),
      wrong(
        "dlogits.softmax-again",
        "p = F.softmax(logits, 1)\nd = (p - F.one_hot(Yb, vocab_size)) / n\ndlogits = p * (d - (p * d).sum(1, keepdim=True))",
        "Yours goes back through softmax once more than there is one: a target that is found unlikely hardly moves.",
      ),
      wrong(
        "dlogits.diagonal",
        "p = F.softmax(logits, 1)\ndlogits = p * (1 - p) * (p - F.one_hot(Yb, vocab_size)) / n",
        "Yours has p(1 − p) of each probability p as one more factor: near 0 and 1 almost nothing is left of it, and its rows do not add up to 0.",
      ),
      wrong(
        "dlogits.quotient-rule",
        "dlogits = (counts * counts_sum - counts**2) / counts_sum**2",
        "No number of yours is negative, whatever the targets are: it says how each probability grows with its own logit, and not what that does to the loss.",
      ),
      wrong(
        "dlogits.stops-at-logprobs",
        "dlogits = -F.one_hot(Yb, vocab_size) / n",
        "Yours is `dlogprobs`, the first step back from the loss: it stays the same whatever the logits are.",
      ),
      wrong(
        "dlogits.stops-at-probs",
        "dlogits = -F.one_hot(Yb, vocab_size) / (n * F.softmax(logits, 1))",
        "Yours is `dprobs`: only the targets have a gradient, and an unlikely one has a huge one.",
      ),
      wrong(
        "dlogits.value",
        "dlogits = -F.one_hot(Yb, vocab_size) * F.log_softmax(logits, 1) / n",
        "The numbers of yours add up to the loss: they say what each example contributes to it, and not how it changes.",
      ),
    ],
  },
];
