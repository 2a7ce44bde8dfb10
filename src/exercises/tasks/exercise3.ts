/** Exercise 3: all of BatchNorm at once, from `dhpreact` straight to `dhprebn`; on the way its three terms, each by itself. */
import type { Task } from "../types.ts";
import { lines, wrong } from "./entry.ts";

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
      rule: "With mean and variance fixed, BatchNorm is a line in each column: minus a constant, times a constant, times the gain, plus the bias. The slope of a line is all that it multiplies by.",
      shapes:
        "dhpreact is (n,H), and so is the term; bngain and bnvar_inv are (1,H), and are spread over the rows.",
      example: "bngain = 2, bnvar_inv = 1 and the column dhpreact = (3, 1, 2) give (6, 2, 4).",
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
        "Each column of yours is off by its bngain, which every value is multiplied by on the way to hpreact. As bngain is near 1 at first, yours looks almost right.",
      ),
      wrong(
        "dhprebn_direct.no-deviation",
        "dhprebn_direct = bngain * dhpreact",
        "That is dbnraw: each column of yours is off by its bnvar_inv, as if nothing had been divided by the standard deviation.",
      ),
      wrong(
        "dhprebn_direct.gain-twice",
        "dhprebn_direct = bngain * bnvar_inv * dbnraw",
        "Each column of yours is off by its bngain: it is in dbnraw already, and once more in front.",
      ),
      wrong(
        "dhprebn_direct.variance",
        "dhprebn_direct = bngain * dhpreact / (bnvar + 1e-5)",
        "Each column of yours is off by its bnvar_inv: it is divided by the variance, and the column was divided by its root.",
      ),
      wrong(
        "dhprebn_direct.times-deviation",
        "dhprebn_direct = bngain * dhpreact * (bnvar + 1e-5)**0.5",
        "Each column of yours is off by its variance: what was divided by the standard deviation on the way forward is multiplied by it in yours.",
      ),
      wrong(
        "dhprebn_direct.over-n",
        "dhprebn_direct = bngain * bnvar_inv * dhpreact / n",
        ({ n }) =>
          `Every number of yours is ${n} times too small, and n is ${n} here. With mean and variance fixed there is no mean over the batch in BatchNorm, and the loss's own is already in dhpreact.`,
      ),
      wrong(
        "dhprebn_direct.output",
        "dhprebn_direct = bngain * bnraw * dhpreact",
        "Yours multiplies by bnraw, the value; the slope is what hprebn was multiplied by. In yours an example at the mean would get no gradient.",
      ),
      wrong(
        "dhprebn_direct.forward-value",
        "dhprebn_direct = bngain * bnvar_inv * hpreact",
        "Nothing in yours comes from the loss: hpreact is the forward value, without a d.",
      ),
      wrong(
        "dhprebn_direct.summed",
        "dhprebn_direct = bngain * bnvar_inv * dhpreact.sum(0, keepdim=True).expand(n, -1)",
        "All rows of yours are equal. Along this path each example has an arrow to itself alone, so nothing is summed.",
      ),
      wrong(
        "dhprebn_direct.with-mean",
        "dhprebn_direct = bngain * bnvar_inv * (dhpreact - dhpreact.mean(0, keepdim=True))",
        "Yours is the first two terms: what comes back through the mean is already in it.",
      ),
      wrong(
        "dhprebn_direct.all-three",
        "dhprebn_direct = bngain * bnvar_inv / n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Yours is all three terms together, which is dhprebn itself: right for the exercise, and more than this step.",
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
      "The second of three terms: each example moves the mean a little, and the mean is taken from all rows. What comes back along this path?",
    hints: {
      forward: lines("bnmeani", "bndiff"),
      rule: "The mean is subtracted from every row, so what comes back to it is minus the sum of the first term over the batch. Each example moves the mean by 1/n, so each gets 1/n of it.",
      shapes: "The sum over the batch is (1,H); the term is spread over the rows again, (n,H).",
      example:
        "The first term is (6, 2, 4) in a column, with n = 3: its sum is 12, so each row gets -12/3 = -4.",
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
        "Every number of yours has the wrong sign: when the mean rises, every row falls.",
      ),
      wrong(
        "dhprebn_mean.no-constant",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.sum(0, keepdim=True).expand(n, -1)",
        ({ n }) =>
          `Every number of yours is ${n} times too large: that is what comes back to the mean, dbnmeani, and each of the ${n} examples moves it by 1/${n} only.`,
      ),
      wrong(
        "dhprebn_mean.bessel",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.sum(0, keepdim=True).expand(n, -1) / (n - 1)",
        ({ n }) =>
          `Every number of yours is too large by ${n}/${n - 1}: Bessel's n - 1 belongs to the variance, the mean was divided by n.`,
      ),
      wrong(
        "dhprebn_mean.over-n-twice",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.mean(0, keepdim=True).expand(n, -1) / n",
        ({ n }) =>
          `Every number of yours is ${n} times too small: a mean divides by n, and yours divides by it once more.`,
      ),
      wrong(
        "dhprebn_mean.no-sum",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact / n",
        "In yours each example hears only of itself. The mean reaches all rows, so what comes back along it comes from all of them, and is the same for all.",
      ),
      wrong(
        "dhprebn_mean.other-axis",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.sum(1, keepdim=True) / n",
        ({ n_hidden: H }) =>
          `Yours adds up the ${H} neurons of an example; the mean is one neuron's, over the examples.`,
      ),
      wrong(
        "dhprebn_mean.mean-of-everything",
        "dhprebn_mean = -bngain * bnvar_inv * dhpreact.mean().expand(n, n_hidden)",
        ({ n_hidden: H }) =>
          `Yours averages over all ${H} neurons as well, so one neuron's gradient reaches all others.`,
      ),
      wrong(
        "dhprebn_mean.no-gain",
        "dhprebn_mean = -bnvar_inv * dhpreact.mean(0, keepdim=True).expand(n, -1)",
        "Each column of yours is off by its bngain: this path too goes through everything behind the mean.",
      ),
      wrong(
        "dhprebn_mean.no-deviation",
        "dhprebn_mean = -bngain * dhpreact.mean(0, keepdim=True).expand(n, -1)",
        "Each column of yours is off by its bnvar_inv: this path too goes through everything behind the mean.",
      ),
      wrong(
        "dhprebn_mean.gain-twice",
        "dhprebn_mean = -bngain * bnvar_inv * dbnraw.mean(0, keepdim=True).expand(n, -1)",
        "Each column of yours is off by its bngain: it is in dbnraw already, and once more in front.",
      ),
      wrong(
        "dhprebn_mean.forward-value",
        "dhprebn_mean = -bngain * bnvar_inv * hpreact.mean(0, keepdim=True).expand(n, -1)",
        "Nothing in yours comes from the loss: hpreact is the forward value, without a d.",
      ),
      wrong(
        "dhprebn_mean.with-direct",
        "dhprebn_mean = bngain * bnvar_inv * (dhpreact - dhpreact.mean(0, keepdim=True))",
        "Yours is the first two terms together; this step is the second alone, and in it all rows are equal.",
      ),
      wrong(
        "dhprebn_mean.zero",
        "dhprebn_mean = torch.zeros_like(hprebn)",
        "Yours is 0. It is true that bnraw's columns add up to 0, but those of dhpreact do not.",
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
      "The third of three terms: each example changes the variance, and all rows are divided by its root. What comes back along this path?",
    hints: {
      forward: lines("bndiff2", "bnvar", "bnvar_inv", "bnraw"),
      rule: "Four slopes one after the other: of the product (bndiff, summed over the batch), of the power (-1/2 of bnvar_inv cubed), of the sum (1/(n-1)), of the square (2 bndiff). The 2 and the 1/2 cancel, and each bndiff takes one bnvar_inv to become bnraw: one bnvar_inv is left.",
      shapes: "The sum over the batch is (1,H); times bnraw, (n,H), it is (n,H) again.",
      example:
        "n = 3, bngain = 2, bnvar_inv = 1, bnraw = (1, 0, -1) and dhpreact = (3, 1, 2) in a column: the sum is 3 + 0 - 2 = 1, so the term is -2 * 1/2 * 1 * (1, 0, -1) = (-1, 0, 1).",
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
          `Every number of yours is too small by the factor ${n - 1}/${n}: this variance was divided by n - 1, which is ${n - 1} here (Bessel). A network trains with it all the same, and the loss does not show it.`,
      ),
      wrong(
        "dhprebn_var.no-constant",
        "dhprebn_var = -bngain * bnvar_inv * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        ({ n }) =>
          `Every number of yours is ${n - 1} times too large, and n - 1 is ${n - 1} here: each square is only one of the terms that the variance averages.`,
      ),
      wrong(
        "dhprebn_var.sign",
        "dhprebn_var = bngain * bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Every number of yours has the wrong sign: when the variance grows, all rows shrink.",
      ),
      wrong(
        "dhprebn_var.half",
        "dhprebn_var = -0.5 * bngain * bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Every number of yours is 2 times too small: the half of the power is in it, and the 2 of the square is not.",
      ),
      wrong(
        "dhprebn_var.double",
        "dhprebn_var = -2 * bngain * bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Every number of yours is 2 times too large: the 2 of the square is in it, and the half of the power is not.",
      ),
      wrong(
        "dhprebn_var.no-output",
        "dhprebn_var = (-bngain * bnvar_inv / (n-1) * (dhpreact * bnraw).sum(0, keepdim=True)).expand(n, -1)",
        "All rows of yours are equal. How much an example changes the variance depends on how far it is from the mean; one at the mean does not change it at all.",
      ),
      wrong(
        "dhprebn_var.no-inner-output",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * dhpreact.sum(0, keepdim=True)",
        "Your sum is what comes back to the mean. A smaller standard deviation moves each row by its own bnraw, so it is those products that come back.",
      ),
      wrong(
        "dhprebn_var.no-sum",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * dhpreact * bnraw",
        "In yours each example hears only of itself. The variance reaches all rows, so what comes back along it comes from all of them.",
      ),
      wrong(
        "dhprebn_var.other-axis",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(1, keepdim=True)",
        ({ n_hidden: H }) =>
          `Yours adds up the ${H} neurons of an example; the variance is one neuron's, over the examples.`,
      ),
      wrong(
        "dhprebn_var.sums-apart",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * dhpreact.sum(0, keepdim=True) * bnraw.sum(0, keepdim=True)",
        "Yours is 0 but for rounding: it sums bnraw by itself, and its columns add up to 0. The sum is of the products.",
      ),
      wrong(
        "dhprebn_var.not-divided-twice",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bndiff * (dhpreact * bndiff).sum(0, keepdim=True)",
        "Each column of yours is off by its bnvar_inv squared: both factors are bndiff, before it was divided by the standard deviation.",
      ),
      wrong(
        "dhprebn_var.uncentred",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * hpreact * (dhpreact * hpreact).sum(0, keepdim=True)",
        "Yours has hpreact where bnraw belongs: gain and bias are in it, and its columns have another mean and spread.",
      ),
      wrong(
        "dhprebn_var.no-gain",
        "dhprebn_var = -bnvar_inv / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Each column of yours is off by its bngain: this path too goes through everything behind the variance.",
      ),
      wrong(
        "dhprebn_var.no-deviation",
        "dhprebn_var = -bngain / (n-1) * bnraw * (dhpreact * bnraw).sum(0, keepdim=True)",
        "Each column of yours is off by its bnvar_inv: one of the three that the power brings is missing, in front or in one of the two bnraw.",
      ),
      wrong(
        "dhprebn_var.gain-twice",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * (dbnraw * bnraw).sum(0, keepdim=True)",
        "Each column of yours is off by its bngain: it is in dbnraw already, and once more in front.",
      ),
      wrong(
        "dhprebn_var.no-epsilon",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bndiff / bnvar * (dhpreact * bndiff).sum(0, keepdim=True)",
        "Yours divides by the variance without the 1e-5. Where the variance is near it, yours is far too large; the notebook's variances are so much larger that `cmp` cannot see it.",
      ),
      wrong(
        "dhprebn_var.forward-value",
        "dhprebn_var = -bngain * bnvar_inv / (n-1) * bnraw * (hpreact * bnraw).sum(0, keepdim=True)",
        "Nothing in yours comes from the loss: hpreact is the forward value, without a d.",
      ),
    ],
  },
  {
    name: "dhprebn",
    exercise,
    group,
    given,
    asked:
      "All the lines from `hprebn` to `hpreact` in one formula. Which is it, from `dhpreact` (or `dbnraw`) and forward tensors alone?",
    hints: {
      forward,
      rule: "Three paths, which add up: straight through, as if mean and variance were constants; through the mean, which every row loses; through the variance, by whose root every row is divided.",
      shapes:
        "dhpreact, bnraw and dhprebn are (n,H); bngain, bnvar_inv and the two sums over the batch are (1,H).",
      example:
        "n = 3, bngain = 2, bnvar_inv = 1, bnraw = (1, 0, -1) and dhpreact = (3, 1, 2) in a column: the terms are (6, 2, 4), (-4, -4, -4) and (-1, 0, 1), together (1, -2, 1). A column of dhprebn always adds up to 0.",
      hole: "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(___) - ___*bnraw*(dhpreact*___).sum(0))",
    },
    spellings: [
      "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
      "dhprebn = bngain * bnvar_inv * (dhpreact - dhpreact.mean(0, keepdim=True) - bnraw * (dhpreact * bnraw).sum(0, keepdim=True) / (n - 1))",
      "dhprebn = bnvar_inv * (dbnraw - dbnraw.mean(0) - bnraw * (dbnraw * bnraw).sum(0) / (n - 1))",
      "dhprebn = (bngain * bnvar_inv) * dhpreact\ndhprebn -= (bngain * bnvar_inv) * dhpreact.sum(0, keepdim=True) / n\ndhprebn -= (bngain * bnvar_inv) * bnraw * (bnraw * dhpreact).sum(0, keepdim=True) / (n - 1)",
      "d = bngain * dhpreact\ndvar = (d * bndiff).sum(0) * -0.5 * bnvar_inv**3\ndmean = -(d * bnvar_inv).sum(0) - dvar * 2 * bndiff.mean(0)\ndhprebn = d * bnvar_inv + dvar * 2 * bndiff / (n - 1) + dmean / n",
      "dhprebn = dhprebn_direct + dhprebn_mean + dhprebn_var",
    ],
    mistakes: [
      wrong(
        "dhprebn.direct-alone",
        "dhprebn = bngain * bnvar_inv * dhpreact",
        "One of three terms: yours is right if mean and variance are constants. But each example moves both, and with them all other rows.",
      ),
      wrong(
        "dhprebn.variance-missing",
        "dhprebn = bngain * bnvar_inv * (dhpreact - dhpreact.mean(0))",
        "Two of three terms: the one through the variance is missing (or multiplied by 0: Python reads n/n-1 as (n/n) - 1). Columns of yours add up to 0 all the same.",
      ),
      wrong(
        "dhprebn.mean-missing",
        "dhprebn = bngain * bnvar_inv * (dhpreact - bnraw * (dhpreact * bnraw).sum(0) / (n - 1))",
        "Two of three terms: the one through the mean is missing. Each column of yours is off by one number, and does not add up to 0.",
      ),
      wrong(
        "dhprebn.no-bessel",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the one through the variance is too small by the factor ${n - 1}/${n}, as if the variance had been divided by n. A network trains with it all the same, and the loss does not show it.`,
      ),
      wrong(
        "dhprebn.bessel-upside-down",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - (n-1)/n*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the one through the variance is too small by the factor ${n - 1}/${n} squared: Bessel's fraction is upside down.`,
      ),
      wrong(
        "dhprebn.bessel-everywhere",
        "dhprebn = bngain*bnvar_inv/(n-1) * (n*dhpreact - dhpreact.sum(0) - bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `The term through the variance is right; the other two are too large by ${n}/${n - 1}. The mean was divided by n, and only the variance by n - 1.`,
      ),
      wrong(
        "dhprebn.variance-sign",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) + n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; the one through the variance has the wrong sign: when the variance grows, all rows shrink.",
      ),
      wrong(
        "dhprebn.mean-sign",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact + dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; the one through the mean has the wrong sign: when the mean rises, all rows fall.",
      ),
      wrong(
        "dhprebn.both-signs",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact + dhpreact.sum(0) + n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "The direct term is right; the other two have the wrong sign. Both take away from it: all rows fall when the mean rises, and shrink when the variance grows.",
      ),
      wrong(
        "dhprebn.not-over-n",
        "dhprebn = bngain*bnvar_inv * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) => `Every number of yours is ${n} times too large, and n is ${n} here.`,
      ),
      wrong(
        "dhprebn.direct-over-n",
        "dhprebn = bngain*bnvar_inv/n * (dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the direct one is ${n} times too small: it has no n to go with the 1/n in front.`,
      ),
      wrong(
        "dhprebn.variance-over-n",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - 1/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the one through the variance is ${n} times too small: it has no n to go with the 1/n in front.`,
      ),
      wrong(
        "dhprebn.no-gain",
        "dhprebn = bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Each column of yours is off by its bngain. As bngain is near 1 at first, yours looks almost right.",
      ),
      wrong(
        "dhprebn.no-deviation",
        "dhprebn = bngain/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Each column of yours is off by its bnvar_inv: as if nothing had been divided by the standard deviation.",
      ),
      wrong(
        "dhprebn.gain-twice",
        "dhprebn = bngain*bnvar_inv/n * (n*dbnraw - dbnraw.sum(0) - n/(n-1)*bnraw*(dbnraw*bnraw).sum(0))",
        "Each column of yours is off by its bngain: it is in dbnraw already, and once more in front.",
      ),
      wrong(
        "dhprebn.variance-for-deviation",
        "dhprebn = bngain*bnvar/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Yours has the variance in front instead of one over its root: the wider a column, the larger its gradient in yours, and it should be the smaller.",
      ),
      wrong(
        "dhprebn.inverse-variance",
        "dhprebn = bngain*bnvar_inv**2/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Each column of yours is off by its bnvar_inv, which is in front twice: the column was divided by its standard deviation, not by its variance.",
      ),
      wrong(
        "dhprebn.value-in-variance",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(hpreact*bnraw).sum(0))",
        "Two of three terms are right. In the one through the variance nothing comes from the loss: its sum has hpreact, the forward value, without a d.",
      ),
      wrong(
        "dhprebn.value-in-mean",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - hpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right. In the one through the mean nothing comes from the loss: it has hpreact, the forward value, without a d.",
      ),
      wrong(
        "dhprebn.variance-same-for-all",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right. The one through the variance is the same in every row of yours; an example at the mean does not change the variance at all.",
      ),
      wrong(
        "dhprebn.variance-sum-of-gradient",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*dhpreact.sum(0))",
        "Two of three terms are right. The sum in the third is what comes back to the mean; to the variance come the products with bnraw.",
      ),
      wrong(
        "dhprebn.variance-not-summed",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*dhpreact*bnraw)",
        "Two of three terms are right. In the one through the variance each example hears only of itself, though the variance reaches all rows.",
      ),
      wrong(
        "dhprebn.mean-not-summed",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right. In the one through the mean each example hears only of itself, though the mean reaches all rows.",
      ),
      wrong(
        "dhprebn.mean-taken-twice",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.mean(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        ({ n }) =>
          `Two of three terms are right; the one through the mean is ${n} times too small: a mean already divides by n, and the 1/n in front does so again.`,
      ),
      wrong(
        "dhprebn.other-axis",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(1, keepdim=True) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(1, keepdim=True))",
        ({ n_hidden: H }) =>
          `The direct term is right. The sums of the other two run over the ${H} neurons of an example: that would be a normalisation of layers, not of batches.`,
      ),
      wrong(
        "dhprebn.not-divided-once",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bndiff).sum(0))",
        "Two of three terms are right. In the one through the variance each column is off by its bnvar_inv: one of its two factors is bndiff, before the division by the standard deviation.",
      ),
      wrong(
        "dhprebn.not-divided-twice",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bndiff*(dhpreact*bndiff).sum(0))",
        "Two of three terms are right. In the one through the variance each column is off by its bnvar_inv squared: it has bndiff, before the division by the standard deviation.",
      ),
      wrong(
        "dhprebn.variance-half",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - 0.5*n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; the one through the variance is 2 times too small: the half of the power is in it, and the 2 of the square is not.",
      ),
      wrong(
        "dhprebn.variance-double",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - 2*n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms are right; the one through the variance is 2 times too large: the 2 of the square is in it, and the half of the power is not.",
      ),
      wrong(
        "dhprebn.no-epsilon",
        "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bndiff/bnvar*(dhpreact*bndiff).sum(0))",
        "Two of three terms are right. The one through the variance leaves out the 1e-5: where the variance is near it, it is far too large; the notebook's variances are so much larger that `cmp` cannot see it.",
      ),
      wrong(
        "dhprebn.mean-and-variance-alone",
        "dhprebn = -bngain*bnvar_inv/n * (dhpreact.sum(0) + n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
        "Two of three terms: the direct one, from each example to itself, is missing.",
      ),
    ],
  },
];
