/** Exercise 1, back to the logits: two tensors here are used twice, so that two arrows leave them. */
import type { Task } from "../types.ts";
import { lines, noLoss, rightHere, unseen, wrong } from "./entry.ts";

const exercise = 1;
const group = "two arrows";

export const twoArrows: readonly Task[] = [
  {
    name: "dcounts",
    exercise,
    group,
    given: ["dprobs", "dcounts_sum"],
    asked: "How does the loss change with each count, which two lines use?",
    hints: {
      forward: lines("counts_sum", "probs"),
      rule: "Two lines use the counts, so two arrows leave them, and what comes back along both adds up. Through the product: what arrives times the other factor. Through the row's sum: every count gets the sum's gradient as it is.",
      shapes: "`counts_sum_inv` (n, 1), `dprobs` (n, V), `dcounts_sum` (n, 1) → `dcounts` (n, V)",
      example:
        "`counts_sum_inv = [[0.5], [0.25]]`, `dprobs = [[0, -1], [-2, 0]]` and `dcounts_sum = [[0.1], [0.2]]` give `dcounts = [[0.1, -0.4], [-0.3, 0.2]]`.",
      hole: "dcounts = counts_sum_inv * dprobs + ___",
    },
    spellings: [
      ...lines("dcounts"),
      "dcounts = counts_sum_inv * dprobs\ndcounts += torch.ones_like(counts) * dcounts_sum",
      "dcounts = dprobs / counts_sum + dcounts_sum.expand_as(counts)",
      "dcounts = torch.add(dprobs * counts_sum_inv, dcounts_sum.repeat(1, vocab_size))",
      "dcounts = dprobs * counts_sum_inv\nfor row in range(n):\n  dcounts[row] += dcounts_sum[row]",
    ],
    mistakes: [
      wrong(
        "dcounts.product-only",
        "dcounts = counts_sum_inv * dprobs",
        "Half of it, one of two paths: the one through `counts_sum` is missing. All numbers in a row of yours are off by the same amount.",
      ),
      wrong(
        "dcounts.sum-only",
        "dcounts = torch.ones_like(counts) * dcounts_sum",
        "Half of it, one of two paths: the one through `probs` is missing, so all numbers in a row of yours are equal.",
      ),
      wrong(
        "dcounts.minus",
        "dcounts = counts_sum_inv * dprobs - dcounts_sum",
        "The path through `probs` is right; the one through `counts_sum` has the wrong sign.",
      ),
      wrong(
        "dcounts.sum-twice",
        "dcounts = counts_sum_inv * dprobs + 2 * dcounts_sum",
        "The path through `probs` is right; the one through `counts_sum` is in yours twice. A cell with `+=` that runs twice does this.",
      ),
      wrong(
        "dcounts.sum-averaged",
        "dcounts = counts_sum_inv * dprobs + dcounts_sum / vocab_size",
        ({ vocab_size }) =>
          `The path through \`probs\` is right; the one through \`counts_sum\` is ${vocab_size} times too small, and vocab_size is ${vocab_size} here.`,
      ),
      wrong(
        "dcounts.sum-as-product",
        "dcounts = counts_sum_inv * dprobs + counts * dcounts_sum",
        "The path through `probs` is right; in the one through `counts_sum` each number is off by the factor `counts`, as if the large terms of a sum reached it more.",
      ),
      wrong(
        "dcounts.multiplied",
        "dcounts = counts_sum_inv * dprobs * dcounts_sum",
        "Yours multiplies what comes back along the two paths, so that a path without a gradient would silence the other.",
      ),
      wrong(
        "dcounts.gradient-for-value",
        "dcounts = dcounts_sum_inv * dprobs + dcounts_sum",
        "The path through `counts_sum` is right; the one through `probs` multiplies two gradients, and no value of the forward pass is in it.",
      ),
      wrong(
        "dcounts.total-for-inverse",
        "dcounts = counts_sum * dprobs + dcounts_sum",
        "The path through `counts_sum` is right; in the one through `probs` each row is off by the factor `counts_sum` squared.",
      ),
      wrong(
        "dcounts.own-factor",
        "dcounts = counts * dprobs + dcounts_sum",
        "The path through `counts_sum` is right; the one through `probs` grows with the count itself, although how steep a product is in one factor does not depend on that factor.",
      ),
      wrong(
        "dcounts.no-factor",
        "dcounts = dprobs + dcounts_sum",
        "The path through `counts_sum` is right; in the one through `probs` each row is off by the factor `counts_sum`.",
      ),
      wrong(
        "dcounts.row-sums",
        "dcounts = (counts_sum_inv * dprobs).sum(1, keepdim=True) + dcounts_sum",
        ({ vocab_size }) =>
          `Yours has one number per row; each row has ${vocab_size} counts, and each of them has a gradient of its own.`,
      ),
      rightHere(
        "dcounts.read-off",
        "dcounts = (probs - F.one_hot(Yb, vocab_size)) / (n * counts)",
        ["dprobs", "dcounts_sum"],
        "`dprobs` and `dcounts_sum` give just (`probs` − one-hot)/(n · `counts`) with this loss",
      ),
    ],
  },
  {
    name: "dnorm_logits",
    exercise,
    group,
    given: ["dcounts"],
    asked: "How does the loss change with what goes into exp?",
    hints: {
      forward: lines("counts"),
      rule: "The chain rule, number by number. The slope of exp is exp itself, and its values were kept.",
      shapes: "`counts` (n, V), `dcounts` (n, V) → `dnorm_logits` (n, V)",
      example:
        "`counts = [[1, 0.5], [0.25, 1]]` and `dcounts = [[0.1, -0.4], [-0.4, 0.2]]` give `dnorm_logits = [[0.1, -0.2], [-0.1, 0.2]]`.",
      hole: "dnorm_logits = ___ * dcounts",
    },
    spellings: [
      ...lines("dnorm_logits"),
      "dnorm_logits = norm_logits.exp() * dcounts",
      "dnorm_logits = dcounts * torch.exp(norm_logits)",
      "dnorm_logits = counts.clone()\ndnorm_logits *= dcounts",
    ],
    mistakes: [
      wrong(
        "dnorm_logits.passed-through",
        "dnorm_logits = dcounts",
        "Each number of yours is off by the factor 1/`counts`: it is right only at each row's maximum, where the count is 1.",
      ),
      wrong(
        "dnorm_logits.no-upstream",
        "dnorm_logits = counts.clone()",
        "Yours stays the same whatever `dcounts` is: it is the slope of exp alone.",
      ),
      wrong(
        "dnorm_logits.input",
        "dnorm_logits = norm_logits * dcounts",
        "No number of `norm_logits` is above 0: each row's maximum gets 0 in yours, and everything else has the wrong sign.",
      ),
      wrong(
        "dnorm_logits.power-rule",
        "dnorm_logits = norm_logits * torch.exp(norm_logits - 1) * dcounts",
        "Yours takes exp for a power: each row's maximum gets 0, and everything else has the wrong sign.",
      ),
      wrong(
        "dnorm_logits.probs",
        "dnorm_logits = probs * dcounts",
        "Each row of yours is off by the factor 1/`counts_sum`: it divides by the total, which has lines of its own.",
      ),
      wrong(
        "dnorm_logits.logarithm",
        "dnorm_logits = dcounts / counts",
        "Each number of yours is off by the factor 1/`counts` squared: it is largest where exp is flattest.",
      ),
      wrong(
        "dnorm_logits.unnormalised",
        "dnorm_logits = logits.exp() * dcounts",
        "Each row of yours is off by the factor exp(`logit_maxes`), as if no maximum had been subtracted.",
      ),
      wrong(
        "dnorm_logits.sigmoid",
        "dnorm_logits = counts * (1 - counts) * dcounts",
        "Yours is 0 at each row's maximum, where the count is 1: it is the slope of a sigmoid, which levels off, and exp never does.",
      ),
      wrong(
        "dnorm_logits.softmax",
        "dnorm_logits = probs * (dcounts - (probs * dcounts).sum(1, keepdim=True))",
        "Yours goes back through a whole softmax, so the division by the total, which `dcounts` has behind it, counts twice.",
      ),
      wrong(
        "dnorm_logits.row-sums",
        "dnorm_logits = (counts * dcounts).sum(1, keepdim=True)",
        ({ vocab_size }) =>
          `Yours has one number per row; nothing was copied in this line, and each of a row's ${vocab_size} numbers goes through exp by itself.`,
      ),
      wrong(
        "dnorm_logits.second-path",
        "dnorm_logits = counts * dcounts + counts * dcounts_sum_inv",
        "The path through `counts` is right; yours adds another, from `dcounts_sum_inv`, although only one line uses `norm_logits`.",
      ),
      rightHere(
        "dnorm_logits.read-off",
        "dnorm_logits = (probs - F.one_hot(Yb, vocab_size)) / n",
        ["dcounts"],
        "this loss makes it (`probs` − one-hot)/n, which is what exercise 2 finds",
      ),
    ],
  },
  {
    name: "dlogit_maxes",
    exercise,
    group,
    given: ["dnorm_logits"],
    asked: "How does the loss change with each row's maximum, which is subtracted from the whole row?",
    hints: {
      forward: lines("norm_logits"),
      rule: "A tensor that is subtracted gets minus what arrives. It is one number per row and was copied along the row: what was copied is summed.",
      shapes: "`dnorm_logits` (n, V) → `dlogit_maxes` (n, 1)",
      example: "`dnorm_logits = [[0.1, -0.4], [0.3, 0.2]]` gives `dlogit_maxes = [[0.3], [-0.5]]`.",
      hole: "dlogit_maxes = -dnorm_logits.___",
    },
    spellings: [
      ...lines("dlogit_maxes"),
      "dlogit_maxes = (-dnorm_logits).sum(1, keepdim=True)",
      "dlogit_maxes = -1 * torch.sum(dnorm_logits, dim=1).view(-1, 1)",
      "dlogit_maxes = -(torch.ones_like(logits) * dnorm_logits).sum(1, keepdims=True)",
      "dlogit_maxes = dnorm_logits.neg() @ torch.ones(vocab_size, 1)",
      "dlogit_maxes = torch.zeros_like(logit_maxes)\nfor row, out in zip(dnorm_logits, dlogit_maxes):\n  out -= row.sum()",
    ],
    mistakes: [
      wrong(
        "dlogit_maxes.sign",
        "dlogit_maxes = dnorm_logits.sum(1, keepdim=True)",
        `Every number of yours has the wrong sign, as if a larger maximum made the normalised logits larger. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogit_maxes.no-sum",
        "dlogit_maxes = -dnorm_logits",
        ({ vocab_size }) =>
          `Yours has ${vocab_size} numbers per row, one for each place where the maximum was subtracted; it is one number per row, and can move in only one way.`,
      ),
      wrong(
        "dlogit_maxes.wrong-axis",
        "dlogit_maxes = -dnorm_logits.sum(0, keepdim=True)",
        ({ n, vocab_size }) =>
          `Yours has ${vocab_size} numbers, one for each character; \`logit_maxes\` has ${n}, one for each example.`,
      ),
      wrong(
        "dlogit_maxes.no-keepdim",
        "dlogit_maxes = -dnorm_logits.sum(1)",
        ({ n }) =>
          `The numbers are right, but yours lies in a row of ${n} and \`logit_maxes\` in a column: a line that adds the two would make ${n} × ${n} numbers. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogit_maxes.everything",
        "dlogit_maxes = -dnorm_logits.sum()",
        ({ n }) =>
          `Yours is a single number for all ${n} examples, so it cannot tell them apart. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogit_maxes.mean",
        "dlogit_maxes = -dnorm_logits.mean(1, keepdim=True)",
        ({ vocab_size }) =>
          `Every number of yours is ${vocab_size} times too small, and vocab_size is ${vocab_size} here. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogit_maxes.times-value",
        "dlogit_maxes = -(logit_maxes * dnorm_logits).sum(1, keepdim=True)",
        `Each number of yours is off by the factor \`logit_maxes\`: a maximum of 0 could never be moved. ${unseen("dlogit_maxes")}`,
      ),
      wrong("dlogit_maxes.value-for-gradient", "dlogit_maxes = -logit_maxes", noLoss("logit_maxes")),
      wrong(
        "dlogit_maxes.own-column",
        "dlogit_maxes = -dnorm_logits[range(n), logits.argmax(1)].view(-1, 1)",
        ({ vocab_size }) =>
          `Yours counts only the column where the maximum was found; it was subtracted from all ${vocab_size} numbers of its row.`,
      ),
      wrong(
        "dlogit_maxes.other-columns",
        "dlogit_maxes = -(dnorm_logits * (logits != logit_maxes)).sum(1, keepdim=True)",
        ({ vocab_size }) =>
          `Yours leaves out the column where the maximum was found: 1 of the ${vocab_size} places of its row from which it was subtracted.`,
      ),
      wrong(
        "dlogit_maxes.exp-skipped",
        "dlogit_maxes = -dcounts.sum(1, keepdim=True)",
        "Yours starts from `dcounts`, on the other side of exp: it jumps over one line of the forward pass.",
      ),
      rightHere(
        "dlogit_maxes.zero",
        "dlogit_maxes = torch.zeros_like(logit_maxes)",
        ["dnorm_logits"],
        "softmax stays the same whatever is subtracted from a row",
      ),
    ],
  },
  {
    name: "dlogits",
    exercise,
    group,
    given: ["dnorm_logits", "dlogit_maxes"],
    asked: "How does the loss change with each logit, which two lines use?",
    hints: {
      forward: lines("logit_maxes", "norm_logits"),
      rule: "Two lines use the logits, so two arrows leave them, and what comes back along both adds up. Through the difference: what arrives, as it is. Through the maximum: only the number that was the largest of its row gets the maximum's gradient, the others 0.",
      shapes: "`dnorm_logits` (n, V), `dlogit_maxes` (n, 1) → `dlogits` (n, V)",
      example:
        "`V = 2`, `dnorm_logits = [[0.1, -0.4], [0.3, 0.2]]`, `dlogit_maxes = [[0.3], [-0.5]]` and `logit_argmax = [1, 0]` give `dlogits = [[0.1, -0.1], [-0.2, 0.2]]`.",
      hole: "dlogits = dnorm_logits + ___ * dlogit_maxes",
    },
    spellings: [
      ...lines("dlogits"),
      "dlogits = dnorm_logits.clone()\ndlogits += F.one_hot(logits.max(1).indices, num_classes=logits.shape[1]) * dlogit_maxes",
      "dlogits = dnorm_logits + (logits == logit_maxes) * dlogit_maxes",
      "dlogits = dnorm_logits.clone()\ndlogits[range(n), logits.argmax(1)] += dlogit_maxes.squeeze(1)",
      "dlogits = dnorm_logits.clone().scatter_add_(1, logits.argmax(1, keepdim=True), dlogit_maxes)",
      "dlogits = torch.zeros_like(logits)\nfor row in range(n):\n  dlogits[row, logits[row].argmax()] = dlogit_maxes[row, 0]\ndlogits += dnorm_logits",
    ],
    mistakes: [
      rightHere(
        "dlogits.difference-only",
        "dlogits = dnorm_logits.clone()",
        ["dnorm_logits", "dlogit_maxes"],
        "`dlogit_maxes` is 0 in this network: yours is half of it, one of two paths, and the one through `logit_maxes` is missing",
      ),
      wrong(
        "dlogits.maximum-only",
        "dlogits = (logits == logit_maxes) * dlogit_maxes",
        "Half of it, one of two paths: the one through `norm_logits` is missing.",
      ),
      wrong(
        "dlogits.every-column",
        "dlogits = dnorm_logits + dlogit_maxes",
        ({ vocab_size }) =>
          `In yours all ${vocab_size} numbers of a row get the maximum's gradient, although only one of them was the maximum. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogits.minus",
        "dlogits = dnorm_logits - (logits == logit_maxes) * dlogit_maxes",
        `The path through \`norm_logits\` is right; the one through \`logit_maxes\` has the wrong sign. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogits.averaged",
        "dlogits = dnorm_logits + dlogit_maxes / vocab_size",
        ({ vocab_size }) =>
          `In yours all ${vocab_size} numbers of a row share the maximum's gradient, as if it had been an average. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogits.maximum-of-maxima",
        "dlogits = dnorm_logits + F.one_hot(logit_maxes.max(1).indices, vocab_size) * dlogit_maxes",
        `In yours the first character gets every row's maximum: \`logit_maxes\` has one column, so its largest is always number 0. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogits.target",
        "dlogits = dnorm_logits + F.one_hot(Yb, vocab_size) * dlogit_maxes",
        `In yours the target's column gets the maximum's gradient; the largest logit is often another character's. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogits.column-maxima",
        "dlogits = dnorm_logits + (logits == logits.max(0, keepdim=True).values) * dlogit_maxes",
        `In yours some rows have several maxima and some have none: it marks the largest logit of each column. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogits.one-maximum",
        "dlogits = dnorm_logits + (logits == logits.max()) * dlogit_maxes",
        ({ n }) =>
          `Yours marks the one largest logit of the whole batch, so ${n - 1} of ${n} rows get nothing through their maximum. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogits.columns-of-maxima",
        "dlogits = dnorm_logits.clone()\ndlogits[:, logits.argmax(1)] += dlogit_maxes",
        `\`[:, …]\` took whole columns: in yours each row also gets its gradient in the columns where other rows have their maxima. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogits.rows-of-maxima",
        "dlogits = dnorm_logits.clone()\ndlogits[logits.max(1).indices] += dlogit_maxes",
        `In yours the maxima's columns are taken for numbers of rows, so whole rows change: row 5 where it was column 5. ${unseen("dlogit_maxes")}`,
      ),
      wrong(
        "dlogits.overwritten",
        "dlogits = dnorm_logits.clone()\ndlogits[range(n), logits.argmax(1)] = dlogit_maxes.squeeze(1)",
        "At each row's maximum yours has the path through `logit_maxes` alone: what came through `norm_logits` was overwritten there.",
      ),
      wrong(
        "dlogits.only-the-maximum",
        "dlogits = (logits == logit_maxes) * (dnorm_logits + dlogit_maxes)",
        "Yours is right at each row's maximum and 0 everywhere else: what came through `norm_logits` is lost there.",
      ),
      wrong(
        "dlogits.value-for-gradient",
        "dlogits = dnorm_logits + (logits == logit_maxes) * logit_maxes",
        "The path through `norm_logits` is right; nothing in the one through `logit_maxes` comes from the loss, and a larger logit would be pushed harder.",
      ),
      wrong(
        "dlogits.multiplied",
        "dlogits = dnorm_logits * dlogit_maxes",
        "Yours multiplies what comes back along the two paths: `dlogit_maxes` is 0 in this network, so nothing would get any further.",
      ),
    ],
  },
];
