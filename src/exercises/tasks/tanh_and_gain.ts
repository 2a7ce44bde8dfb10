/** Exercise 1, through tanh and through BatchNorm's gain and bias. */
import type { Task } from "../types.ts";
import { lines, noLoss, sumOverBatch, tooSmall, wrong } from "./entry.ts";

const exercise = 1;
const group = "tanh and gain";

export const tanhAndGain: readonly Task[] = [
  {
    name: "dhpreact",
    exercise,
    group,
    given: ["dh"],
    asked: "How does the loss change with what goes into tanh?",
    hints: {
      forward: lines("h"),
      rule: "The chain rule, number by number. The slope of tanh can be had from its result: 1 − tanh², which is 1 in the middle and 0 where the neuron is saturated.",
      shapes: "`h` (n, H), `dh` (n, H) → `dhpreact` (n, H)",
      example:
        "`h = [[0.5, -1], [0, 0.6]]` and `dh = [[4, 2], [3, -1]]` give `dhpreact = [[3, 0], [3, -0.64]]`.",
      hole: "dhpreact = (___) * dh",
    },
    spellings: [
      ...lines("dhpreact"),
      "dhpreact = dh * (1.0 - h*h)",
      "dhpreact = dh - dh * h.pow(2)",
      "dhpreact = (1 - torch.tanh(hpreact)**2) * dh",
      "dhpreact = (1 + h) * (1 - h) * dh",
    ],
    mistakes: [
      wrong(
        "dhpreact.square-outside",
        "dhpreact = (1 - h)**2 * dh",
        "Where `h` is −1 and the neuron is saturated, yours is 4 times `dh`; it is right only where `h` is 0 or 1.",
      ),
      wrong(
        "dhpreact.not-squared",
        "dhpreact = (1 - h) * dh",
        "Yours is 0 where `h` is 1 and twice `dh` where it is −1, although tanh is flat at both ends.",
      ),
      wrong(
        "dhpreact.input",
        "dhpreact = (1 - hpreact**2) * dh",
        "Where `hpreact` lies beyond ±1 yours has the wrong sign, as if tanh fell there.",
      ),
      wrong(
        "dhpreact.tanh-twice",
        "dhpreact = (1 - torch.tanh(h)**2) * dh",
        "The slope in yours never gets below 0.41, so no neuron ever looks saturated: `h` is tanh already, and yours takes it once more.",
      ),
      wrong(
        "dhpreact.plus",
        "dhpreact = (1 + h**2) * dh",
        "The slope in yours grows where tanh gets flat: a saturated neuron gets twice `dh` instead of nothing.",
      ),
      wrong(
        "dhpreact.sign",
        "dhpreact = (h**2 - 1) * dh",
        "Every number of yours has the wrong sign, as if tanh fell.",
      ),
      wrong(
        "dhpreact.no-upstream",
        "dhpreact = 1 - h**2",
        "Yours stays the same whatever `dh` is: it is the slope of tanh alone.",
      ),
      wrong(
        "dhpreact.no-brackets",
        "dhpreact = 1 - h**2 * dh",
        "Yours takes the product before the difference: where `dh` is 0, it is 1.",
      ),
      wrong(
        "dhpreact.passed-through",
        "dhpreact = dh",
        "Yours hands `dh` on as it came, as if tanh were equally steep everywhere: a saturated neuron would learn as fast as any other.",
      ),
      wrong(
        "dhpreact.value",
        "dhpreact = h * dh",
        "Yours is 0 where tanh is steepest, and largest where it is flat: it has the value of tanh and not its slope.",
      ),
      wrong(
        "dhpreact.sigmoid",
        "dhpreact = h * (1 - h) * dh",
        "Where `h` is negative, yours has the wrong sign: it is the slope of a sigmoid, whose values lie between 0 and 1.",
      ),
      wrong(
        "dhpreact.divided",
        "dhpreact = dh / (1 - h**2)",
        "Yours grows without bound where tanh gets flat: a saturated neuron would get the most.",
      ),
    ],
  },
  {
    name: "dbngain",
    exercise,
    group,
    given: ["dhpreact"],
    asked: "How does the loss change with BatchNorm's gain, by which a whole column is multiplied?",
    hints: {
      forward: lines("hpreact"),
      rule: "In a product, each factor gets what arrives times the other factor. The gain is one row and was copied down the columns: what was copied is summed.",
      shapes: "`bnraw` (n, H), `dhpreact` (n, H) → `dbngain` (1, H)",
      example:
        "`bnraw = [[1, -0.5], [-1, 0.5]]` and `dhpreact = [[2, 4], [1, -2]]` give `dbngain = [[1, -3]]`.",
      hole: "dbngain = (___ * dhpreact).sum(0, keepdim=True)",
    },
    spellings: [
      ...lines("dbngain"),
      "dbngain = torch.sum(dhpreact * bnraw, dim=0, keepdim=True)",
      "dbngain = (dhpreact * bnraw).sum(0).unsqueeze(0)",
      "dbngain = torch.einsum('ij,ij->j', bnraw, dhpreact).view(1, -1)",
      "dbngain = (bnraw.T @ dhpreact).diag()[None]",
      "dbngain = torch.zeros_like(bngain)\nfor row in range(n):\n  dbngain += bnraw[row] * dhpreact[row]",
    ],
    mistakes: [
      ...sumOverBatch("dbngain", "bnraw * dhpreact"),
      wrong(
        "dbngain.as-bias",
        "dbngain = dhpreact.sum(0, keepdim=True)",
        "Yours is `dbnbias`: the values of `bnraw` make no difference to it.",
      ),
      wrong(
        "dbngain.product-of-sums",
        "dbngain = bnraw.sum(0, keepdim=True) * dhpreact.sum(0, keepdim=True)",
        "Yours is 0 but for rounding, whatever `dhpreact` is: it sums `bnraw` by itself, and its columns add up to 0.",
      ),
      wrong(
        "dbngain.before-scaling",
        "dbngain = (bndiff * dhpreact).sum(0, keepdim=True)",
        "Each column of yours is off by the factor 1/`bnvar_inv`: a neuron with a large spread weighs too much.",
      ),
      wrong(
        "dbngain.output",
        "dbngain = (hpreact * dhpreact).sum(0, keepdim=True)",
        "The gain and the bias themselves are in yours: it multiplies by the result of the line.",
      ),
      wrong(
        "dbngain.times-value",
        "dbngain = (bngain * bnraw * dhpreact).sum(0, keepdim=True)",
        "Each column of yours is off by the factor `bngain`. Gains are near 1 at first, so it looks almost right.",
      ),
      wrong(
        "dbngain.value-for-gradient",
        "dbngain = (bnraw * hpreact).sum(0, keepdim=True)",
        noLoss("hpreact"),
      ),
    ],
  },
  {
    name: "dbnbias",
    exercise,
    group,
    given: ["dhpreact"],
    asked: "How does the loss change with BatchNorm's bias, which is added to a whole column?",
    hints: {
      forward: lines("hpreact"),
      rule: "The bias is one row, added to every example's row: it was copied n times, and what was copied is summed.",
      shapes: "`dhpreact` (n, H) → `dbnbias` (1, H)",
      example: "`dhpreact = [[2, 4], [1, -2]]` gives `dbnbias = [[3, 2]]`.",
      hole: "dbnbias = dhpreact.___",
    },
    spellings: [
      ...lines("dbnbias"),
      "dbnbias = torch.sum(dhpreact, 0, keepdim=True)",
      "dbnbias = dhpreact.sum(axis=0)[None, :]",
      "dbnbias = torch.ones(1, n) @ dhpreact",
      "dbnbias = dhpreact.mean(0, keepdim=True) * n",
      "dbnbias = torch.zeros_like(bnbias)\nfor row in dhpreact:\n  dbnbias += row",
    ],
    mistakes: [
      ...sumOverBatch("dbnbias", "dhpreact"),
      wrong(
        "dbnbias.as-gain",
        "dbnbias = (bnraw * dhpreact).sum(0, keepdim=True)",
        "Yours is `dbngain`: the values of `bnraw` are in it, although a bias adds the same to all of them.",
      ),
      wrong(
        "dbnbias.with-gain",
        "dbnbias = (bngain * dhpreact).sum(0, keepdim=True)",
        "Each column of yours is off by the factor `bngain`. Gains are near 1 at first, so it looks almost right.",
      ),
      wrong(
        "dbnbias.times-value",
        "dbnbias = (bnbias * dhpreact).sum(0, keepdim=True)",
        "Each column of yours is off by the factor `bnbias`: a bias of 0 could never be moved.",
      ),
      wrong(
        "dbnbias.no-upstream",
        "dbnbias = torch.ones_like(bnbias)",
        "Yours stays the same whatever `dhpreact` is: it says how `hpreact` follows the bias, and not what that does to the loss.",
      ),
      wrong("dbnbias.value-for-gradient", "dbnbias = hpreact.sum(0, keepdim=True)", noLoss("hpreact")),
    ],
  },
  {
    name: "dbnraw",
    exercise,
    group,
    given: ["dhpreact"],
    asked: "How does the loss change with the normalised activations, by which the gain is multiplied?",
    hints: {
      forward: lines("hpreact"),
      rule: "In a product, each factor gets what arrives times the other factor. This factor has a number for every example already, so nothing is summed.",
      shapes: "`bngain` (1, H), `dhpreact` (n, H) → `dbnraw` (n, H)",
      example: "`bngain = [[2, 0.5]]` and `dhpreact = [[2, 4], [1, -2]]` give `dbnraw = [[4, 2], [2, -1]]`.",
      hole: "dbnraw = ___ * dhpreact",
    },
    spellings: [
      ...lines("dbnraw"),
      "dbnraw = dhpreact * bngain",
      "dbnraw = bngain.repeat(n, 1) * dhpreact",
      "dbnraw = torch.mul(dhpreact, bngain.expand_as(dhpreact))",
      "dbnraw = dhpreact @ torch.diag(bngain[0])",
    ],
    mistakes: [
      wrong(
        "dbnraw.no-gain",
        "dbnraw = dhpreact",
        "Each column of yours is off by the factor 1/`bngain`. Gains are near 1 at first, so it looks almost right.",
      ),
      wrong(
        "dbnraw.no-upstream",
        "dbnraw = bngain.expand_as(bnraw)",
        "Yours stays the same whatever `dhpreact` is, and all its rows are equal.",
      ),
      wrong(
        "dbnraw.summed",
        "dbnraw = (bngain * dhpreact).sum(0, keepdim=True)",
        ({ n }) => `Yours has one row for the whole batch; \`bnraw\` has ${n}, and none of them was copied.`,
      ),
      wrong(
        "dbnraw.own-factor",
        "dbnraw = bnraw * dhpreact",
        "Yours grows with `bnraw` itself, although how steep a product is in one factor does not depend on that factor.",
      ),
      wrong(
        "dbnraw.gradient-for-value",
        "dbnraw = dbngain * dhpreact",
        "Yours multiplies two gradients, and no value of the forward pass is in it.",
      ),
      wrong(
        "dbnraw.divided",
        "dbnraw = dhpreact / bngain",
        "Each column of yours is off by the factor 1/`bngain` squared: a neuron that was turned up would get a smaller gradient.",
      ),
      wrong(
        "dbnraw.with-bias",
        "dbnraw = bngain * dhpreact + bnbias",
        "Yours would not be 0 where `dhpreact` is: the bias takes part in it, although what is added has no influence on a slope.",
      ),
      wrong(
        "dbnraw.too-far",
        "dbnraw = bngain * bnvar_inv * dhpreact",
        "Each column of yours is off by the factor `bnvar_inv`: it is one step too far back, on one of two paths to `bndiff`.",
      ),
      wrong("dbnraw.value-for-gradient", "dbnraw = bngain * hpreact", noLoss("hpreact")),
      wrong("dbnraw.mean", "dbnraw = bngain * dhpreact / n", tooSmall("n")),
    ],
  },
];
