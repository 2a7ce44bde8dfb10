/** Exercise 3: all of BatchNorm at once, from `dhpreact` straight to `dhprebn`; on the way its three terms, each by itself. */
import { atOnce } from "../../model/at_once.ts";
import type { Task } from "../types.ts";
import { lines, noLoss, tooLarge, tooSmall, wrong } from "./entry.ts";

const exercise = 3;
const group = "BatchNorm at once";
// Of the two one is enough, and dbnraw is bngain * dhpreact.
const given = ["dhpreact", "dbnraw"];
const stepOf = "dhprebn";

const forward = lines("bnmeani", "bndiff", "bndiff2", "bnvar", "bnvar_inv", "bnraw", "hpreact");

export const exercise3: readonly Task[] = [
  {
    name: "dhprebn_direct",
    exercise,
    group,
    stepOf,
    given,
    asked:
      "The first of three terms: what would `dhprebn` be if mean and variance were constants, which do not move with the batch?",
    hints: {
      forward: lines("bndiff", "bnraw", "hpreact"),
      rule: "With mean and variance fixed, BatchNorm is a straight line in each column: minus a constant, times a constant, times the gain, plus the bias. Its slope is all that it multiplies by.",
      shapes: "`bngain` (1, H), `bnvar_inv` (1, H), `dhpreact` (n, H) → `dhprebn_direct` (n, H)",
      example:
        "`bngain = [[2]]`, `bnvar_inv = [[1]]` and `dhpreact = [[3], [1], [2]]` give `dhprebn_direct = [[6], [2], [4]]`.",
      hole: "dhprebn_direct = ___ * ___ * dhpreact",
    },
    spellings: [
      "dhprebn_direct = bngain * bnvar_inv * dhpreact",
      "dhprebn_direct = bnvar_inv * dbnraw",
      "dhprebn_direct = dhpreact * bngain / (bnvar + 1e-5).sqrt()",
      "dhprebn_direct = bngain*bnvar_inv/n * (n*dhpreact)",
    ],
    mistakes: [
      wrong(
        "dhprebn_direct.no-gain",
        "dhprebn_direct = bnvar_inv * dhpreact",
        "Each column of yours is off by the factor 1/`bngain`. Gains are near 1 at first, so it looks almost right.",
      ),
      wrong(
        "dhprebn_direct.no-deviation",
        "dhprebn_direct = bngain * dhpreact",
        "Yours is `dbnraw`: each of its columns is off by the factor 1/`bnvar_inv`.",
      ),
      wrong(
        "dhprebn_direct.gain-twice",
        "dhprebn_direct = bngain * bnvar_inv * dbnraw",
        "Each column of yours is off by the factor `bngain`: it is in `dbnraw` already.",
      ),
      wrong(
        "dhprebn_direct.variance",
        "dhprebn_direct = bngain * dhpreact / (bnvar + 1e-5)",
        "Each column of yours is off by the factor `bnvar_inv`, as if a column were divided by its variance.",
      ),
      wrong(
        "dhprebn_direct.times-deviation",
        "dhprebn_direct = bngain * dhpreact * (bnvar + 1e-5)**0.5",
        "Each column of yours is off by the factor (`bnvar` + 1e-5): it makes larger what the forward pass made smaller.",
      ),
      wrong("dhprebn_direct.over-n", "dhprebn_direct = bngain * bnvar_inv * dhpreact / n", tooSmall("n")),
      wrong(
        "dhprebn_direct.output",
        "dhprebn_direct = bngain * bnraw * dhpreact",
        "An example at the mean of its column, where `bnraw` is 0, gets no gradient from yours.",
      ),
      wrong(
        "dhprebn_direct.value-for-gradient",
        "dhprebn_direct = bngain * bnvar_inv * hpreact",
        noLoss("hpreact"),
      ),
      wrong(
        "dhprebn_direct.summed",
        "dhprebn_direct = bngain * bnvar_inv * dhpreact.sum(0, keepdim=True).expand(n, -1)",
        ({ n }) => `All rows of yours are equal: each example gets what comes back to all ${n}.`,
      ),
      wrong(
        "dhprebn_direct.with-mean",
        "dhprebn_direct = bngain * bnvar_inv * (dhpreact - dhpreact.mean(0, keepdim=True))",
        "Yours is the first two of the three terms: what comes back through the mean is in it.",
      ),
      wrong(
        "dhprebn_direct.all-three",
        "dhprebn_direct = bngain * bnvar_inv / n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Yours is `dhprebn`, all three terms together: right for the exercise, and more than this step.",
      ),
    ],
  },
  {
    name: "dhprebn_mean",
    exercise,
    group,
    stepOf,
    given,
    asked:
      "The second of three terms: what comes back to each example because it moves the mean, which is subtracted from all rows?",
    hints: {
      forward: lines("bnmeani", "bndiff"),
      rule: "The mean is subtracted from every row, so what comes back to it is minus the sum of the first term over the batch. Each example moves the mean by 1/n, so it gets 1/n of that.",
      shapes:
        "`bngain` (1, H), `bnvar_inv` (1, H), `dhpreact` (n, H) → `dhprebn_mean` (n, H), whose rows are equal",
      example:
        "`n = 3`, `bngain = [[2]]`, `bnvar_inv = [[1]]` and `dhpreact = [[3], [1], [2]]` give `dhprebn_mean = [[-4], [-4], [-4]]`.",
      hole: "dhprebn_mean = -bngain * bnvar_inv * dhpreact.___(0, keepdim=True).expand(n, -1)",
    },
    spellings: [
      "dhprebn_mean = -bngain * bnvar_inv * dhpreact.mean(0, keepdim=True).expand(n, -1)",
      "dhprebn_mean = -bnvar_inv * dbnraw.sum(0, keepdim=True) / n * torch.ones_like(hprebn)",
      "dhprebn_mean = torch.zeros_like(hprebn)\ndhprebn_mean -= bngain*bnvar_inv/n * dhpreact.sum(0, keepdim=True)",
      "dhprebn_mean = (-(bngain * bnvar_inv * dhpreact).sum(0) / n).repeat(n, 1)",
    ],
    mistakes: [
      wrong(
        "dhprebn_mean.sign",
        "dhprebn_mean = bngain * bnvar_inv * dhpreact.mean(0, keepdim=True).expand(n, -1)",
        "Every number of yours has the wrong sign, as if the rows rose with the mean.",
      ),
      wrong(
        "dhprebn_mean.no-constant",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.sum(0, keepdim=True).expand(n, -1)",
        tooLarge("n"),
      ),
      wrong(
        "dhprebn_mean.bessel",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.sum(0, keepdim=True).expand(n, -1) / (n - 1)",
        ({ n }) => `Every number of yours is too large by the factor ${n}/${n - 1}.`,
      ),
      wrong(
        "dhprebn_mean.over-n-twice",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.mean(0, keepdim=True).expand(n, -1) / n",
        tooSmall("n"),
      ),
      wrong(
        "dhprebn_mean.no-sum",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact / n",
        ({ n }) => `Each example hears only of itself in yours, although all ${n} of them share the mean.`,
      ),
      wrong(
        "dhprebn_mean.wrong-axis",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.sum(1, keepdim=True) / n",
        ({ n_hidden }) =>
          `Yours adds up the ${n_hidden} neurons of an example, although no neuron has a part in another's mean.`,
      ),
      wrong(
        "dhprebn_mean.everything",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.mean().expand(n, n_hidden)",
        ({ n_hidden }) =>
          `Yours averages over all ${n_hidden} neurons as well, so what comes back to one of them reaches all others.`,
      ),
      wrong(
        "dhprebn_mean.no-gain",
        "dhprebn_mean = -bnvar_inv * dhpreact.mean(0, keepdim=True).expand(n, -1)",
        "Each column of yours is off by the factor 1/`bngain`. Gains are near 1 at first, so it looks almost right.",
      ),
      wrong(
        "dhprebn_mean.no-deviation",
        "dhprebn_mean = -bngain * dhpreact.mean(0, keepdim=True).expand(n, -1)",
        "Each column of yours is off by the factor 1/`bnvar_inv`.",
      ),
      wrong(
        "dhprebn_mean.gain-twice",
        "dhprebn_mean = -bngain * bnvar_inv * dbnraw.mean(0, keepdim=True).expand(n, -1)",
        "Each column of yours is off by the factor `bngain`: it is in `dbnraw` already.",
      ),
      wrong(
        "dhprebn_mean.value-for-gradient",
        "dhprebn_mean = -bngain * bnvar_inv * hpreact.mean(0, keepdim=True).expand(n, -1)",
        noLoss("hpreact"),
      ),
      wrong(
        "dhprebn_mean.with-direct",
        "dhprebn_mean = bngain * bnvar_inv * (dhpreact - dhpreact.mean(0, keepdim=True))",
        "Yours is the first two of the three terms: what comes straight back to each example is in it.",
      ),
      wrong(
        "dhprebn_mean.zero",
        "dhprebn_mean = torch.zeros_like(hprebn)",
        "Yours is 0 whatever `dhpreact` is: the columns of `bnraw` add up to 0, but those of `dhpreact` do not.",
      ),
    ],
  },
  {
    name: "dhprebn_var",
    exercise,
    group,
    stepOf,
    given,
    asked:
      "The third of three terms: what comes back to each example because it changes the variance, by whose root all rows are divided?",
    hints: {
      forward: lines("bndiff2", "bnvar", "bnvar_inv", "bnraw"),
      rule: "Four slopes, one after the other: of the product (`bndiff`, summed over the batch), of the power (−½ of `bnvar_inv` cubed), of the sum (1/(n − 1)), of the square (2 · `bndiff`). The 2 and the ½ cancel, and each `bndiff` takes one `bnvar_inv` to become `bnraw`: one `bnvar_inv` is left.",
      shapes: "`bngain` (1, H), `bnvar_inv` (1, H), `bnraw` (n, H), `dhpreact` (n, H) → `dhprebn_var` (n, H)",
      example:
        "`n = 3`, `bngain = [[2]]`, `bnvar_inv = [[1]]`, `bnraw = [[1], [0], [-1]]` and `dhpreact = [[3], [1], [2]]` give `dhprebn_var = [[-1], [0], [1]]`.",
      hole: "dhprebn_var = -bngain * bnvar_inv / ___ * bnraw * (___ * bnraw).sum(0, keepdim=True)",
    },
    spellings: [
      "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
      "dhprebn_var = -bnvar_inv * bnraw * (dbnraw * bnraw).sum(0) / (n - 1)",
      "dhprebn_var = -bngain * bnvar_inv**3 * bndiff * (dhpreact * bndiff).sum(0, keepdim=True) / (n - 1)",
      "dhprebn_var = -bngain*bnvar_inv/n * n/(n-1) * bnraw * (dhpreact*bnraw).sum(0)",
      "d = (bndiff * bngain * dhpreact).sum(0, keepdim=True)\nd = -0.5 * (bnvar + 1e-5)**-1.5 * d / (n - 1)\ndhprebn_var = 2 * bndiff * d",
    ],
    mistakes: [
      wrong(
        "dhprebn_var.over-n",
        "dhprebn_var = -bngain * bnvar_inv / n * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        ({ n }) =>
          `Every number of yours is too small by the factor ${n - 1}/${n}, as if the variance had been divided by n. A network trains with it all the same, and the loss does not show it.`,
      ),
      wrong(
        "dhprebn_var.no-constant",
        "dhprebn_var = -bngain * bnvar_inv * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        ({ n }) => `Every number of yours is ${n - 1} times too large, and n − 1 is ${n - 1} here.`,
      ),
      wrong(
        "dhprebn_var.sign",
        "dhprebn_var = bngain * bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Every number of yours has the wrong sign, as if the rows grew with the variance.",
      ),
      wrong(
        "dhprebn_var.half",
        "dhprebn_var = -0.5 * bngain * bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Every number of yours is 2 times too small.",
      ),
      wrong(
        "dhprebn_var.double",
        "dhprebn_var = -2 * bngain * bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Every number of yours is 2 times too large.",
      ),
      wrong(
        "dhprebn_var.no-output",
        "dhprebn_var = (-bngain * bnvar_inv / (n-1) * (dhpreact * bnraw).sum(0, keepdim=True)).expand(n, -1)",
        "All rows of yours are equal, although an example at the mean does not change the variance at all.",
      ),
      wrong(
        "dhprebn_var.sum-of-gradient",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * dhpreact.sum(0, keepdim=True)",
        "The sum in yours is what comes back to the mean: how far each example is from the mean makes no difference to it.",
      ),
      wrong(
        "dhprebn_var.no-sum",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * dhpreact * bnraw",
        ({ n }) =>
          `Each example hears only of itself in yours, although all ${n} of them share the variance.`,
      ),
      wrong(
        "dhprebn_var.wrong-axis",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(1, keepdim=True)",
        ({ n_hidden }) =>
          `Yours adds up the ${n_hidden} neurons of an example, although no neuron has a part in another's variance.`,
      ),
      wrong(
        "dhprebn_var.product-of-sums",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * dhpreact.sum(0, keepdim=True) * bnraw.sum(0, keepdim=True)",
        "Yours is 0 but for rounding, whatever `dhpreact` is: it sums `bnraw` by itself, and its columns add up to 0.",
      ),
      wrong(
        "dhprebn_var.not-divided-twice",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bndiff * (dhpreact * bndiff).sum(0, keepdim=True)",
        "Each column of yours is off by the factor 1/`bnvar_inv` squared.",
      ),
      wrong(
        "dhprebn_var.scaled",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * hpreact * (dhpreact * hpreact).sum(0, keepdim=True)",
        "The gain and the bias are in what yours multiplies: its columns have neither mean 0 nor spread 1.",
      ),
      wrong(
        "dhprebn_var.no-gain",
        "dhprebn_var = -bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Each column of yours is off by the factor 1/`bngain`. Gains are near 1 at first, so it looks almost right.",
      ),
      wrong(
        "dhprebn_var.no-deviation",
        "dhprebn_var = -bngain / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Each column of yours is off by the factor 1/`bnvar_inv`.",
      ),
      wrong(
        "dhprebn_var.gain-twice",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * (dbnraw * bnraw).sum(0, keepdim=True)",
        "Each column of yours is off by the factor `bngain`: it is in `dbnraw` already.",
      ),
      wrong(
        "dhprebn_var.no-epsilon",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bndiff / bnvar * (dhpreact * bndiff).sum(0, keepdim=True)",
        "Where the variance is near 1e-5, yours is far too large. The notebook's variances are so much larger that `cmp` cannot see it.",
      ),
      wrong(
        "dhprebn_var.value-for-gradient",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * (hpreact * bnraw).sum(0, keepdim=True)",
        noLoss("hpreact"),
      ),
    ],
  },
  {
    name: "dhprebn",
    exercise,
    group,
    given,
    asked: "What is `dhprebn` in one formula, made of `dhpreact` (or `dbnraw`) and forward tensors alone?",
    hints: {
      forward,
      rule: "Three terms add up: straight through, as if mean and variance were constants; through the mean, which is subtracted from every row; through the variance, by whose root every row is divided.",
      shapes:
        "`bngain` (1, H), `bnvar_inv` (1, H), `bnraw` (n, H), `dhpreact` (n, H) → `dhprebn` (n, H), whose columns add up to 0",
      example:
        "`n = 3`, `bngain = [[2]]`, `bnvar_inv = [[1]]`, `bnraw = [[1], [0], [-1]]` and `dhpreact = [[3], [1], [2]]` give `dhprebn = [[1], [-2], [1]]`.",
      hole: "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(___) - ___*bnraw*(dhpreact*___).sum(0))",
    },
    spellings: [
      atOnce.dhprebn.torch,
      "dhprebn = bngain * bnvar_inv * (dhpreact - dhpreact.mean(0, keepdim=True) - bnraw * (dhpreact * bnraw).sum(0, keepdim=True) / (n - 1))",
      "dhprebn = bnvar_inv * (dbnraw - dbnraw.mean(0) - bnraw * (dbnraw * bnraw).sum(0) / (n - 1))",
      "dhprebn = (bngain * bnvar_inv) * dhpreact\ndhprebn -= (bngain * bnvar_inv) * dhpreact.sum(0, keepdim=True) / n\ndhprebn -= (bngain * bnvar_inv) * bnraw * (bnraw * dhpreact).sum(0, keepdim=True) / (n - 1)",
      "d = bngain * dhpreact\ndvar = (d * bndiff).sum(0) * -0.5 * bnvar_inv**3\ndmean = -(d * bnvar_inv).sum(0) - dvar * 2 * bndiff.mean(0)\ndhprebn = d * bnvar_inv + dvar * 2 * bndiff / (n - 1) + dmean / n",
      "dhprebn = dhprebn_direct + dhprebn_mean + dhprebn_var",
    ],
    mistakes: [
      wrong(
        "dhprebn.direct-term-only",
        "dhprebn = bngain * bnvar_inv * dhpreact",
        "One of three terms: yours would be right if mean and variance stood still, but each example moves both.",
      ),
      wrong(
        "dhprebn.variance-term-missing",
        "dhprebn = bngain * bnvar_inv * (dhpreact - dhpreact.mean(0))",
        "Two of three terms: the one through the variance is missing. (Python reads `n/n-1` as `(n/n) - 1`, which is 0.)",
      ),
      wrong(
        "dhprebn.mean-term-missing",
        "dhprebn = bngain * bnvar_inv * (dhpreact - bnraw * (dhpreact * bnraw).sum(0) / (n - 1))",
        "Two of three terms: the one through the mean is missing, so the columns of yours do not add up to 0.",
      ),
      wrong(
        "dhprebn.no-bessel",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the one through the variance is too small by the factor ${n - 1}/${n}. A network trains with it all the same, and the loss does not show it.`,
      ),
      wrong(
        "dhprebn.bessel-upside-down",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - (n-1)/n*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the one through the variance is too small by the factor ${n - 1}/${n}, squared.`,
      ),
      wrong(
        "dhprebn.bessel-everywhere",
        "dhprebn = bngain*bnvar_inv/(n-1) * (n*dhpreact - dhpreact.sum(0) - bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `The term through the variance is right; the other two are too large by the factor ${n}/${n - 1}.`,
      ),
      wrong(
        "dhprebn.variance-sign",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) + n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; the one through the variance has the wrong sign, as if the rows grew with the variance.",
      ),
      wrong(
        "dhprebn.mean-sign",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact + dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; the one through the mean has the wrong sign, as if the rows rose with the mean.",
      ),
      wrong(
        "dhprebn.both-signs",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact + dhpreact.sum(0) + n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "The direct term is right; the other two have the wrong sign, as if the rows rose with the mean and grew with the variance.",
      ),
      wrong(
        "dhprebn.not-over-n",
        "dhprebn = bngain*bnvar_inv * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        tooLarge("n"),
      ),
      wrong(
        "dhprebn.direct-over-n",
        "dhprebn = bngain*bnvar_inv/n * (dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the direct one is ${n} times too small, and n is ${n} here.`,
      ),
      wrong(
        "dhprebn.variance-over-n",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - 1/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the one through the variance is ${n} times too small, and n is ${n} here.`,
      ),
      wrong(
        "dhprebn.no-gain",
        "dhprebn = bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Each column of yours is off by the factor 1/`bngain`. Gains are near 1 at first, so it looks almost right.",
      ),
      wrong(
        "dhprebn.no-deviation",
        "dhprebn = bngain/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Each column of yours is off by the factor 1/`bnvar_inv`.",
      ),
      wrong(
        "dhprebn.gain-twice",
        "dhprebn = bngain*bnvar_inv/n * (n*dbnraw - dbnraw.sum(0) - n/(n-1)*bnraw*(dbnraw*bnraw).sum(0))",
        "Each column of yours is off by the factor `bngain`: it is in `dbnraw` already.",
      ),
      wrong(
        "dhprebn.gain-twice-no-bessel",
        "dhprebn = bngain*bnvar_inv/n * (n*dbnraw - dbnraw.sum(0) - bnraw*(dbnraw*bnraw).sum(0))",
        ({ n }) =>
          `Two mistakes at once: each column of yours has \`bngain\` as a factor twice, and the term through the variance is too small by the factor ${n - 1}/${n}.`,
      ),
      wrong(
        "dhprebn.variance-for-deviation",
        "dhprebn = bngain*bnvar/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "The wider a column, the larger its gradient in yours, although the forward pass made wide columns smaller.",
      ),
      wrong(
        "dhprebn.inverse-variance",
        "dhprebn = bngain*bnvar_inv**2/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Each column of yours is off by the factor `bnvar_inv`, as if a column were divided by its variance.",
      ),
      wrong(
        "dhprebn.value-in-variance",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(hpreact*bnraw).sum(0))",
        "Two of three terms are right; nothing in the sum of the one through the variance comes from the loss.",
      ),
      wrong(
        "dhprebn.value-in-mean",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - hpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; nothing in the one through the mean comes from the loss.",
      ),
      wrong(
        "dhprebn.variance-same-for-all",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; the one through the variance is the same in every row, although an example at the mean does not change the variance at all.",
      ),
      wrong(
        "dhprebn.variance-sum-of-gradient",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*dhpreact.sum(0))",
        "Two of three terms are right; the sum in the one through the variance is what comes back to the mean, as if the distance from the mean made no difference.",
      ),
      wrong(
        "dhprebn.variance-not-summed",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*dhpreact*bnraw)",
        ({ n }) =>
          `Two of three terms are right; in the one through the variance each example hears only of itself, although all ${n} of them share it.`,
      ),
      wrong(
        "dhprebn.mean-not-summed",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; in the one through the mean each example hears only of itself, although all ${n} of them share it.`,
      ),
      wrong(
        "dhprebn.mean-taken-twice",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.mean(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the one through the mean is ${n} times too small, and n is ${n} here.`,
      ),
      wrong(
        "dhprebn.wrong-axis",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(1, keepdim=True) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(1, keepdim=True))",
        ({ n_hidden }) =>
          `The direct term is right; the sums of the other two run over the ${n_hidden} neurons of an example, as if each example were normalised by itself.`,
      ),
      wrong(
        "dhprebn.not-divided-once",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bndiff).sum(0))",
        "Two of three terms are right; in the one through the variance each column is off by the factor 1/`bnvar_inv`.",
      ),
      wrong(
        "dhprebn.not-divided-twice",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bndiff*(dhpreact*bndiff).sum(0))",
        "Two of three terms are right; in the one through the variance each column is off by the factor 1/`bnvar_inv` squared.",
      ),
      wrong(
        "dhprebn.variance-half",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - 0.5*n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; the one through the variance is 2 times too small.",
      ),
      wrong(
        "dhprebn.variance-double",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - 2*n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; the one through the variance is 2 times too large.",
      ),
      wrong(
        "dhprebn.no-epsilon",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bndiff/bnvar*(dhpreact*bndiff).sum(0))",
        "Two of three terms are right; where the variance is near 1e-5, the one through it is far too large. The notebook's variances are so much larger that `cmp` cannot see it.",
      ),
      wrong(
        "dhprebn.direct-term-missing",
        "dhprebn = -bngain*bnvar_inv/n * (dhpreact.sum(0) + n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms: the direct one, from each example to itself, is missing.",
      ),
    ],
  },
];
