/** Exercise 1, through tanh and through BatchNorm's gain and bias. */
import { NOTEBOOK } from "../../model/notebook.ts";
import type { Task } from "../types.ts";
import { lines, wrong } from "./entry.ts";

const group = "tanh and gain";

export const tanhAndGain: readonly Task[] = [
  {
    name: "dhpreact",
    exercise: 1,
    group,
    given: ["dh"],
    asked: "How does the loss change with what goes into tanh?",
    hints: {
      forward: lines("h"),
      rule: "The chain rule, entry by entry. The derivative of tanh can be had from its result: 1 − tanh², which is 1 in the middle and 0 where the neuron is saturated.",
      shapes: "h (n, H), dh (n, H) → dhpreact (n, H)",
      example: "h = [[0.5, -1], [0, 0.6]] and dh = [[4, 2], [3, -1]] give dhpreact = [[3, 0], [3, -0.64]].",
      hole: "dhpreact = (___) * dh",
    },
    spellings: [
      NOTEBOOK.dhpreact.torch,
      "dhpreact = dh * (1.0 - h*h)",
      "dhpreact = dh - dh * h.pow(2)",
      "dhpreact = (1 - torch.tanh(hpreact)**2) * dh",
      "dhpreact = (1 + h) * (1 - h) * dh",
    ],
    mistakes: [
      wrong(
        "dhpreact.square-outside",
        "dhpreact = (1 - h)**2 * dh",
        "Yours squares the difference: it is right only where `h` is 0 or 1, and at −1, where the neuron is saturated, it is 4 times `dh` and should be 0.",
      ),
      wrong(
        "dhpreact.not-squared",
        "dhpreact = (1 - h) * dh",
        "Yours treats the two ends of tanh differently: at 1 it is 0, and at −1 it is twice `dh`, although tanh is flat at both.",
      ),
      wrong(
        "dhpreact.input",
        "dhpreact = (1 - hpreact**2) * dh",
        "Yours squares what went into tanh and not what came out: where `hpreact` lies beyond ±1 the slope in yours is negative, and tanh never falls.",
      ),
      wrong(
        "dhpreact.tanh-twice",
        "dhpreact = (1 - torch.tanh(h)**2) * dh",
        "Yours takes tanh of `h`, which is tanh already: the slope in yours never gets below 0.41, so no neuron ever looks saturated.",
      ),
      wrong(
        "dhpreact.plus",
        "dhpreact = (1 + h**2) * dh",
        "The slope in yours grows where tanh gets flat: a saturated neuron gets twice `dh`, and should get nothing.",
      ),
      wrong(
        "dhpreact.sign",
        "dhpreact = (h**2 - 1) * dh",
        "Every entry of yours has the opposite sign, as if tanh fell.",
      ),
      wrong(
        "dhpreact.no-upstream",
        "dhpreact = 1 - h**2",
        "Yours stays the same whatever `dh` is: it is the slope of tanh, and not yet what that slope does to the loss.",
      ),
      wrong(
        "dhpreact.no-brackets",
        "dhpreact = 1 - h**2 * dh",
        "The product is taken before the difference in yours: where `dh` is 0, yours is 1.",
      ),
      wrong(
        "dhpreact.passed-through",
        "dhpreact = dh",
        "Yours hands `dh` on as it came, as if tanh were equally steep everywhere: a saturated neuron would learn as fast as any other.",
      ),
      wrong(
        "dhpreact.value",
        "dhpreact = h * dh",
        "Yours has tanh itself where its derivative belongs: it is 0 in the middle, where tanh is steepest.",
      ),
      wrong(
        "dhpreact.sigmoid",
        "dhpreact = h * (1 - h) * dh",
        "Yours is the slope of a sigmoid, whose values lie between 0 and 1; those of tanh go down to −1, and there yours is negative.",
      ),
      wrong(
        "dhpreact.divided",
        "dhpreact = dh / (1 - h**2)",
        "Yours grows without bound where tanh gets flat; a saturated neuron should get nothing.",
      ),
    ],
  },
  {
    name: "dbngain",
    exercise: 1,
    group,
    given: ["dhpreact"],
    asked: "How does the loss change with BatchNorm's gain, by which a whole column is multiplied?",
    hints: {
      forward: lines("hpreact"),
      rule: "In a product, each factor gets what arrives times the other factor. The gain is one row that served every example: it was copied n times, and what was copied is summed.",
      shapes: "bnraw (n, H), dhpreact (n, H) → dbngain (1, H)",
      example: "bnraw = [[1, -0.5], [-1, 0.5]] and dhpreact = [[2, 4], [1, -2]] give dbngain = [[1, -3]].",
      hole: "dbngain = (___ * dhpreact).sum(0, keepdim=True)",
    },
    spellings: [
      NOTEBOOK.dbngain.torch,
      "dbngain = torch.sum(dhpreact * bnraw, dim=0, keepdim=True)",
      "dbngain = (dhpreact * bnraw).sum(0).unsqueeze(0)",
      "dbngain = torch.einsum('ij,ij->j', bnraw, dhpreact).view(1, -1)",
      "dbngain = (bnraw.T @ dhpreact).diag()[None]",
      "dbngain = torch.zeros_like(bngain)\nfor row in range(n):\n  dbngain += bnraw[row] * dhpreact[row]",
    ],
    mistakes: [
      wrong(
        "dbngain.no-sum",
        "dbngain = bnraw * dhpreact",
        ({ n }) =>
          `Yours has ${n} rows, one for each example that the gain served, but each neuron has only one gain, and it can move in only one way.`,
      ),
      wrong(
        "dbngain.wrong-axis",
        "dbngain = (bnraw * dhpreact).sum(1, keepdim=True)",
        "Yours has one number per example and none per neuron: it sums along the rows, and the gain was copied down the columns.",
      ),
      wrong(
        "dbngain.as-bias",
        "dbngain = dhpreact.sum(0, keepdim=True)",
        "Yours is the gradient of `bnbias`: what the gain was multiplied by does not appear in it.",
      ),
      wrong(
        "dbngain.sum-of-one-factor",
        "dbngain = bnraw.sum(0, keepdim=True) * dhpreact.sum(0, keepdim=True)",
        "Yours is 0 but for rounding, whatever `dhpreact` is: it sums `bnraw` on its own, and each column of that has mean 0.",
      ),
      wrong(
        "dbngain.mean",
        "dbngain = (bnraw * dhpreact).mean(0, keepdim=True)",
        ({ n }) =>
          `Each entry of yours is ${n} times too small, and n is ${n} here: the average over the batch was taken at the loss already.`,
      ),
      wrong(
        "dbngain.everything",
        "dbngain = (bnraw * dhpreact).sum()",
        "Yours is a single number: each neuron has a gain of its own, and yours no longer tells them apart.",
      ),
      wrong(
        "dbngain.before-scaling",
        "dbngain = (bndiff * dhpreact).sum(0, keepdim=True)",
        "Each column of yours is off by that neuron's standard deviation: the gain was applied to `bnraw`, and yours has what was there before it was scaled.",
      ),
      wrong(
        "dbngain.output",
        "dbngain = (hpreact * dhpreact).sum(0, keepdim=True)",
        "Yours has the result of the line where one of its factors belongs: gain and bias themselves are in it.",
      ),
      wrong(
        "dbngain.times-value",
        "dbngain = (bngain * bnraw * dhpreact).sum(0, keepdim=True)",
        "Each column of yours is scaled by the gain itself, so a gain of 0 could never be moved. Gains are near 1, so it looks almost right.",
      ),
      wrong(
        "dbngain.values",
        "dbngain = (bnraw * hpreact).sum(0, keepdim=True)",
        "Yours has the values of `hpreact` and not their gradient: it would be the same whatever the targets are.",
      ),
    ],
  },
  {
    name: "dbnbias",
    exercise: 1,
    group,
    given: ["dhpreact"],
    asked: "How does the loss change with BatchNorm's bias, which is added to a whole column?",
    hints: {
      forward: lines("hpreact"),
      rule: "The bias is one row, added to every example's row: it was copied n times, and what was copied is summed.",
      shapes: "dhpreact (n, H) → dbnbias (1, H)",
      example: "dhpreact = [[2, 4], [1, -2]] gives dbnbias = [[3, 2]].",
      hole: "dbnbias = dhpreact.___",
    },
    spellings: [
      NOTEBOOK.dbnbias.torch,
      "dbnbias = torch.sum(dhpreact, 0, keepdim=True)",
      "dbnbias = dhpreact.sum(axis=0)[None, :]",
      "dbnbias = torch.ones(1, n) @ dhpreact",
      "dbnbias = dhpreact.mean(0, keepdim=True) * n",
      "dbnbias = torch.zeros_like(bnbias)\nfor row in dhpreact:\n  dbnbias += row",
    ],
    mistakes: [
      wrong(
        "dbnbias.no-sum",
        "dbnbias = dhpreact",
        ({ n }) =>
          `Yours has ${n} rows, one for each example that the bias was added to, but each neuron has only one bias, and it can move in only one way.`,
      ),
      wrong(
        "dbnbias.wrong-axis",
        "dbnbias = dhpreact.sum(1, keepdim=True)",
        "Yours has one number per example and none per neuron: it sums along the rows, and the bias was copied down the columns.",
      ),
      wrong(
        "dbnbias.as-gain",
        "dbnbias = (bnraw * dhpreact).sum(0, keepdim=True)",
        "Yours is the gradient of `bngain`: the bias was added to `bnraw`, so the values of `bnraw` make no difference to it.",
      ),
      wrong(
        "dbnbias.with-gain",
        "dbnbias = (bngain * dhpreact).sum(0, keepdim=True)",
        "Each column of yours is scaled by its gain; the bias is added after the gain was applied. Gains are near 1, so it looks almost right.",
      ),
      wrong(
        "dbnbias.times-value",
        "dbnbias = (bnbias * dhpreact).sum(0, keepdim=True)",
        "Each column of yours is scaled by the bias itself, so a bias of 0 could never be moved.",
      ),
      wrong(
        "dbnbias.mean",
        "dbnbias = dhpreact.mean(0, keepdim=True)",
        ({ n }) =>
          `Each entry of yours is ${n} times too small, and n is ${n} here: the average over the batch was taken at the loss already.`,
      ),
      wrong(
        "dbnbias.everything",
        "dbnbias = dhpreact.sum()",
        "Yours is a single number: each neuron has a bias of its own, and yours no longer tells them apart.",
      ),
      wrong(
        "dbnbias.last-example",
        "dbnbias = dhpreact[-1:]",
        ({ n }) =>
          `Yours is what the last example contributes; what the other ${n - 1} contribute is overwritten or left out.`,
      ),
      wrong(
        "dbnbias.no-upstream",
        "dbnbias = torch.ones_like(bnbias)",
        "Yours stays the same whatever `dhpreact` is: it says how `hpreact` follows the bias, and not what that does to the loss.",
      ),
      wrong(
        "dbnbias.values",
        "dbnbias = hpreact.sum(0, keepdim=True)",
        "Yours adds up the values of `hpreact` and not their gradient: it would be the same whatever the targets are.",
      ),
    ],
  },
  {
    name: "dbnraw",
    exercise: 1,
    group,
    given: ["dhpreact"],
    asked: "How does the loss change with the normalised activations, which the gain scales?",
    hints: {
      forward: lines("hpreact"),
      rule: "In a product, each factor gets what arrives times the other factor. This factor has an entry for every example already, so nothing is summed.",
      shapes: "bngain (1, H), dhpreact (n, H) → dbnraw (n, H)",
      example: "bngain = [[2, 0.5]] and dhpreact = [[2, 4], [1, -2]] give dbnraw = [[4, 2], [2, -1]].",
      hole: "dbnraw = ___ * dhpreact",
    },
    spellings: [
      NOTEBOOK.dbnraw.torch,
      "dbnraw = dhpreact * bngain",
      "dbnraw = bngain.repeat(n, 1) * dhpreact",
      "dbnraw = torch.mul(dhpreact, bngain.expand_as(dhpreact))",
      "dbnraw = dhpreact @ torch.diag(bngain[0])",
    ],
    mistakes: [
      wrong(
        "dbnraw.no-gain",
        "dbnraw = dhpreact",
        "Each column of yours is off by its gain: it hands `dhpreact` on as it came. Gains are near 1, so it looks almost right.",
      ),
      wrong(
        "dbnraw.no-upstream",
        "dbnraw = bngain.expand_as(bnraw)",
        "Yours stays the same whatever `dhpreact` is, and it is the same for every example.",
      ),
      wrong(
        "dbnraw.summed",
        "dbnraw = (bngain * dhpreact).sum(0, keepdim=True)",
        ({ n }) =>
          `Yours has one row for the whole batch; \`bnraw\` has ${n}, and nothing of it was copied, so each keeps its own.`,
      ),
      wrong(
        "dbnraw.own-factor",
        "dbnraw = bnraw * dhpreact",
        "Yours has the factor that the gain gets: twice the activations would give twice the gradient, but how steep a product is in one factor does not depend on that factor.",
      ),
      wrong(
        "dbnraw.gradient-for-gain",
        "dbnraw = dbngain * dhpreact",
        "Yours multiplies two gradients: the gain that the forward pass used does not appear in it.",
      ),
      wrong(
        "dbnraw.divided",
        "dbnraw = dhpreact / bngain",
        "Yours divides where the forward pass multiplied, so a neuron that was turned up would get a smaller gradient: each column is off by the square of its gain.",
      ),
      wrong(
        "dbnraw.with-bias",
        "dbnraw = bngain * dhpreact + bnbias",
        "The bias takes part in yours: even with all of `dhpreact` 0, something would come back. A constant that is added has no influence on a slope.",
      ),
      wrong(
        "dbnraw.through-scaling",
        "dbnraw = bngain * bnvar_inv * dhpreact",
        "Yours has gone one step further back on one of its paths: it is scaled by `bnvar_inv` already, which belongs to `bndiff`.",
      ),
      wrong(
        "dbnraw.values",
        "dbnraw = bngain * hpreact",
        "Yours sends the values of `hpreact` back and not their gradient: it would be the same whatever the targets are.",
      ),
      wrong(
        "dbnraw.mean",
        "dbnraw = bngain * dhpreact / n",
        ({ n }) =>
          `Each entry of yours is ${n} times too small, and n is ${n} here: the average over the batch was taken at the loss already.`,
      ),
    ],
  },
];
