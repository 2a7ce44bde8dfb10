/** Exercises 2 and 3 on paper: a part of the step as one function, derived as a whole. */
import type { Derivation } from "./types.ts";

const r = String.raw;

export const atOnce = {
  dlogits: {
    steps: [
      {
        say: "The loss of one example is minus the logarithm of the right character's probability. Put softmax in. The maximum that the code subtracts cancels in the division, so on paper it can be left out. $u$ runs over all characters.",
        formula: r`−\ln probs_{i Yb_{i}} = −\ln \frac{\exp logits_{i Yb_{i}}}{\sum_{u} \exp logits_{i u}}`,
      },
      {
        say: "The logarithm of a quotient is a difference, and the logarithm of exp is what stands in it. Two simple terms are left.",
        formula: r`−\ln probs_{i Yb_{i}} = \ln \sum_{u} \exp logits_{i u} − logits_{i Yb_{i}}`,
      },
      {
        say: "The slope of the first term towards one logit. The chain rule gives one over the sum, times the slope of the sum. In the sum only the term with $u = v$ moves, and the slope of exp is exp. What comes out is softmax, the probability.",
        formula: r`\frac{\partial}{\partial logits_{iv}} \, \ln \sum_{u} \exp logits_{i u} = \frac{1}{\sum_{u} \exp logits_{i u}} \exp logits_{iv} = probs_{iv}`,
      },
      {
        say: "The slope of the second term: 1 for the right character's logit, and 0 for all others.",
        formula: r`\frac{\partial}{\partial logits_{iv}} \, logits_{i Yb_{i}} = [v = Yb_{i}]`,
      },
      {
        say: "The loss of the batch is the mean over its examples. A logit acts on its own example alone, so no sum is left over: only the $1/n$.",
        formula: r`dlogits_{iv} = \frac{1}{n} \, \frac{\partial}{\partial logits_{iv}} \, \left( \ln \sum_{u} \exp logits_{i u} − logits_{i Yb_{i}} \right)`,
      },
      {
        say: "What it means: every character's logit is pulled down as far as the network believed in it, and the right one is pushed up. Each row adds up to 0, so the pulling equals the pushing.",
        formula: r`\sum_{v} dlogits_{iv} = 0`,
      },
    ],
    last: "Put both slopes in. In code: softmax along axis 1, take 1 away at the right characters, divide by n.",
    traps: [
      "`F.softmax(logits, 0)` goes down the columns: then each column adds up to 1, and not each row. The axis is the one that the characters lie along.",
      "`dlogits[:, Yb] -= 1` takes 1 from whole columns. `dlogits[range(n), Yb]` is one place in each row.",
      "Without the division by n every number is n times too large: the loss is a mean.",
    ],
  },
  dhprebn: {
    steps: [
      {
        say: "Each neuron is normalised by itself, so think of one column $j$ and its $n$ numbers. First the gain: one line, one factor.",
        formula: "dbnraw_{ij} = bngain_{j} dhpreact_{ij}",
      },
      {
        say: "Then the variance. Every example of the column is multiplied by the same $bnvar_inv_{j}$, so what comes back to it is a sum over the batch. $r$ counts the examples in this sum, because $i$ is taken.",
        formula: r`dbnvar_inv_{j} = \sum_{r} bndiff_{r j} dbnraw_{r j}`,
      },
      {
        say: "The power rule, with the cube of $bnvar_inv_{j}$ for the power $−3/2$.",
        formula: r`dbnvar_{j} = −\frac{1}{2} bnvar_inv_{j}^{3} \sum_{r} bndiff_{r j} dbnraw_{r j}`,
      },
      {
        say: "$bndiff_{r j} bnvar_inv_{j}$ is $bnraw_{r j}$: one of the three factors goes into the sum.",
        formula: r`dbnvar_{j} = −\frac{1}{2} bnvar_inv_{j}^{2} \sum_{r} bnraw_{r j} dbnraw_{r j}`,
      },
      {
        say: "The distances from the mean have two paths: straight on, and through square and variance. The square brings the factor $2 bndiff_{ij}$, the sum $1/(n − 1)$.",
        formula: r`dbndiff_{ij} = bnvar_inv_{j} dbnraw_{ij} + \frac{2 bndiff_{ij}}{n − 1} dbnvar_{j}`,
      },
      {
        say: "Put $dbnvar_{j}$ in. The 2 and the $1/2$ cancel. $bndiff_{ij}$ takes one $bnvar_inv_{j}$ and becomes $bnraw_{ij}$, and the other one comes out in front.",
        formula: r`\begin{aligned} dbndiff_{ij} &= bnvar_inv_{j} \Bigl( dbnraw_{ij} \\ & − \frac{1}{n − 1} bnraw_{ij} \sum_{r} bnraw_{r j} dbnraw_{r j} \Bigr) \end{aligned}`,
      },
      {
        say: "Then the mean: minus the sum of that over the batch. In the second term only $bnraw_{ij}$ depends on the example, and a column of `bnraw` adds up to 0, because it is distances from the mean.",
        formula: r`\sum_{i} bnraw_{ij} = 0`,
      },
      {
        say: "So the variance has no part in what comes back to the mean.",
        formula: r`\begin{aligned} dbnmeani_{j} &= −\sum_{i} dbndiff_{ij} \\ &= −bnvar_inv_{j} \sum_{i} dbnraw_{ij} \end{aligned}`,
      },
      {
        say: "Last the two paths of `hprebn`: straight on, and through the mean, with $1/n$. Three terms: direct, mean, variance.",
        formula: r`\begin{aligned} dhprebn_{ij} &= bnvar_inv_{j} \Bigl( dbnraw_{ij} − \frac{1}{n} \sum_{r} dbnraw_{r j} \\ & − \frac{1}{n − 1} bnraw_{ij} \sum_{r} bnraw_{r j} dbnraw_{r j} \Bigr) \end{aligned}`,
      },
      {
        say: "The gain is the same for the whole column: put $bngain_{j} dhpreact_{ij}$ in, and take it out in front. Taking $1/n$ out as well makes $n$ of the 1 before the first term, 1 of the $1/n$ and $n/(n − 1)$ of the $1/(n − 1)$. The two sums that are left have names already.",
        formula: r`\begin{aligned} dbnbias_{j} &= \sum_{r} dhpreact_{r j} \\ dbngain_{j} &= \sum_{r} dhpreact_{r j} bnraw_{r j} \end{aligned}`,
      },
    ],
    last: "That is the formula, and the line is written like it. Its sums run over axis 0, and broadcasting copies them down the column.",
    traps: [
      "The $n/(n − 1)$ is Bessel's, from the variance. Without it one of three terms is 3% off for 32 examples, the sum less than one percent, and training does not show it.",
      "`bngain` beside `dbnraw` counts the gain twice: `dbnraw` has it already.",
      "The direct term alone treats mean and variance as constants. They move with every example.",
    ],
  },
} satisfies Readonly<Record<string, Derivation>>;
