/** Exercises 2 and 3: a part of the backward pass in one line. */
import type { Lines } from "./line.ts";

const r = String.raw;

export const atOnce = {
  dlogits: {
    torch: "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1\ndlogits /= n",
    formula: r`dlogits_{iv} = \frac{1}{n} \left( \frac{\exp logits_{iv}}{\sum_{u} \exp logits_{i u}} − [v = Yb_{i}] \right)`,
    why: "All lines from the loss back to logits cancel down to the probabilities, less 1 for the right character, over n.",
  },
  dhprebn: {
    torch:
      "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
    formula: r`\begin{aligned} dhprebn_{ij} &= \frac{bngain_{j} bnvar_inv_{j}}{n} \Bigl( n \, dhpreact_{ij} − \sum_{r} dhpreact_{r j} \\ & − \frac{n}{n − 1} bnraw_{ij} \sum_{r} dhpreact_{r j} bnraw_{r j} \Bigr) \end{aligned}`,
    why: "The direct path, the one through the mean and the one through the variance in one formula. Its two sums are dbnbias and dbngain.",
  },
} satisfies Lines;
