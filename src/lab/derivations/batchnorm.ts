/** Back through BatchNorm, line by line. */
import type { Derivation } from "./types.ts";

const r = String.raw;

export const batchnorm = {
  dbngain: {
    steps: [
      {
        say: "Each neuron has one gain. It multiplies that neuron's column, example after example: a row, copied down the columns.",
        formula: "hpreact_{ij} = bngain_{j} bnraw_{ij} + bnbias_{j}",
      },
      {
        say: "The slope towards one factor is the other factor.",
        formula: r`\frac{\partial hpreact_{ij}}{\partial bngain_{j}} = bnraw_{ij}`,
      },
      {
        say: "Two examples share the gain, so two ways lead from it to the loss, and what comes back adds up.",
        formula: "dbngain_{j} = dhpreact_{1j} bnraw_{1j} + dhpreact_{2j} bnraw_{2j}",
      },
    ],
    last: "With $n$ examples it is a sum over the batch, axis 0. What was broadcast forwards is summed backwards. `bngain` is $(1, H)$, so the line keeps the axis.",
    traps: [
      "Without `keepdim=True` the shape is $(H)$. Beside a tensor of shape $(1, H)$ or $(n, H)$ that happens to do no harm, because a missing axis is added in front. In the columns of softmax, $(n, 1)$, it did.",
      "The sum over axis 1 mixes neurons, and they have nothing to do with one another here.",
    ],
  },
  dbnbias: {
    steps: [
      {
        say: "One shift for each neuron, added to its whole column.",
        formula: "hpreact_{ij} = bngain_{j} bnraw_{ij} + bnbias_{j}",
      },
      {
        say: "One more in it is one more in every example.",
        formula: r`\frac{\partial hpreact_{ij}}{\partial bnbias_{j}} = 1`,
      },
      { say: "Two examples are two ways:", formula: "dbnbias_{j} = dhpreact_{1j} + dhpreact_{2j}" },
    ],
    last: "A sum over the batch, as for every bias. `bnbias` is $(1, H)$, so the line keeps the axis, which that of `b2` does not.",
    traps: ["A mean instead of the sum would divide by n a second time."],
  },
  dbnraw: {
    steps: [
      {
        say: "Each number of `bnraw` is used once, so nothing is added up.",
        formula: "hpreact_{ij} = bngain_{j} bnraw_{ij} + bnbias_{j}",
      },
      {
        say: "The slope towards one factor is the other factor, here the gain of the neuron.",
        formula: r`\frac{\partial hpreact_{ij}}{\partial bnraw_{ij}} = bngain_{j}`,
      },
      {
        say: "The chain rule:",
        formula: r`dbnraw_{ij} = dhpreact_{ij} \frac{\partial hpreact_{ij}}{\partial bnraw_{ij}}`,
      },
    ],
    last: "$(1, H)$ times $(n, H)$: broadcasting copies the gain down the columns, as it did on the way forward.",
    traps: [
      "Without the gain it looks almost right, since gains are near 1 when training begins. `approximate: False` is right to complain.",
    ],
  },
  dbnvar_inv: {
    steps: [
      {
        say: "One factor for each neuron multiplies its whole column of distances from the mean.",
        formula: "bnraw_{ij} = bndiff_{ij} bnvar_inv_{j}",
      },
      {
        say: "The slope towards it is the other factor.",
        formula: r`\frac{\partial bnraw_{ij}}{\partial bnvar_inv_{j}} = bndiff_{ij}`,
      },
      {
        say: "Two examples share it, and what comes back from them adds up.",
        formula: "dbnvar_inv_{j} = dbnraw_{1j} bndiff_{1j} + dbnraw_{2j} bndiff_{2j}",
      },
    ],
    last: "It is `dcounts_sum_inv` turned by a quarter: there one factor served a row, and the sum was over axis 1; here it serves a column, and the sum is over axis 0. The shape is $(1, H)$.",
    traps: [
      "Without the sum the shape is $(n, H)$: one gradient for each use of a number that can move in only one way.",
    ],
  },
  dbnvar: {
    steps: [
      {
        say: "One number for each neuron, made of one number.",
        formula: "bnvar_inv_{j} = (bnvar_{j} + 10^{−5})^{−1/2}",
      },
      {
        say: "The scalar case, by the power rule: the exponent $−1/2$ comes down, and one less than it is $−3/2$.",
        formula: r`\frac{\partial}{\partial x} \, x^{−1/2} = −\frac{1}{2} x^{−3/2}`,
      },
      {
        say: "Here $x$ is the variance with $10^{−5}$ added to it. That sum has slope 1, so it adds no factor; but it stays under the power.",
        formula: r`\frac{\partial bnvar_inv_{j}}{\partial bnvar_{j}} = −\frac{1}{2} (bnvar_{j} + 10^{−5})^{−3/2} = −\frac{1}{2} bnvar_inv_{j}^{3}`,
      },
      {
        say: "The chain rule:",
        formula: r`dbnvar_{j} = dbnvar_inv_{j} \frac{\partial bnvar_inv_{j}}{\partial bnvar_{j}}`,
      },
    ],
    last: "Put the slope in. Exercise 3 will use the second way to write it, with $bnvar_inv_{j}^{3}$.",
    traps: [
      "Forgetting the $1/2$, or the minus: a larger variance makes its inverse root smaller.",
      "Forgetting the $10^{−5}$ hardly shows where variances are large, and shows where a neuron is almost constant.",
    ],
  },
  dbndiff2: {
    steps: [
      {
        say: "The variance is a sum of squares over the batch, divided by $n − 1$. With two examples:",
        formula: r`bnvar_{j} = \frac{1}{2 − 1} (bndiff2_{1j} + bndiff2_{2j})`,
      },
      {
        say: "Each square is one term of that sum, and its slope is the constant in front.",
        formula: r`\frac{\partial bnvar_{j}}{\partial bndiff2_{ij}} = \frac{1}{n − 1}`,
      },
      {
        say: "The chain rule gives every square of a column the same gradient.",
        formula: r`dbndiff2_{ij} = dbnvar_{j} \frac{\partial bnvar_{j}}{\partial bndiff2_{ij}}`,
      },
      {
        say: "Why $n − 1$ and not $n$ (Bessel's correction): the distances are taken from the batch's own mean, which lies nearer to these examples than the true mean does. The squares come out too small by the factor $(n − 1)/n$ on average, and dividing by $n − 1$ makes up for it. The derivative need not know that: what the forward line divides by, the backward line divides by.",
      },
    ],
    last: "$(1, H)$ has to become $(n, H)$: what was summed forwards is broadcast backwards. `expand` does that, and so does multiplying by `torch.ones_like(bndiff2)`.",
    traps: [
      "$1/n$ is off by the factor $(n − 1)/n$. A network trains just as well with it, so a loss curve does not show it; `cmp` does.",
      "Left at $(1, H)$ it passes `cmp`, which broadcasts. Its tensor is $(n, H)$ all the same.",
      "PyTorch's own BatchNorm divides by n here, where the notebook divides by n − 1.",
    ],
  },
  dbndiff: {
    steps: [
      {
        say: "Two lines read the distances from the mean.",
        formula: r`\begin{aligned} bndiff2_{ij} &= bndiff_{ij}^{2} \\ bnraw_{ij} &= bndiff_{ij} bnvar_inv_{j} \end{aligned}`,
      },
      {
        say: "The way through the product, with the other factor held fixed:",
        formula: r`\frac{\partial bnraw_{ij}}{\partial bndiff_{ij}} = bnvar_inv_{j}`,
      },
      {
        say: "The way through the square: the slope of $x^{2}$ is $2x$.",
        formula: r`\frac{\partial bndiff2_{ij}}{\partial bndiff_{ij}} = 2 bndiff_{ij}`,
      },
      {
        say: "Two paths, which add up.",
        formula: r`dbndiff_{ij} = dbnraw_{ij} \frac{\partial bnraw_{ij}}{\partial bndiff_{ij}} + dbndiff2_{ij} \frac{\partial bndiff2_{ij}}{\partial bndiff_{ij}}`,
      },
    ],
    last: "Put both slopes in. The variance depends on the distances too, and that is no third path: it lies on the second one.",
    traps: [
      "The second path comes four lines after the first, because `dbndiff2` must be there. It is often forgotten, and so is the 2 in it.",
      "`bndiff += …` without the `d` changes the forward pass, and everything that is computed after it.",
    ],
  },
  dbnmeani: {
    steps: [
      {
        say: "Each neuron's mean is subtracted from its whole column: one row, broadcast down.",
        formula: "bndiff_{ij} = hprebn_{ij} − bnmeani_{j}",
      },
      {
        say: "The slope towards what is subtracted is $−1$.",
        formula: r`\frac{\partial bndiff_{ij}}{\partial bnmeani_{j}} = −1`,
      },
      {
        say: "All examples share it, so what comes back from them adds up.",
        formula: r`dbnmeani_{j} = \sum_{i} dbndiff_{ij} \frac{\partial bndiff_{ij}}{\partial bnmeani_{j}}`,
      },
    ],
    last: "Minus the sum over the batch. The shape is $(1, H)$.",
    traps: [
      "It needs the whole of `dbndiff`, both paths. The second one adds up to 0 over the batch, as the distances from a mean do, so `cmp` does not see it missing here.",
      "`(-dbndiff).sum(0)` has shape $(H)$. The line after it broadcasts that to the same numbers.",
    ],
  },
  dhprebn: {
    steps: [
      {
        say: "Two lines read `hprebn`: the mean, and the distance from it.",
        formula: r`\begin{aligned} bnmeani_{j} &= \frac{1}{n} \sum_{i} hprebn_{ij} \\ bndiff_{ij} &= hprebn_{ij} − bnmeani_{j} \end{aligned}`,
      },
      {
        say: "The direct way, with the mean held fixed:",
        formula: r`\frac{\partial bndiff_{ij}}{\partial hprebn_{ij}} = 1`,
      },
      {
        say: "The way through the mean: each example is one term of the sum, with $1/n$ in front.",
        formula: r`\frac{\partial bnmeani_{j}}{\partial hprebn_{ij}} = \frac{1}{n}`,
      },
      {
        say: "Two paths, which add up. Through the mean, what happens to one example reaches all the others.",
        formula: r`dhprebn_{ij} = dbndiff_{ij} \frac{\partial bndiff_{ij}}{\partial hprebn_{ij}} + dbnmeani_{j} \frac{\partial bnmeani_{j}}{\partial hprebn_{ij}}`,
      },
    ],
    last: "$(1, H)$ beside $(n, H)$: the mean's part is the same for all examples, and broadcasting copies it down.",
    traps: [
      "Forgetting the $1/n$, or the mean's path as a whole.",
      "`dhprebn = dbndiff` makes no copy, and `+=` then changes `dbndiff` as well. The row of the board that turns red is that of `dbndiff`.",
    ],
  },
} satisfies Readonly<Record<string, Derivation>>;
