/** Back through the second linear layer and tanh. */
import type { Derivation } from "./types.ts";

const r = String.raw;

export const secondLayer = {
  dh: {
    steps: [
      {
        say: "The linear layer: row times column, plus the bias.",
        formula: r`logits_{iv} = \sum_{j} h_{ij} W2_{jv} + b2_{v}`,
      },
      {
        say: "The smallest case that shows everything: two examples, two neurons, two characters. Written out, it is four lines.",
        formula: r`\begin{aligned} logits_{11} &= h_{11} W2_{11} + h_{12} W2_{21} + b2_{1} \\ logits_{12} &= h_{11} W2_{12} + h_{12} W2_{22} + b2_{2} \\ logits_{21} &= h_{21} W2_{11} + h_{22} W2_{21} + b2_{1} \\ logits_{22} &= h_{21} W2_{12} + h_{22} W2_{22} + b2_{2} \end{aligned}`,
      },
      {
        say: "Look for $h_{11}$. It stands in the two lines of its own row, once beside $W2_{11}$ and once beside $W2_{12}$. Those are the slopes, and the two ways add up.",
        formula: "dh_{11} = dlogits_{11} W2_{11} + dlogits_{12} W2_{12}",
      },
      {
        say: "The other three come out alike: each time a row of `dlogits` meets a row of `W2`. A matrix product lets rows meet columns, so `W2` has to be laid on its side: what stands on the right here is $W2^{\\top}$.",
        formula: r`\begin{pmatrix} dh_{11} & dh_{12} \\ dh_{21} & dh_{22} \end{pmatrix} = \begin{pmatrix} dlogits_{11} & dlogits_{12} \\ dlogits_{21} & dlogits_{22} \end{pmatrix} \begin{pmatrix} W2_{11} & W2_{21} \\ W2_{12} & W2_{22} \end{pmatrix}`,
      },
    ],
    last: "The shapes give the same answer, and faster. `dh` has to be $(n, H)$; there are `dlogits`, $(n, V)$, and `W2`, $(H, V)$. Only one product of the two fits: $(n, V)$ times $(V, H)$.",
    traps: [
      "The shape argument needs sizes that differ. Where two of them are equal, a wrong order may fit as well, and only the written-out case tells.",
      "The bias is not in it: the slope of a sum towards one term does not depend on the other terms.",
    ],
  },
  dW2: {
    steps: [
      {
        say: "The same layer, with two examples, two neurons and two characters. Look for $W2_{11}$: it stands in the lines of column 1, once for each example.",
        formula: r`\begin{aligned} logits_{11} &= h_{11} W2_{11} + h_{12} W2_{21} + b2_{1} \\ logits_{21} &= h_{21} W2_{11} + h_{22} W2_{21} + b2_{1} \end{aligned}`,
      },
      {
        say: "Beside it stands the activation that went in. All examples use the same weight, so what comes back from them adds up.",
        formula: "dW2_{11} = h_{11} dlogits_{11} + h_{21} dlogits_{21}",
      },
      {
        say: "In all four a column of `h` meets a column of `dlogits`. So this time it is the first factor that has to be laid on its side: $h^{\\top}$.",
        formula: r`\begin{pmatrix} dW2_{11} & dW2_{12} \\ dW2_{21} & dW2_{22} \end{pmatrix} = \begin{pmatrix} h_{11} & h_{21} \\ h_{12} & h_{22} \end{pmatrix} \begin{pmatrix} dlogits_{11} & dlogits_{12} \\ dlogits_{21} & dlogits_{22} \end{pmatrix}`,
      },
    ],
    last: "By the shapes: `dW2` has to be $(H, V)$, made of `h`, $(n, H)$, and `dlogits`, $(n, V)$. Only $(H, n)$ times $(n, V)$ fits. The sum over the batch is inside the product.",
    traps: [
      "No further $1/n$: the mean has been in the gradients since `dlogprobs`.",
      "It is `h` that met the weights, after tanh, and not `hpreact`.",
    ],
  },
  db2: {
    steps: [
      {
        say: "The bias is one row. It is added to each of the $n$ rows: broadcasting, down the columns this time.",
        formula: r`logits_{iv} = \sum_{j} h_{ij} W2_{jv} + b2_{v}`,
      },
      {
        say: "One more in it is one more in every row.",
        formula: r`\frac{\partial logits_{iv}}{\partial b2_{v}} = 1`,
      },
      {
        say: "With two examples $b2_{v}$ stands in two lines, so two ways add up.",
        formula: "db2_{v} = dlogits_{1v} + dlogits_{2v}",
      },
    ],
    last: "With $n$ examples it is a sum over the batch, axis 0. `b2` has shape $(V)$, a single axis, so there is nothing for `keepdim` to keep.",
    traps: [
      "A mean over the batch would divide by n a second time.",
      "`keepdim=True` gives $(1, V)$ for $(V)$. The values are right, and `cmp` does not mind.",
    ],
  },
  dhpreact: {
    steps: [
      {
        say: r`The scalar case. tanh is a quotient of two sums, each of which is the other's slope: that of $\exp x − \exp(−x)$ is $\exp x + \exp(−x)$, and the other way round.`,
        formula: r`\tanh x = \frac{\exp x − \exp(−x)}{\exp x + \exp(−x)}`,
      },
      {
        say: "The quotient rule: the slope above times below, minus above times the slope below, over below squared. Dividing both terms by what stands below leaves something short.",
        formula: r`\frac{\partial}{\partial x} \, \tanh x = \frac{(\exp x + \exp(−x))^{2} − (\exp x − \exp(−x))^{2}}{(\exp x + \exp(−x))^{2}} = 1 − (\tanh x)^{2}`,
      },
      {
        say: "Here the result of tanh is `h`, so the slope needs nothing but `h`.",
        formula: r`\frac{\partial h_{ij}}{\partial hpreact_{ij}} = 1 − h_{ij}^{2}`,
      },
      {
        say: "The chain rule, number by number:",
        formula: r`dhpreact_{ij} = dh_{ij} \frac{\partial h_{ij}}{\partial hpreact_{ij}}`,
      },
    ],
    last: "The slope is 1 in the middle, where $h = 0$, and almost 0 towards $±1$: for $h = 0.99$ it is 0.02. Such a neuron is called saturated. Hardly any gradient gets through it.",
    traps: [
      "`h` is what comes out. `1 - hpreact**2` is negative as soon as the input is above 1, and the slope of tanh never is.",
      "$(1 − h)^{2}$ is something else than $1 − h^{2}$.",
    ],
  },
} satisfies Readonly<Record<string, Derivation>>;
