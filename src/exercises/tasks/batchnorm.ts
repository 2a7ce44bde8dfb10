/** Exercise 1, BatchNorm: from `dbnraw` back to `dhprebn`. */
import type { Task } from "../types.ts";
import { lines, rightHere, wrong } from "./entry.ts";

const exercise = 1;
const group = "BatchNorm";

export const batchnorm: readonly Task[] = [
  {
    name: "dbnvar_inv",
    exercise,
    group,
    given: ["dbnraw"],
    asked: "How does the loss change with `bnvar_inv`, the one factor by which a whole column is multiplied?",
    hints: {
      forward: lines("bnraw"),
      rule: "In a product, each factor's gradient is the other factor times what comes back. What was copied down a column on the way forward is summed over that column on the way back.",
      shapes: "bndiff and dbnraw are (n,H); bnvar_inv, and so its gradient, is (1,H).",
      example:
        "bndiff = [[1, 2], [-1, -2]] and dbnraw = [[3, 1], [1, 5]] give [[1*3 - 1*1, 2*1 - 2*5]] = [[2, -8]].",
      hole: "dbnvar_inv = (___ * dbnraw).sum(___, keepdim=True)",
    },
    spellings: [
      ...lines("dbnvar_inv"),
      "dbnvar_inv = (dbnraw * bndiff).sum(dim=0, keepdims=True)",
      "dbnvar_inv = torch.sum(bndiff * dbnraw, 0).unsqueeze(0)",
      "dbnvar_inv = torch.einsum('ij,ij->j', bndiff, dbnraw).view(1, -1)",
      "dbnvar_inv = (bndiff.T @ dbnraw).diag()[None, :]",
      "dbnvar_inv = torch.zeros_like(bnvar_inv)\nfor i in range(n):\n    dbnvar_inv[0] += bndiff[i] * dbnraw[i]",
    ],
    mistakes: [
      wrong(
        "dbnvar_inv.no-sum",
        "dbnvar_inv = bndiff * dbnraw",
        ({ n, n_hidden: H }) =>
          `Yours has a number for each of the ${n} examples, ${n} x ${H}, but there is only one bnvar_inv for all of a column: its shape is (1, ${H}).`,
      ),
      wrong(
        "dbnvar_inv.other-axis",
        "dbnvar_inv = (bndiff * dbnraw).sum(1, keepdim=True)",
        ({ n, n_hidden: H }) =>
          `The products are right, but yours adds up the ${H} neurons of an example and ends with ${n} numbers; bnvar_inv has one for each of the ${H} neurons.`,
      ),
      wrong(
        "dbnvar_inv.everything",
        "dbnvar_inv = (bndiff * dbnraw).sum()",
        ({ n_hidden: H }) =>
          `Yours is a single number, the sum of all products: the ${H} neurons have got mixed, though none of them uses another's bnvar_inv.`,
      ),
      wrong(
        "dbnvar_inv.mean",
        "dbnvar_inv = (bndiff * dbnraw).mean(0, keepdim=True)",
        ({ n }) =>
          `Every number of yours is ${n} times too small, and n is ${n} here. The loss's own 1/n is already in dbnraw.`,
      ),
      wrong(
        "dbnvar_inv.no-other-factor",
        "dbnvar_inv = dbnraw.sum(0, keepdim=True)",
        "Yours would be right if bnvar_inv had been added to bndiff. It was multiplied by it, so where bndiff is 0 it has no influence at all; yours gives it as much there as anywhere.",
      ),
      wrong(
        "dbnvar_inv.own-factor",
        "dbnvar_inv = (bnvar_inv * dbnraw).sum(0, keepdim=True)",
        "That is what goes back to bndiff, summed up: yours takes the factor whose gradient is asked for instead of its partner in the product.",
      ),
      wrong(
        "dbnvar_inv.output",
        "dbnvar_inv = (bnraw * dbnraw).sum(0, keepdim=True)",
        "Each column of yours is too large or small by its own bnvar_inv: bnraw is the product, with that factor already in it.",
      ),
      wrong(
        "dbnvar_inv.uncentred",
        "dbnvar_inv = (hprebn * dbnraw).sum(0, keepdim=True)",
        "Each column of yours is off by its mean times the sum of its dbnraw: hprebn still has its mean, and what was multiplied by bnvar_inv has not.",
      ),
      wrong(
        "dbnvar_inv.gain-skipped",
        "dbnvar_inv = (bndiff * dhpreact).sum(0, keepdim=True)",
        "Each column of yours differs by the factor bngain, which lies between bnraw and hpreact. As bngain is near 1 at first, it looks almost right.",
      ),
      wrong(
        "dbnvar_inv.no-upstream",
        "dbnvar_inv = bndiff.sum(0, keepdim=True)",
        "Yours is 0 but for rounding, as the columns of bndiff always add up to 0, and it stays the same whatever comes back from the loss.",
      ),
      wrong(
        "dbnvar_inv.forward-value",
        "dbnvar_inv = (bndiff * bnraw).sum(0, keepdim=True)",
        "Nothing in yours comes from the loss: it multiplies two forward tensors, so it is (n-1) times the standard deviation, whatever the targets are.",
      ),
      rightHere(
        "dbnvar_inv.two-steps",
        "dbnvar_inv = (bndiff * (bngain * dhpreact)).sum(0, keepdim=True)",
        "True here, as bngain * dhpreact is what dbnraw is: two steps at once. This step is asked to start from any dbnraw.",
      ),
      rightHere(
        "dbnvar_inv.by-dbngain",
        "dbnvar_inv = bngain * dbngain / bnvar_inv",
        "True here, as dbngain is a very similar sum. This step is asked to start from any dbnraw, and yours does not look at it.",
      ),
    ],
  },
  {
    name: "dbnvar",
    exercise,
    group,
    given: ["dbnvar_inv"],
    asked: "`bnvar_inv` is a power of the variance. How does the loss change with the variance?",
    hints: {
      forward: lines("bnvar_inv"),
      rule: "The power rule: x to the power p changes by p times x to the power p - 1. Then the chain rule: times what comes back to the result.",
      shapes: "bnvar, bnvar_inv and both gradients are (1,H): nothing is summed or spread.",
      example:
        "Where bnvar + 1e-5 is 4, its power -1.5 is 1/8: dbnvar_inv = 16 gives -1/2 * 1/8 * 16 = -1. Where it is 1/4, that power is 8, and dbnvar_inv = 1 gives -4.",
      hole: "dbnvar = ___ * (bnvar + 1e-5)**___ * dbnvar_inv",
    },
    spellings: [
      ...lines("dbnvar"),
      "dbnvar = (-0.5*(bnvar + 1e-5)**(-3/2)) * dbnvar_inv",
      "dbnvar = -0.5 * bnvar_inv**3 * dbnvar_inv",
      "dbnvar = -dbnvar_inv / (2 * (bnvar + 1e-5)**1.5)",
      "dbnvar = dbnvar_inv * -.5 * torch.pow(bnvar + 1e-5, -1.5)",
      "dbnvar = -1/(2 * (bnvar + 1e-5) * (bnvar + 1e-5).sqrt()) * dbnvar_inv",
    ],
    mistakes: [
      wrong(
        "dbnvar.function-itself",
        "dbnvar = (bnvar + 1e-5)**-0.5 * dbnvar_inv",
        "Yours multiplies by bnvar_inv itself, not by its slope: it has the wrong sign, since a larger variance makes bnvar_inv smaller, and it is off by twice the variance.",
      ),
      wrong(
        "dbnvar.exponent-kept",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-0.5 * dbnvar_inv",
        "Each column of yours is off by its variance: the exponent came down in front, but above it is still the old one.",
      ),
      wrong(
        "dbnvar.exponent-up",
        "dbnvar = -0.5 * (bnvar + 1e-5)**0.5 * dbnvar_inv",
        "Each column of yours is off by its variance squared. Yours grows with the variance, while the curve x**-0.5 gets flatter the larger x is.",
      ),
      wrong(
        "dbnvar.exponent-swapped",
        "dbnvar = -1.5 * (bnvar + 1e-5)**-0.5 * dbnvar_inv",
        "Each column of yours is off by three times its variance: the old and the new exponent have changed places.",
      ),
      wrong(
        "dbnvar.sign",
        "dbnvar = 0.5 * (bnvar + 1e-5)**-1.5 * dbnvar_inv",
        "Every number of yours has the wrong sign: it says that bnvar_inv grows with the variance.",
      ),
      wrong(
        "dbnvar.no-half",
        "dbnvar = -(bnvar + 1e-5)**-1.5 * dbnvar_inv",
        "Every number of yours is 2 times too large. The new exponent is there; the old one is not in front in full.",
      ),
      wrong(
        "dbnvar.no-epsilon",
        "dbnvar = -0.5 * bnvar**-1.5 * dbnvar_inv",
        "Yours leaves out the 1e-5. Where the variance is near it, yours is far too large, and infinite for a neuron that is constant; the notebook's variances are so much larger that there it is nearly right.",
      ),
      wrong(
        "dbnvar.epsilon-outside",
        "dbnvar = -0.5 * (bnvar**-1.5 + 1e-5) * dbnvar_inv",
        "Yours adds the 1e-5 after taking the power. Where the variance is near 1e-5 it is far off, and infinite for a neuron that is constant; where it is large, yours is nearly right.",
      ),
      wrong(
        "dbnvar.no-upstream",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-1.5",
        "Yours is the slope of x**-0.5 alone: it stays the same whatever comes back to bnvar_inv.",
      ),
      wrong(
        "dbnvar.forward-value",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-1.5 * bnvar_inv",
        "Nothing in yours comes from the loss: its last factor is bnvar_inv, the forward value, without a d.",
      ),
      wrong(
        "dbnvar.python-power",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-3/2 * dbnvar_inv",
        "Python reads x**-3/2 as (x**-3)/2, as a power binds tighter than a division: yours has the power -3, and half of it.",
      ),
      wrong(
        "dbnvar.power-of-inverse",
        "dbnvar = -0.5 * bnvar_inv**-1.5 * dbnvar_inv",
        "What is called bnvar_inv is already the power -0.5, so its power -1.5 is the variance to the power 0.75: yours grows with the variance instead of falling.",
      ),
      wrong(
        "dbnvar.root",
        "dbnvar = 0.5 * (bnvar + 1e-5)**-0.5 * dbnvar_inv",
        "That is the slope of the square root, the standard deviation. Here the column is multiplied by one over it, so yours has the wrong sign and is off by the variance.",
      ),
      wrong(
        "dbnvar.reciprocal",
        "dbnvar = -(bnvar + 1e-5)**-2 * dbnvar_inv",
        "That is the slope of 1/x: as if the column were divided by its variance, not by its standard deviation.",
      ),
      wrong(
        "dbnvar.logarithm",
        "dbnvar = -0.5 / (bnvar + 1e-5) * dbnvar_inv",
        "That is the slope of the logarithm of bnvar_inv: each column of yours lacks one factor bnvar_inv.",
      ),
      rightHere(
        "dbnvar.two-steps",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-1.5 * (bndiff * dbnraw).sum(0, keepdim=True)",
        "True here, as that sum is what dbnvar_inv is: two steps at once. This step is asked to start from any dbnvar_inv.",
      ),
    ],
  },
  {
    name: "dbndiff2",
    exercise,
    group,
    given: ["dbnvar"],
    asked: "Each square in `bndiff2` is one term of its column's variance. How does the loss change with it?",
    hints: {
      forward: lines("bnvar"),
      rule: "What was summed on the way forward is spread on the way back: every term gets the same gradient, times the constant before the sum.",
      shapes: "dbnvar is (1,H); bndiff2, and so its gradient, is (n,H).",
      example: "n = 3 and dbnvar = [[4, 6]]: each of the three rows of dbndiff2 is [4/2, 6/2] = [2, 3].",
      hole: "dbndiff2 = ___ * dbnvar.expand(n, -1)",
    },
    spellings: [
      ...lines("dbndiff2"),
      "dbndiff2 = (1.0/(n-1)) * torch.ones_like(bndiff2) * dbnvar",
      "dbndiff2 = (dbnvar / (n - 1)).expand_as(bndiff2)",
      "dbndiff2 = dbnvar.repeat(n, 1) / (n - 1)",
      "dbndiff2 = torch.ones(n, 1) @ dbnvar / (n - 1)",
      "dbndiff2 = torch.zeros_like(bndiff2)\ndbndiff2 += dbnvar\ndbndiff2 /= bndiff2.shape[0] - 1",
    ],
    mistakes: [
      wrong(
        "dbndiff2.over-n",
        "dbndiff2 = 1/n * dbnvar.expand(n, -1)",
        ({ n }) =>
          `Every number of yours is too small by the factor ${n - 1}/${n}: this variance was divided by n - 1, which is ${n - 1} here (Bessel). A network trains with it all the same, and the loss does not show it.`,
      ),
      wrong(
        "dbndiff2.no-constant",
        "dbndiff2 = torch.ones_like(bndiff2) * dbnvar",
        ({ n }) =>
          `Every number of yours is ${n - 1} times too large, and n - 1 is ${n - 1} here: a sum alone would give this, and the variance is more than a sum.`,
      ),
      wrong(
        "dbndiff2.times",
        "dbndiff2 = (n - 1) * dbnvar.expand(n, -1)",
        ({ n }) =>
          `Every number of yours is ${(n - 1) ** 2} times too large, which is (n - 1) squared: a constant factor is the same factor on the way back, and not its inverse.`,
      ),
      wrong(
        "dbndiff2.python-minus",
        "dbndiff2 = 1/n-1 * torch.ones_like(bndiff2) * dbnvar",
        ({ n }) =>
          `Python reads 1/n-1 * x as (1/n) - (1 * x): yours is 1/${n} minus dbnvar, which is not even 0 where dbnvar is.`,
      ),
      wrong(
        "dbndiff2.summed-again",
        "dbndiff2 = (torch.ones_like(bndiff2) * dbnvar).sum(0, keepdim=True) / (n - 1)",
        ({ n }) =>
          `Yours adds up the ${n} rows after spreading them, so it is one row and ${n} times too large. The sum belongs to the way forward.`,
      ),
      wrong(
        "dbndiff2.no-upstream",
        "dbndiff2 = torch.ones_like(bndiff2) / (n - 1)",
        ({ n }) =>
          `Yours is 1/${n - 1} everywhere, whatever comes back to bnvar: the slope of the line alone.`,
      ),
      wrong(
        "dbndiff2.forward-factor",
        "dbndiff2 = 1/(n-1) * bndiff2 * dbnvar",
        "Each number of yours is too large or small by its own bndiff2. In a sum it makes no difference how large a term is: one more in any of them is one more in the sum.",
      ),
      wrong(
        "dbndiff2.too-far",
        "dbndiff2 = 2/(n-1) * bndiff * dbnvar",
        "Yours is a step too far: it has the slope of the square in it, which lies between bndiff and bndiff2. It is what goes back to bndiff along this path.",
      ),
      wrong(
        "dbndiff2.forward-value",
        "dbndiff2 = 1/(n-1) * bnvar.expand(n, -1)",
        "Nothing in yours comes from the loss: bnvar is the forward value, without a d.",
      ),
      wrong(
        "dbndiff2.power-skipped",
        "dbndiff2 = 1/(n-1) * dbnvar_inv.expand(n, -1)",
        "Each column of yours lacks the slope of x**-0.5: dbnvar_inv is the gradient after that power, and the sum is before it.",
      ),
      rightHere(
        "dbndiff2.two-steps",
        "dbndiff2 = -0.5 * (bnvar + 1e-5)**-1.5 * dbnvar_inv.expand(n, -1) / (n - 1)",
        "True here, as dbnvar is made from dbnvar_inv in just this way: two steps at once. This step is asked to start from any dbnvar.",
      ),
    ],
  },
  {
    name: "dbndiff",
    exercise,
    group,
    given: ["dbnraw", "dbndiff2"],
    asked: "`bndiff` goes into two lines. How does the loss change with it?",
    hints: {
      forward: lines("bndiff2", "bnraw"),
      rule: "Where two arrows leave, what comes back along them adds up. One is a product: the other factor times what comes back. The other is a square, whose slope is 2x.",
      shapes: "bndiff, dbnraw and dbndiff2 are (n,H); bnvar_inv is (1,H), and is spread over the rows.",
      example:
        "bndiff = [[1, 2], [-1, -2]], bnvar_inv = [[0.5, 2]], dbnraw = [[4, 1], [2, 3]], dbndiff2 = [[3, 1], [3, 1]]: along the product comes [[2, 2], [1, 6]], along the square [[6, 4], [-6, -4]], together [[8, 6], [-5, 2]].",
      hole: "dbndiff = ___ * dbnraw + ___ * dbndiff2",
    },
    spellings: [
      ...lines("dbndiff"),
      "dbndiff = bnvar_inv * dbnraw\ndbndiff += (2*bndiff) * dbndiff2",
      "dbndiff = dbnraw * bnvar_inv + dbndiff2 * bndiff * 2.0",
      "dbndiff = torch.zeros_like(bndiff)\ndbndiff += dbnraw * bnvar_inv\ndbndiff += dbndiff2 * bndiff\ndbndiff += dbndiff2 * bndiff",
      "dbndiff = dbnraw / (bnvar + 1e-5)**0.5 + 2 * dbndiff2 * bndiff",
      "dbndiff = torch.mul(bnvar_inv.expand_as(bndiff), dbnraw).add(bndiff.mul(2).mul(dbndiff2))",
    ],
    mistakes: [
      wrong(
        "dbndiff.one-path-product",
        "dbndiff = bnvar_inv * dbnraw",
        "Half of it, one of two paths: the one through `bndiff2`, and so through the variance, is missing.",
      ),
      wrong(
        "dbndiff.one-path-square",
        "dbndiff = 2 * bndiff * dbndiff2",
        "Half of it, one of two paths: the one through `bnraw` is missing. If you had it before, an `=` has replaced it.",
      ),
      wrong(
        "dbndiff.no-two",
        "dbndiff = bnvar_inv * dbnraw + bndiff * dbndiff2",
        "The path through `bnraw` is right; the one through `bndiff2` is only half as large as it should be.",
      ),
      wrong(
        "dbndiff.square-itself",
        "dbndiff = bnvar_inv * dbnraw + bndiff2 * dbndiff2",
        "The path through `bnraw` is right. The other one has the square itself where its slope should be, so it never gets negative where bndiff is.",
      ),
      wrong(
        "dbndiff.two-squares",
        "dbndiff = bnvar_inv * dbnraw + 2 * bndiff2 * dbndiff2",
        "The path through `bnraw` is right. The other one has one factor bndiff too many, so it lost its sign: it pushes the same way on both sides of the mean.",
      ),
      wrong(
        "dbndiff.two-alone",
        "dbndiff = bnvar_inv * dbnraw + 2 * dbndiff2",
        "The path through `bnraw` is right. The other one is the same in every row of a column, as if an example's distance from the mean made no difference to its square.",
      ),
      wrong(
        "dbndiff.square-no-upstream",
        "dbndiff = bnvar_inv * dbnraw + 2 * bndiff",
        "The path through `bnraw` is right. The other one is the square's slope alone: it stays the same whatever comes back to bndiff2.",
      ),
      wrong(
        "dbndiff.square-twice",
        "dbndiff = bnvar_inv * dbnraw + 4 * bndiff * dbndiff2",
        "The path through `bndiff2` is in yours twice, and the other one once. A cell with `+=` that runs twice does this.",
      ),
      wrong(
        "dbndiff.minus",
        "dbndiff = bnvar_inv * dbnraw - 2 * bndiff * dbndiff2",
        "Both paths are right, but yours takes one from the other: the one through `bndiff2` has the wrong sign.",
      ),
      wrong(
        "dbndiff.product-of-paths",
        "dbndiff = bnvar_inv * dbnraw * 2 * bndiff * dbndiff2",
        "Both paths are right, but yours multiplies them, so it would be 0 if either of them carried nothing.",
      ),
      wrong(
        "dbndiff.variance",
        "dbndiff = bnvar * dbnraw + 2 * bndiff * dbndiff2",
        "The path through `bndiff2` is right. The other one has the variance as its factor: the wider a column, the larger yours, and it should be the smaller.",
      ),
      wrong(
        "dbndiff.gradient-for-value",
        "dbndiff = dbnvar_inv * dbnraw + 2 * bndiff * dbndiff2",
        "The path through `bndiff2` is right. The other one is a product of two gradients, dbnvar_inv and dbnraw: a step multiplies one gradient by forward values.",
      ),
      wrong(
        "dbndiff.value-for-gradient",
        "dbndiff = bnvar_inv * bnraw + 2 * bndiff * dbndiff2",
        "The path through `bndiff2` is right. In the other one nothing comes from the loss: bnraw is the forward value, without a d.",
      ),
      wrong(
        "dbndiff.no-factor",
        "dbndiff = dbnraw + 2 * bndiff * dbndiff2",
        "The path through `bndiff2` is right. The other one goes back as if bnraw were bndiff, unscaled: each column is off by its bnvar_inv.",
      ),
      wrong(
        "dbndiff.uncentred",
        "dbndiff = bnvar_inv * dbnraw + 2 * hprebn * dbndiff2",
        "The path through `bnraw` is right. In the other one each column is off by its mean: it was not hprebn that was squared.",
      ),
      rightHere(
        "dbndiff.variance-at-once",
        "dbndiff = bnvar_inv * dbnraw + 2 * bndiff * dbnvar / (n - 1)",
        "True here, as every row of dbndiff2 is dbnvar / (n - 1): two steps at once. This step is asked to start from any dbndiff2.",
      ),
    ],
  },
  {
    name: "dbnmeani",
    exercise,
    group,
    given: ["dbndiff"],
    asked: "The mean was subtracted from every row of its column. How does the loss change with it?",
    hints: {
      forward: lines("bndiff"),
      rule: "What was copied down a column on the way forward is summed over that column on the way back; what was subtracted comes back with a minus.",
      shapes: "dbndiff is (n,H); bnmeani, and so its gradient, is (1,H).",
      example: "dbndiff = [[8, 6], [-5, 2]] gives [[-(8 - 5), -(6 + 2)]] = [[-3, -8]].",
      hole: "dbnmeani = ___.sum(___, keepdim=True)",
    },
    spellings: [
      ...lines("dbnmeani"),
      "dbnmeani = (-dbndiff).sum(0)",
      "dbnmeani = (-torch.ones_like(bndiff) * dbndiff).sum(0, keepdim=True)",
      "dbnmeani = -1 * dbndiff.sum(dim=0, keepdim=True)",
      "dbnmeani = -torch.ones(1, n) @ dbndiff",
      "dbnmeani = torch.zeros_like(bnmeani)\nfor row in dbndiff:\n    dbnmeani -= row",
    ],
    mistakes: [
      wrong(
        "dbnmeani.sign",
        "dbnmeani = dbndiff.sum(0, keepdim=True)",
        "Every number of yours has the wrong sign: a larger mean makes every entry of bndiff smaller.",
      ),
      wrong(
        "dbnmeani.no-sum",
        "dbnmeani = -dbndiff",
        ({ n, n_hidden: H }) =>
          `Yours has a number for each of the ${n} examples, but they all share one mean per neuron: bnmeani is (1, ${H}).`,
      ),
      wrong(
        "dbnmeani.other-axis",
        "dbnmeani = -dbndiff.sum(1, keepdim=True)",
        ({ n, n_hidden: H }) =>
          `Yours adds up the ${H} neurons of an example and ends with ${n} numbers; there is one mean for each of the ${H} neurons.`,
      ),
      wrong(
        "dbnmeani.everything",
        "dbnmeani = -dbndiff.sum()",
        ({ n_hidden: H }) =>
          `Yours is a single number: the ${H} neurons have got mixed, though each has a mean of its own.`,
      ),
      wrong(
        "dbnmeani.mean",
        "dbnmeani = -dbndiff.mean(0, keepdim=True)",
        ({ n }) =>
          `Every number of yours is ${n} times too small. The 1/n of the mean stands in the line that made bnmeani; this line only subtracts it.`,
      ),
      wrong(
        "dbnmeani.forward-line",
        "dbnmeani = 1/n * dhprebn.sum(0, keepdim=True)",
        "Yours is the forward line with a d before each name. A gradient comes from the lines that use a tensor, and bnmeani is used to make bndiff; dhprebn comes only later.",
      ),
      wrong(
        "dbnmeani.zero",
        "dbnmeani = torch.zeros_like(bnmeani)",
        "Yours is 0 (but for rounding, if it was summed). It is true that bndiff's columns add up to 0, but those of its gradient do not.",
      ),
      wrong(
        "dbnmeani.square-alone",
        "dbnmeani = -(2 * bndiff * dbndiff2).sum(0, keepdim=True)",
        "Yours has only what came to bndiff through its square, and that adds up to 0 in this network; what came through `bnraw` is missing.",
      ),
      wrong(
        "dbnmeani.unscaled",
        "dbnmeani = -dbnraw.sum(0, keepdim=True)",
        "Each column of yours is off by its bnvar_inv: between bndiff, from which the mean was taken, and bnraw lies that factor.",
      ),
      rightHere(
        "dbnmeani.one-path",
        "dbnmeani = -(bnvar_inv * dbnraw).sum(0, keepdim=True)",
        "True here, as what comes to bndiff through its square adds up to 0 over the batch. This step is asked to start from any dbndiff, all of it.",
      ),
    ],
  },
  {
    name: "dhprebn",
    exercise,
    group,
    given: ["dbndiff", "dbnmeani"],
    asked: "`hprebn` goes into `bndiff`, and into the mean. How does the loss change with it?",
    hints: {
      forward: lines("bnmeani", "bndiff"),
      rule: "Where two arrows leave, what comes back along them adds up. What was summed on the way forward is spread on the way back, times the constant before the sum.",
      shapes: "hprebn and dbndiff are (n,H); dbnmeani is (1,H), and is spread over the rows.",
      example:
        "n = 2, dbndiff = [[8, 6], [-5, 2]], dbnmeani = [[-3, -8]]: the mean's share is [-3/2, -8/2] in each row, together [[6.5, 2], [-6.5, -2]].",
      hole: "dhprebn = dbndiff + ___ * dbnmeani",
    },
    spellings: [
      ...lines("dhprebn"),
      "dhprebn = dbndiff.clone()\ndhprebn += 1.0/n * (torch.ones_like(hprebn) * dbnmeani)",
      "dhprebn = dbndiff + dbnmeani / n",
      "dhprebn = dbndiff + dbnmeani.repeat(n, 1) / hprebn.shape[0]",
      "dhprebn = dbndiff.add(dbnmeani.expand(n, -1), alpha=1/n)",
      "dhprebn = torch.zeros_like(hprebn)\nfor i in range(n):\n    dhprebn[i] = dbndiff[i] + dbnmeani[0] / n",
    ],
    mistakes: [
      wrong(
        "dhprebn.one-path-direct",
        "dhprebn = dbndiff.clone()",
        "Half of it, one of two paths: the one through `bnmeani` is missing. Every row of yours is off by the same numbers.",
      ),
      wrong(
        "dhprebn.one-path-mean",
        "dhprebn = 1/n * torch.ones_like(hprebn) * dbnmeani",
        "Half of it, one of two paths: the direct one to `bndiff` is missing, so all rows of yours are equal. If you had it before, an `=` has replaced it.",
      ),
      wrong(
        "dhprebn.no-constant",
        "dhprebn = dbndiff + dbnmeani",
        ({ n }) =>
          `The direct path is right; the one through the mean is ${n} times too large, as if all of the mean came from each of the ${n} examples.`,
      ),
      wrong(
        "dhprebn.bessel",
        "dhprebn = dbndiff + 1/(n-1) * dbnmeani",
        ({ n }) =>
          `The direct path is right; the one through the mean is too large by ${n}/${n - 1}. Bessel's n - 1 belongs to the variance: the mean was divided by n.`,
      ),
      wrong(
        "dhprebn.times",
        "dhprebn = dbndiff + n * dbnmeani",
        ({ n }) =>
          `The direct path is right; the one through the mean is ${n * n} times too large, which is n squared: a constant factor is the same factor on the way back, and not its inverse.`,
      ),
      wrong(
        "dhprebn.minus",
        "dhprebn = dbndiff - 1/n * dbnmeani",
        "Both paths are right, but yours takes one from the other. The minus of the subtraction is in dbnmeani already.",
      ),
      wrong(
        "dhprebn.both-over-n",
        "dhprebn = (dbndiff + dbnmeani) / n",
        ({ n }) =>
          `The path through the mean is right; the direct one is ${n} times too small, since your 1/n applies to it as well.`,
      ),
      wrong(
        "dhprebn.mean-twice",
        "dhprebn = dbndiff + 2/n * dbnmeani",
        "The path through the mean is in yours twice, and the direct one once. A cell with `+=` that runs twice does this.",
      ),
      wrong(
        "dhprebn.value-for-gradient",
        "dhprebn = dbndiff + 1/n * bnmeani",
        "The direct path is right. In the one through the mean nothing comes from the loss: bnmeani is the forward value, without a d.",
      ),
      wrong(
        "dhprebn.mean-no-upstream",
        "dhprebn = dbndiff + 1/n",
        ({ n }) =>
          `The direct path is right. The other is 1/${n} everywhere, whatever comes back to bnmeani: the slope of the mean alone.`,
      ),
      wrong(
        "dhprebn.times-input",
        "dhprebn = dbndiff + 1/n * hprebn * dbnmeani",
        "The direct path is right. In the other each number is too large or small by its own hprebn: in a mean it makes no difference how large a term is.",
      ),
      wrong(
        "dhprebn.mean-of-gradient",
        "dhprebn = dbndiff + dbnmeani.mean()",
        ({ n_hidden: H }) =>
          `The direct path is right. For the other, yours averages dbnmeani over its ${H} neurons, which have nothing to do with one another, and adds the same number everywhere.`,
      ),
      wrong(
        "dhprebn.no-variance",
        "dhprebn = bnvar_inv * dbnraw + 1/n * dbnmeani",
        "Yours starts from what comes straight from `bnraw`: what comes through the variance has got lost, though dbndiff has it.",
      ),
      rightHere(
        "dhprebn.mean-at-once",
        "dhprebn = dbndiff - dbndiff.mean(0, keepdim=True)",
        "True here, as dbnmeani is minus the sum of dbndiff: two steps at once. This step is asked to start from any dbnmeani.",
      ),
    ],
  },
];
