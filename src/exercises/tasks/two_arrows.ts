/** Exercise 1, back to the logits: two tensors here are used twice, so that two arrows leave them. */
import { NOTEBOOK } from "../../model/notebook.ts";
import type { Task } from "../types.ts";
import { lines, rightHere, wrong } from "./entry.ts";

const group = "two arrows";

const UNSEEN = "`cmp` cannot see it, because `dlogit_maxes` is 0 in this network.";

export const twoArrows: readonly Task[] = [
  {
    name: "dcounts",
    exercise: 1,
    group,
    given: ["dprobs", "dcounts_sum"],
    asked: "How does the loss change with each count? Two lines use the counts.",
    hints: {
      forward: lines("counts_sum", "probs"),
      rule: "Two lines use the counts, so two arrows add up. Through the product: what arrives times the other factor. Through the row's sum: each count gets the sum's gradient as it is.",
      shapes: "counts_sum_inv (n, 1), dprobs (n, V), dcounts_sum (n, 1) → dcounts (n, V)",
      example:
        "counts_sum_inv = [[0.5], [0.25]], dprobs = [[0, -1], [-2, 0]] and dcounts_sum = [[0.1], [0.2]] give dcounts = [[0.1, -0.4], [-0.3, 0.2]].",
      hole: "dcounts = counts_sum_inv * dprobs + ___",
    },
    spellings: [
      NOTEBOOK.dcounts.torch,
      "dcounts = counts_sum_inv * dprobs\ndcounts += torch.ones_like(counts) * dcounts_sum",
      "dcounts = dprobs / counts_sum + dcounts_sum.expand_as(counts)",
      "dcounts = torch.add(dprobs * counts_sum_inv, dcounts_sum.repeat(1, vocab_size))",
      "dcounts = dprobs * counts_sum_inv\nfor row in range(n):\n  dcounts[row] += dcounts_sum[row]",
    ],
    mistakes: [
      wrong(
        "dcounts.product-only",
        "dcounts = counts_sum_inv * dprobs",
        "Half of it: one of two paths is right, and the one through `counts_sum` is missing. Each row of yours is off by one constant.",
      ),
      wrong(
        "dcounts.sum-only",
        "dcounts = torch.ones_like(counts) * dcounts_sum",
        "Half of it: one of two paths is right, and the one through `probs` is missing. All entries of a row are the same in yours.",
      ),
      wrong(
        "dcounts.sum-subtracted",
        "dcounts = counts_sum_inv * dprobs - dcounts_sum",
        "The path through `probs` is right; the one through `counts_sum` has the wrong sign, so each row is off by twice its `dcounts_sum`.",
      ),
      wrong(
        "dcounts.sum-twice",
        "dcounts = counts_sum_inv * dprobs + 2 * dcounts_sum",
        "The path through `counts_sum` is in yours twice, as if its cell had run two times.",
      ),
      wrong(
        "dcounts.sum-averaged",
        "dcounts = counts_sum_inv * dprobs + dcounts_sum / vocab_size",
        ({ vocab_size }) =>
          `The path through \`probs\` is right; the one through \`counts_sum\` is ${vocab_size} times too small, as if that line took an average over ${vocab_size} counts.`,
      ),
      wrong(
        "dcounts.sum-as-product",
        "dcounts = counts_sum_inv * dprobs + counts * dcounts_sum",
        "The path through `probs` is right; in the one through `counts_sum` yours weighs each entry with its count, although a sum lets all its terms through alike.",
      ),
      wrong(
        "dcounts.multiplied",
        "dcounts = counts_sum_inv * dprobs * dcounts_sum",
        "Yours multiplies what comes along the two paths, so that a path without a gradient would silence the other.",
      ),
      wrong(
        "dcounts.gradient-for-value",
        "dcounts = dcounts_sum_inv * dprobs + dcounts_sum",
        "In the path through `probs`, yours multiplies two gradients: a value from the forward pass is replaced by its own gradient.",
      ),
      wrong(
        "dcounts.total-for-inverse",
        "dcounts = counts_sum * dprobs + dcounts_sum",
        "The path through `probs` is too large by the square of the row's total in yours: it multiplies where the probabilities were made by dividing.",
      ),
      wrong(
        "dcounts.own-factor",
        "dcounts = counts * dprobs + dcounts_sum",
        "In the path through `probs`, yours has the factor that the other tensor of the product gets: twice the counts would give twice the gradient, but how steep a product is in one factor does not depend on that factor.",
      ),
      wrong(
        "dcounts.no-factor",
        "dcounts = dprobs + dcounts_sum",
        "The path through `probs` is too large by the row's total in yours: `dprobs` is handed on as it came.",
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
        "True here, because `dprobs` and `dcounts_sum` have special values in this network; but yours uses neither, so with another loss it would still be the same.",
      ),
    ],
  },
  {
    name: "dnorm_logits",
    exercise: 1,
    group,
    given: ["dcounts"],
    asked: "How does the loss change with what goes into exp?",
    hints: {
      forward: lines("counts"),
      rule: "The chain rule, entry by entry. The derivative of exp is exp itself, and its values were kept.",
      shapes: "counts (n, V), dcounts (n, V) → dnorm_logits (n, V)",
      example:
        "counts = [[1, 0.5], [0.25, 1]] and dcounts = [[0.1, -0.4], [-0.4, 0.2]] give dnorm_logits = [[0.1, -0.2], [-0.1, 0.2]].",
      hole: "dnorm_logits = ___ * dcounts",
    },
    spellings: [
      NOTEBOOK.dnorm_logits.torch,
      "dnorm_logits = norm_logits.exp() * dcounts",
      "dnorm_logits = dcounts * torch.exp(norm_logits)",
      "dnorm_logits = counts.clone()\ndnorm_logits *= dcounts",
    ],
    mistakes: [
      wrong(
        "dnorm_logits.passed-through",
        "dnorm_logits = dcounts",
        "Yours hands `dcounts` on as it came, as if exp were equally steep everywhere: it is right only at each row's maximum, where the count is 1.",
      ),
      wrong(
        "dnorm_logits.no-upstream",
        "dnorm_logits = counts.clone()",
        "Yours stays the same whatever `dcounts` is: it is the slope of exp, and not yet what that slope does to the loss.",
      ),
      wrong(
        "dnorm_logits.input",
        "dnorm_logits = norm_logits * dcounts",
        "Yours multiplies by what went into exp and not by how steep exp is there: all `norm_logits` are 0 or below, so the signs are turned round, and each row's maximum gets 0.",
      ),
      wrong(
        "dnorm_logits.power-rule",
        "dnorm_logits = norm_logits * torch.exp(norm_logits - 1) * dcounts",
        "Yours takes exp for a power, with the exponent coming down as a factor: in eˣ the variable is the exponent, so the maximum of each row, where it is 0, would get nothing.",
      ),
      wrong(
        "dnorm_logits.probs",
        "dnorm_logits = probs * dcounts",
        "Each row of yours is too small by its own `counts_sum`: the division by the total has its own lines, and yours divides once more.",
      ),
      wrong(
        "dnorm_logits.logarithm",
        "dnorm_logits = dcounts / counts",
        "Yours gets larger the smaller a count is; exp is flat there, so the smallest counts should hardly get anything.",
      ),
      wrong(
        "dnorm_logits.unnormalised",
        "dnorm_logits = logits.exp() * dcounts",
        "Each row of yours is off by the factor exp(`logit_maxes`): it takes the slope at the logits as they were before the maximum was subtracted.",
      ),
      wrong(
        "dnorm_logits.sigmoid",
        "dnorm_logits = counts * (1 - counts) * dcounts",
        "Yours is 0 at each row's maximum, where the count is 1: that is the slope of a sigmoid, which levels off, and exp never does.",
      ),
      wrong(
        "dnorm_logits.softmax",
        "dnorm_logits = probs * (dcounts - (probs * dcounts).sum(1, keepdim=True))",
        "Yours goes back through a whole softmax; `dcounts` has been through the division by the total already, so that counts twice.",
      ),
      wrong(
        "dnorm_logits.row-sums",
        "dnorm_logits = (counts * dcounts).sum(1, keepdim=True)",
        ({ vocab_size }) =>
          `Yours has one number per row: nothing was copied in this line, and each of the row's ${vocab_size} entries goes its own way through exp.`,
      ),
      rightHere(
        "dnorm_logits.read-off",
        "dnorm_logits = (probs - F.one_hot(Yb, vocab_size)) / n",
        "True here: it is what exercise 2 finds for `logits`. But yours does not use `dcounts`, so with another loss it would still be the same.",
      ),
    ],
  },
  {
    name: "dlogit_maxes",
    exercise: 1,
    group,
    given: ["dnorm_logits"],
    asked: "How does the loss change with each row's maximum, which is subtracted from the whole row?",
    hints: {
      forward: lines("norm_logits"),
      rule: "A tensor that is subtracted gets minus what arrives. It is one number per row and was copied along the row: what was copied is summed.",
      shapes: "dnorm_logits (n, V) → dlogit_maxes (n, 1)",
      example: "dnorm_logits = [[0.1, -0.4], [0.3, 0.2]] gives dlogit_maxes = [[0.3], [-0.5]].",
      hole: "dlogit_maxes = -dnorm_logits.___",
    },
    spellings: [
      NOTEBOOK.dlogit_maxes.torch,
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
        "Every entry of yours has the opposite sign: a larger maximum makes all normalised logits smaller. `cmp` cannot see it, because the sums are 0 in this network.",
      ),
      wrong(
        "dlogit_maxes.no-sum",
        "dlogit_maxes = -dnorm_logits",
        ({ vocab_size }) =>
          `Yours has ${vocab_size} numbers per row, one for each place where the row's one maximum was subtracted; it is a single number, and can move in only one way.`,
      ),
      wrong(
        "dlogit_maxes.wrong-axis",
        "dlogit_maxes = -dnorm_logits.sum(0, keepdim=True)",
        "Yours has one number per character and none per example: it sums down the columns, and the maximum was copied along the rows.",
      ),
      wrong(
        "dlogit_maxes.no-keepdim",
        "dlogit_maxes = -dnorm_logits.sum(1)",
        ({ n }) =>
          `The numbers are right, but yours lies in a row of ${n} and \`logit_maxes\` in a column: a line that adds the two would make ${n} × ${n} numbers. \`cmp\` cannot see it, because they are all 0 in this network.`,
      ),
      wrong(
        "dlogit_maxes.everything",
        "dlogit_maxes = -dnorm_logits.sum()",
        "Yours is one number for the whole batch; each row has a maximum of its own. `cmp` cannot see it, because all sums are 0 in this network.",
      ),
      wrong(
        "dlogit_maxes.mean",
        "dlogit_maxes = -dnorm_logits.mean(1, keepdim=True)",
        ({ vocab_size }) =>
          `Each entry of yours is ${vocab_size} times too small, and vocab_size is ${vocab_size} here. \`cmp\` cannot see it, because the sums are 0 in this network.`,
      ),
      wrong(
        "dlogit_maxes.times-value",
        "dlogit_maxes = -(logit_maxes * dnorm_logits).sum(1, keepdim=True)",
        "Each entry of yours is scaled by the maximum itself, which a difference never does to a gradient. `cmp` cannot see it, because the sums are 0 in this network.",
      ),
      wrong(
        "dlogit_maxes.own-column",
        "dlogit_maxes = -dnorm_logits[range(n), logits.argmax(1)].view(-1, 1)",
        ({ vocab_size }) =>
          `Yours counts only the column where the maximum was found; it was subtracted from all ${vocab_size} entries of its row.`,
      ),
      wrong(
        "dlogit_maxes.other-columns",
        "dlogit_maxes = -(dnorm_logits * (logits != logit_maxes)).sum(1, keepdim=True)",
        "Yours leaves out the column where the maximum was found, as if `norm_logits` were 0 there whatever is subtracted; that column's other path has its own arrow.",
      ),
      wrong(
        "dlogit_maxes.from-counts",
        "dlogit_maxes = -dcounts.sum(1, keepdim=True)",
        "Yours starts from `dcounts`, on the other side of exp: it jumps over one line of the forward pass.",
      ),
      rightHere(
        "dlogit_maxes.zero",
        "dlogit_maxes = torch.zeros_like(logit_maxes)",
        "True here, and a good observation: softmax stays the same whatever is subtracted. But yours does not use `dnorm_logits`; for any other values of it the sum is not 0.",
      ),
    ],
  },
  {
    name: "dlogits",
    exercise: 1,
    group,
    given: ["dnorm_logits", "dlogit_maxes"],
    asked: "How does the loss change with each logit? Two lines use the logits.",
    hints: {
      forward: lines("logit_maxes", "norm_logits"),
      rule: "Two lines use the logits, so two arrows add up. Through the difference: what arrives, as it is. Through the maximum: only the entry that was the largest of its row gets the maximum's gradient, the others 0.",
      shapes: "dnorm_logits (n, V), dlogit_maxes (n, 1) → dlogits (n, V)",
      example:
        "V = 2, dnorm_logits = [[0.1, -0.4], [0.3, 0.2]], dlogit_maxes = [[0.3], [-0.5]] and logit_argmax = [1, 0] give dlogits = [[0.1, -0.1], [-0.2, 0.2]].",
      hole: "dlogits = dnorm_logits + ___ * dlogit_maxes",
    },
    spellings: [
      NOTEBOOK.dlogits.torch,
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
        "Half of it: one of two paths is right, and the one through `logit_maxes` is missing. True here all the same, because `dlogit_maxes` is 0 in this network.",
      ),
      wrong(
        "dlogits.maximum-only",
        "dlogits = (logits == logit_maxes) * dlogit_maxes",
        "Half of it: one of two paths is right, and the one through `norm_logits` is missing.",
      ),
      wrong(
        "dlogits.every-column",
        "dlogits = dnorm_logits + dlogit_maxes",
        ({ vocab_size }) =>
          `In yours all ${vocab_size} entries of a row get the maximum's gradient, although only one of them was the maximum. ${UNSEEN}`,
      ),
      wrong(
        "dlogits.maximum-subtracted",
        "dlogits = dnorm_logits - (logits == logit_maxes) * dlogit_maxes",
        `The path through \`norm_logits\` is right; the one through \`logit_maxes\` has the wrong sign. ${UNSEEN}`,
      ),
      wrong(
        "dlogits.averaged",
        "dlogits = dnorm_logits + dlogit_maxes / vocab_size",
        ({ vocab_size }) =>
          `In yours all ${vocab_size} entries of a row share the maximum's gradient, as if it had been an average. ${UNSEEN}`,
      ),
      wrong(
        "dlogits.maximum-of-maxima",
        "dlogits = dnorm_logits + F.one_hot(logit_maxes.max(1).indices, vocab_size) * dlogit_maxes",
        `\`logit_maxes\` has one column, so its largest is always number 0: in yours the first character gets every row's maximum. ${UNSEEN}`,
      ),
      wrong(
        "dlogits.target",
        "dlogits = dnorm_logits + F.one_hot(Yb, vocab_size) * dlogit_maxes",
        `In yours the target's column gets the maximum's gradient; the largest logit is often another character's. ${UNSEEN}`,
      ),
      wrong(
        "dlogits.column-maxima",
        "dlogits = dnorm_logits + (logits == logits.max(0, keepdim=True).values) * dlogit_maxes",
        `Yours marks the largest logit of each column, and the maxima were taken along the rows: some rows have several marks and some none. ${UNSEEN}`,
      ),
      wrong(
        "dlogits.one-maximum",
        "dlogits = dnorm_logits + (logits == logits.max()) * dlogit_maxes",
        ({ n }) =>
          `Yours marks the one largest logit of the whole batch, so ${n - 1} of ${n} rows get nothing through their maximum. ${UNSEEN}`,
      ),
      wrong(
        "dlogits.columns-of-maxima",
        "dlogits = dnorm_logits.clone()\ndlogits[:, logits.argmax(1)] += dlogit_maxes",
        `\`[:, …]\` took whole columns: in yours each row also gets its gradient in the columns where other rows have their maxima. ${UNSEEN}`,
      ),
      wrong(
        "dlogits.overwritten",
        "dlogits = dnorm_logits.clone()\ndlogits[range(n), logits.argmax(1)] = dlogit_maxes.squeeze(1)",
        "At each row's maximum yours has the path through `logit_maxes` alone: what came through `norm_logits` was overwritten there.",
      ),
      wrong(
        "dlogits.only-the-maximum",
        "dlogits = (logits == logit_maxes) * (dnorm_logits + dlogit_maxes)",
        "Yours is right at each row's maximum and 0 everywhere else: the mask also took away what came through `norm_logits`.",
      ),
      wrong(
        "dlogits.value-for-gradient",
        "dlogits = dnorm_logits + (logits == logit_maxes) * logit_maxes",
        "In the path through the maximum, yours adds the maximum itself and not its gradient: the larger a logit, the harder it would be pushed.",
      ),
      wrong(
        "dlogits.multiplied",
        "dlogits = dnorm_logits * dlogit_maxes",
        "Yours multiplies what comes along the two paths: `dlogit_maxes` is 0 in this network, so nothing would get any further.",
      ),
    ],
  },
];
