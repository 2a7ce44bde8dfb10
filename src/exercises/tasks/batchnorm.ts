/** Exercise 1, BatchNorm: from `dbnraw` back to `dhprebn`. */
import type { Task } from "../types.ts";
import { lines, noLoss, rightHere, sumOverBatch, wrong } from "./entry.ts";

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
      rule: "In a product, each factor gets what arrives times the other factor. This factor is one row and was copied down the columns: what was copied is summed.",
      shapes: "`bndiff` (n, H), `dbnraw` (n, H) → `dbnvar_inv` (1, H)",
      example: "`bndiff = [[1, 2], [-1, -2]]` and `dbnraw = [[3, 1], [1, 5]]` give `dbnvar_inv = [[2, -8]]`.",
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
      ...sumOverBatch("dbnvar_inv", "bndiff * dbnraw"),
      wrong(
        "dbnvar_inv.no-factor",
        "dbnvar_inv = dbnraw.sum(0, keepdim=True)",
        "Where `bndiff` is 0, `bnvar_inv` has no influence; yours gives it as much there as anywhere.",
      ),
      wrong(
        "dbnvar_inv.own-factor",
        "dbnvar_inv = (bnvar_inv * dbnraw).sum(0, keepdim=True)",
        "The values of `bndiff` make no difference to yours: it is what comes back to `bndiff` through the product, added up.",
      ),
      wrong(
        "dbnvar_inv.output",
        "dbnvar_inv = (bnraw * dbnraw).sum(0, keepdim=True)",
        "Each column of yours is off by the factor `bnvar_inv`: that factor is in `bnraw` already.",
      ),
      wrong(
        "dbnvar_inv.uncentred",
        "dbnvar_inv = (hprebn * dbnraw).sum(0, keepdim=True)",
        "Each column of yours is off by its mean times the sum of its `dbnraw`: `hprebn` still has its mean.",
      ),
      wrong(
        "dbnvar_inv.gain-skipped",
        "dbnvar_inv = (bndiff * dhpreact).sum(0, keepdim=True)",
        "Yours starts from `dhpreact`, on the other side of the gain. Gains are near 1 at first, so it looks almost right.",
      ),
      wrong(
        "dbnvar_inv.no-upstream",
        "dbnvar_inv = bndiff.sum(0, keepdim=True)",
        "Yours is 0 but for rounding, whatever `dbnraw` is: the columns of `bndiff` add up to 0.",
      ),
      wrong(
        "dbnvar_inv.value-for-gradient",
        "dbnvar_inv = (bndiff * bnraw).sum(0, keepdim=True)",
        noLoss("bnraw"),
      ),
      rightHere(
        "dbnvar_inv.two-steps",
        "dbnvar_inv = (bndiff * (bngain * dhpreact)).sum(0, keepdim=True)",
        ["dbnraw"],
        "`dbnraw` is `bngain` times `dhpreact`, so yours takes two steps at once",
      ),
      rightHere(
        "dbnvar_inv.by-dbngain",
        "dbnvar_inv = bngain * dbngain / bnvar_inv",
        ["dbnraw"],
        "`dbngain` adds up the same products, but for two factors that are the same down a column",
      ),
    ],
  },
  {
    name: "dbnvar",
    exercise,
    group,
    given: ["dbnvar_inv"],
    asked: "How does the loss change with each column's variance, of which `bnvar_inv` is a power?",
    hints: {
      forward: lines("bnvar_inv"),
      rule: "The chain rule, number by number, with the power rule: the exponent comes down as a factor, and above it goes down by one. Here it is −½, and what is raised to it is the variance and the 1e-5 together.",
      shapes: "`bnvar` (1, H), `dbnvar_inv` (1, H) → `dbnvar` (1, H)",
      example: "`bnvar = [[3.99999, 0.24999]]` and `dbnvar_inv = [[16, 1]]` give `dbnvar = [[-1, -4]]`.",
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
        "dbnvar.value",
        "dbnvar = (bnvar + 1e-5)**-0.5 * dbnvar_inv",
        "Each number of yours is off by the factor −2 · (`bnvar` + 1e-5): it says how large `bnvar_inv` is, and not how fast it falls.",
      ),
      wrong(
        "dbnvar.exponent-kept",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-0.5 * dbnvar_inv",
        "Each number of yours is off by the factor (`bnvar` + 1e-5): the exponent came down in front, and above it is still the old one.",
      ),
      wrong(
        "dbnvar.exponent-up",
        "dbnvar = -0.5 * (bnvar + 1e-5)**0.5 * dbnvar_inv",
        "Each number of yours is off by the factor (`bnvar` + 1e-5) squared: yours grows with the variance, where the curve gets flatter.",
      ),
      wrong(
        "dbnvar.exponent-swapped",
        "dbnvar = -1.5 * (bnvar + 1e-5)**-0.5 * dbnvar_inv",
        "Each number of yours is off by the factor 3 · (`bnvar` + 1e-5): where the variance is 1, it is 3 times too large.",
      ),
      wrong(
        "dbnvar.sign",
        "dbnvar = 0.5 * (bnvar + 1e-5)**-1.5 * dbnvar_inv",
        "Every number of yours has the wrong sign, as if `bnvar_inv` grew with the variance.",
      ),
      wrong(
        "dbnvar.no-half",
        "dbnvar = -(bnvar + 1e-5)**-1.5 * dbnvar_inv",
        "Every number of yours is 2 times too large.",
      ),
      wrong(
        "dbnvar.no-epsilon",
        "dbnvar = -0.5 * bnvar**-1.5 * dbnvar_inv",
        "Where the variance is near 1e-5, yours is far too large, and it is infinite for a neuron that is constant. The notebook's variances are so much larger that there it is nearly right.",
      ),
      wrong(
        "dbnvar.epsilon-outside",
        "dbnvar = -0.5 * (bnvar**-1.5 + 1e-5) * dbnvar_inv",
        "Yours adds the 1e-5 after taking the power: where the variance is near 1e-5 it is far too large, and infinite for a neuron that is constant.",
      ),
      wrong(
        "dbnvar.no-upstream",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-1.5",
        "Yours stays the same whatever `dbnvar_inv` is: it is the slope of x to the power −½ alone.",
      ),
      wrong(
        "dbnvar.value-for-gradient",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-1.5 * bnvar_inv",
        noLoss("bnvar_inv"),
      ),
      wrong(
        "dbnvar.python-power",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-3/2 * dbnvar_inv",
        "Each number of yours is off by half of `bnvar_inv` cubed: Python reads `x**-3/2` as `(x**-3)/2`.",
      ),
      wrong(
        "dbnvar.power-of-inverse",
        "dbnvar = -0.5 * bnvar_inv**-1.5 * dbnvar_inv",
        "Yours grows with the variance, where the curve gets flatter: `bnvar_inv` is a power of it already.",
      ),
      wrong(
        "dbnvar.root",
        "dbnvar = 0.5 * (bnvar + 1e-5)**-0.5 * dbnvar_inv",
        "Each number of yours is off by the factor −(`bnvar` + 1e-5): it is the slope of the standard deviation, which rises with the variance.",
      ),
      wrong(
        "dbnvar.reciprocal",
        "dbnvar = -(bnvar + 1e-5)**-2 * dbnvar_inv",
        "Each number of yours is off by the factor 2 · `bnvar_inv`: it is the slope of 1/x, as if a column were divided by its variance.",
      ),
      wrong(
        "dbnvar.logarithm",
        "dbnvar = -0.5 / (bnvar + 1e-5) * dbnvar_inv",
        "Each number of yours is off by the factor 1/`bnvar_inv`: it says by what share `bnvar_inv` falls, and not by how much.",
      ),
      rightHere(
        "dbnvar.two-steps",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-1.5 * (bndiff * dbnraw).sum(0, keepdim=True)",
        ["dbnvar_inv"],
        "`dbnvar_inv` is that sum, so yours takes two steps at once",
      ),
    ],
  },
  {
    name: "dbndiff2",
    exercise,
    group,
    given: ["dbnvar"],
    asked: "How does the loss change with each square, which is one term of its column's variance?",
    hints: {
      forward: lines("bnvar"),
      rule: "A sum lets all its terms through alike: each of them gets the sum's gradient, times the constant in front of the sum.",
      shapes: "`dbnvar` (1, H) → `dbndiff2` (n, H)",
      example: "`n = 3` and `dbnvar = [[4, 6]]` give `dbndiff2 = [[2, 3], [2, 3], [2, 3]]`.",
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
          `Every number of yours is too small by the factor ${n - 1}/${n}, as if the variance had been divided by n. A network trains with it all the same, and the loss does not show it.`,
      ),
      wrong(
        "dbndiff2.no-constant",
        "dbndiff2 = torch.ones_like(bndiff2) * dbnvar",
        ({ n }) => `Every number of yours is ${n - 1} times too large, and n − 1 is ${n - 1} here.`,
      ),
      wrong(
        "dbndiff2.times",
        "dbndiff2 = (n - 1) * dbnvar.expand(n, -1)",
        ({ n }) =>
          `Every number of yours is ${(n - 1) ** 2} times too large, which is ${n - 1} squared, and n − 1 is ${n - 1} here.`,
      ),
      wrong(
        "dbndiff2.python-minus",
        "dbndiff2 = 1/n-1 * torch.ones_like(bndiff2) * dbnvar",
        ({ n }) =>
          `Python reads \`1/n-1 * x\` as \`(1/n) - x\`: yours is 1/${n} minus \`dbnvar\`, and not 0 where \`dbnvar\` is.`,
      ),
      wrong(
        "dbndiff2.summed-again",
        "dbndiff2 = (torch.ones_like(bndiff2) * dbnvar).sum(0, keepdim=True) / (n - 1)",
        ({ n }) =>
          `Yours adds up its ${n} rows after spreading them: it is one row, and ${n} times too large.`,
      ),
      wrong(
        "dbndiff2.no-upstream",
        "dbndiff2 = torch.ones_like(bndiff2) / (n - 1)",
        ({ n }) => `Yours is 1/${n - 1} everywhere, whatever \`dbnvar\` is.`,
      ),
      wrong(
        "dbndiff2.times-value",
        "dbndiff2 = 1/(n-1) * bndiff2 * dbnvar",
        "Each number of yours is off by the factor `bndiff2`, although one more in any term of a sum is one more in the sum.",
      ),
      wrong(
        "dbndiff2.too-far",
        "dbndiff2 = 2/(n-1) * bndiff * dbnvar",
        "Each number of yours is off by the factor 2 · `bndiff`: it is what comes back to `bndiff` along this path, one step too far.",
      ),
      wrong("dbndiff2.value-for-gradient", "dbndiff2 = 1/(n-1) * bnvar.expand(n, -1)", noLoss("bnvar")),
      wrong(
        "dbndiff2.power-skipped",
        "dbndiff2 = 1/(n-1) * dbnvar_inv.expand(n, -1)",
        "Yours starts from `dbnvar_inv`, on the other side of the power: it jumps over one line of the forward pass.",
      ),
      rightHere(
        "dbndiff2.two-steps",
        "dbndiff2 = -0.5 * (bnvar + 1e-5)**-1.5 * dbnvar_inv.expand(n, -1) / (n - 1)",
        ["dbnvar"],
        "`dbnvar` is made of `dbnvar_inv` in just this way, so yours takes two steps at once",
      ),
    ],
  },
  {
    name: "dbndiff",
    exercise,
    group,
    given: ["dbnraw", "dbndiff2"],
    asked: "How does the loss change with each distance from the mean, which two lines use?",
    hints: {
      forward: lines("bndiff2", "bnraw"),
      rule: "Two lines use `bndiff`, so two arrows leave it, and what comes back along both adds up. Through the product: what arrives times the other factor. Through the square: what arrives times the slope of x², which is 2x.",
      shapes: "`bnvar_inv` (1, H), `dbnraw` (n, H), `bndiff` (n, H), `dbndiff2` (n, H) → `dbndiff` (n, H)",
      example:
        "`bnvar_inv = [[0.5, 2]]`, `dbnraw = [[4, 1], [2, 3]]`, `bndiff = [[1, 2], [-1, -2]]` and `dbndiff2 = [[3, 1], [3, 1]]` give `dbndiff = [[8, 6], [-5, 2]]`.",
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
        "dbndiff.product-only",
        "dbndiff = bnvar_inv * dbnraw",
        "Half of it, one of two paths: the one through `bndiff2` is missing, and with it all that comes back from the variance.",
      ),
      wrong(
        "dbndiff.square-only",
        "dbndiff = 2 * bndiff * dbndiff2",
        "Half of it, one of two paths: the one through `bnraw` is missing. If it was there before, an `=` has replaced it.",
      ),
      wrong(
        "dbndiff.no-two",
        "dbndiff = bnvar_inv * dbnraw + bndiff * dbndiff2",
        "The path through `bnraw` is right; the one through `bndiff2` is 2 times too small.",
      ),
      wrong(
        "dbndiff.square-itself",
        "dbndiff = bnvar_inv * dbnraw + bndiff2 * dbndiff2",
        "The path through `bnraw` is right; in the one through `bndiff2` each number is off by the factor `bndiff`/2, so it pushes the same way on both sides of the mean.",
      ),
      wrong(
        "dbndiff.two-squares",
        "dbndiff = bnvar_inv * dbnraw + 2 * bndiff2 * dbndiff2",
        "The path through `bnraw` is right; in the one through `bndiff2` each number is off by the factor `bndiff`, so it pushes the same way on both sides of the mean.",
      ),
      wrong(
        "dbndiff.two-alone",
        "dbndiff = bnvar_inv * dbnraw + 2 * dbndiff2",
        "The path through `bnraw` is right; in the one through `bndiff2` each number is off by the factor 1/`bndiff`, as if its distance from the mean made no difference to a square.",
      ),
      wrong(
        "dbndiff.square-no-upstream",
        "dbndiff = bnvar_inv * dbnraw + 2 * bndiff",
        "The path through `bnraw` is right; the one through `bndiff2` stays the same whatever `dbndiff2` is.",
      ),
      wrong(
        "dbndiff.square-twice",
        "dbndiff = bnvar_inv * dbnraw + 4 * bndiff * dbndiff2",
        "The path through `bnraw` is right; the one through `bndiff2` is in yours twice. A cell with `+=` that runs twice does this.",
      ),
      wrong(
        "dbndiff.minus",
        "dbndiff = bnvar_inv * dbnraw - 2 * bndiff * dbndiff2",
        "The path through `bnraw` is right; the one through `bndiff2` has the wrong sign.",
      ),
      wrong(
        "dbndiff.multiplied",
        "dbndiff = bnvar_inv * dbnraw * 2 * bndiff * dbndiff2",
        "Yours multiplies what comes back along the two paths, so that a path without a gradient would silence the other.",
      ),
      wrong(
        "dbndiff.variance",
        "dbndiff = bnvar * dbnraw + 2 * bndiff * dbndiff2",
        "The path through `bndiff2` is right; the one through `bnraw` is the larger, the wider a column, although wide columns were made smaller.",
      ),
      wrong(
        "dbndiff.gradient-for-value",
        "dbndiff = dbnvar_inv * dbnraw + 2 * bndiff * dbndiff2",
        "The path through `bndiff2` is right; the one through `bnraw` multiplies two gradients, and no value of the forward pass is in it.",
      ),
      wrong(
        "dbndiff.value-for-gradient",
        "dbndiff = bnvar_inv * bnraw + 2 * bndiff * dbndiff2",
        "The path through `bndiff2` is right; nothing in the one through `bnraw` comes from the loss.",
      ),
      wrong(
        "dbndiff.no-factor",
        "dbndiff = dbnraw + 2 * bndiff * dbndiff2",
        "The path through `bndiff2` is right; in the one through `bnraw` each column is off by the factor 1/`bnvar_inv`.",
      ),
      wrong(
        "dbndiff.uncentred",
        "dbndiff = bnvar_inv * dbnraw + 2 * hprebn * dbndiff2",
        "The path through `bnraw` is right; in the one through `bndiff2` each number is off by 2 · `bnmeani` · `dbndiff2`: the column's mean is still in it.",
      ),
      rightHere(
        "dbndiff.two-steps",
        "dbndiff = bnvar_inv * dbnraw + 2 * bndiff * dbnvar / (n - 1)",
        ["dbnraw", "dbndiff2"],
        "every row of `dbndiff2` is `dbnvar`/(n − 1), so yours takes two steps at once",
      ),
    ],
  },
  {
    name: "dbnmeani",
    exercise,
    group,
    given: ["dbndiff"],
    asked: "How does the loss change with each column's mean, which is subtracted from the whole column?",
    hints: {
      forward: lines("bndiff"),
      rule: "A tensor that is subtracted gets minus what arrives. It is one row and was copied down the columns: what was copied is summed.",
      shapes: "`dbndiff` (n, H) → `dbnmeani` (1, H)",
      example: "`dbndiff = [[8, 6], [-5, 2]]` gives `dbnmeani = [[-3, -8]]`.",
      hole: "dbnmeani = ___.sum(0, keepdim=True)",
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
        "Every number of yours has the wrong sign, as if `bndiff` grew with the mean.",
      ),
      ...sumOverBatch("dbnmeani", "-dbndiff"),
      wrong(
        "dbnmeani.forward-line",
        "dbnmeani = 1/n * dhprebn.sum(0, keepdim=True)",
        "Yours starts from `dhprebn`, which is made of `dbnmeani`, and not the other way round. Its columns add up to 0 in this network, so yours is 0 but for rounding.",
      ),
      wrong(
        "dbnmeani.zero",
        "dbnmeani = torch.zeros_like(bnmeani)",
        "Yours is 0 whatever `dbndiff` is: the columns of `bndiff` add up to 0, but those of `dbndiff` do not.",
      ),
      wrong(
        "dbnmeani.square-only",
        "dbnmeani = -(2 * bndiff * dbndiff2).sum(0, keepdim=True)",
        "Yours has only what came to `bndiff` through its square, which adds up to 0 in this network; what came through `bnraw` is missing.",
      ),
      wrong(
        "dbnmeani.unscaled",
        "dbnmeani = -dbnraw.sum(0, keepdim=True)",
        "Yours starts from `dbnraw`, on the other side of the scaling: in this network each column is off by the factor 1/`bnvar_inv`.",
      ),
      rightHere(
        "dbnmeani.one-path",
        "dbnmeani = -(bnvar_inv * dbnraw).sum(0, keepdim=True)",
        ["dbndiff"],
        "what comes to `bndiff` through its square adds up to 0 over the batch",
      ),
    ],
  },
  {
    name: "dhprebn",
    exercise,
    group,
    given: ["dbndiff", "dbnmeani"],
    asked: "How does the loss change with what goes into BatchNorm, which two lines use?",
    hints: {
      forward: lines("bnmeani", "bndiff"),
      rule: "Two lines use `hprebn`, so two arrows leave it, and what comes back along both adds up. Through the difference: what arrives, as it is. Through the mean: every term of a sum gets the sum's gradient, times the constant in front of it.",
      shapes: "`dbndiff` (n, H), `dbnmeani` (1, H) → `dhprebn` (n, H)",
      example:
        "`n = 2`, `dbndiff = [[8, 6], [-5, 2]]` and `dbnmeani = [[-3, -8]]` give `dhprebn = [[6.5, 2], [-6.5, -2]]`.",
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
        "dhprebn.direct-only",
        "dhprebn = dbndiff.clone()",
        "Half of it, one of two paths: the one through `bnmeani` is missing. All numbers in a column of yours are off by the same amount.",
      ),
      wrong(
        "dhprebn.mean-only",
        "dhprebn = 1/n * torch.ones_like(hprebn) * dbnmeani",
        "Half of it, one of two paths: the one through `bndiff` is missing, so all rows of yours are equal. If it was there before, an `=` has replaced it.",
      ),
      wrong(
        "dhprebn.no-constant",
        "dhprebn = dbndiff + dbnmeani",
        ({ n }) =>
          `The path through \`bndiff\` is right; the one through \`bnmeani\` is ${n} times too large, and n is ${n} here.`,
      ),
      wrong(
        "dhprebn.bessel",
        "dhprebn = dbndiff + 1/(n-1) * dbnmeani",
        ({ n }) =>
          `The path through \`bndiff\` is right; the one through \`bnmeani\` is too large by the factor ${n}/${n - 1}.`,
      ),
      wrong(
        "dhprebn.times",
        "dhprebn = dbndiff + n * dbnmeani",
        ({ n }) =>
          `The path through \`bndiff\` is right; the one through \`bnmeani\` is ${n ** 2} times too large, which is ${n} squared, and n is ${n} here.`,
      ),
      wrong(
        "dhprebn.minus",
        "dhprebn = dbndiff - 1/n * dbnmeani",
        "The path through `bndiff` is right; the one through `bnmeani` has the wrong sign.",
      ),
      wrong(
        "dhprebn.both-over-n",
        "dhprebn = (dbndiff + dbnmeani) / n",
        ({ n }) =>
          `The path through \`bnmeani\` is right; the one through \`bndiff\` is ${n} times too small, and n is ${n} here.`,
      ),
      wrong(
        "dhprebn.mean-twice",
        "dhprebn = dbndiff + 2/n * dbnmeani",
        "The path through `bndiff` is right; the one through `bnmeani` is in yours twice. A cell with `+=` that runs twice does this.",
      ),
      wrong(
        "dhprebn.value-for-gradient",
        "dhprebn = dbndiff + 1/n * bnmeani",
        "The path through `bndiff` is right; nothing in the one through `bnmeani` comes from the loss.",
      ),
      wrong(
        "dhprebn.mean-no-upstream",
        "dhprebn = dbndiff + 1/n",
        ({ n }) =>
          `The path through \`bndiff\` is right; the one through \`bnmeani\` is 1/${n} everywhere, whatever \`dbnmeani\` is.`,
      ),
      wrong(
        "dhprebn.times-value",
        "dhprebn = dbndiff + 1/n * hprebn * dbnmeani",
        "The path through `bndiff` is right; in the one through `bnmeani` each number is off by the factor `hprebn`, as if the large terms of a mean moved it more.",
      ),
      wrong(
        "dhprebn.mean-of-gradient",
        "dhprebn = dbndiff + dbnmeani.mean()",
        ({ n_hidden }) =>
          `The path through \`bndiff\` is right; the one through \`bnmeani\` is the same for all ${n_hidden} neurons, as if they shared one mean.`,
      ),
      wrong(
        "dhprebn.no-variance",
        "dhprebn = bnvar_inv * dbnraw + 1/n * dbnmeani",
        "The path through `bnmeani` is right; the one through `bndiff` lacks what comes back to it from the variance.",
      ),
      rightHere(
        "dhprebn.two-steps",
        "dhprebn = dbndiff - dbndiff.mean(0, keepdim=True)",
        ["dbndiff", "dbnmeani"],
        "`dbnmeani` is minus the sum of `dbndiff`, so yours takes two steps at once",
      ),
    ],
  },
];
