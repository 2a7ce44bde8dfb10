/** Back through the first linear layer to the table of embeddings. */
import type { Derivation } from "./types.ts";

const r = String.raw;

export const firstLayer = {
  dembcat: {
    steps: [
      {
        say: "The first linear layer is built like the second one.",
        formula: r`hprebn_{ij} = \sum_{k} embcat_{ik} W1_{kj} + b1_{j}`,
      },
      {
        say: "Each input acts on every neuron, each time through another weight. That weight is the slope.",
        formula: r`\frac{\partial hprebn_{ij}}{\partial embcat_{ik}} = W1_{kj}`,
      },
      {
        say: "With two neurons an input has two ways to the loss, and they add up.",
        formula: "dembcat_{ik} = dhprebn_{i1} W1_{k1} + dhprebn_{i2} W1_{k2}",
      },
      {
        say: "So rows of `dhprebn` meet rows of `W1`, which therefore has to be laid on its side.",
        formula: r`\begin{pmatrix} dembcat_{11} & dembcat_{12} \\ dembcat_{21} & dembcat_{22} \end{pmatrix} = \begin{pmatrix} dhprebn_{11} & dhprebn_{12} \\ dhprebn_{21} & dhprebn_{22} \end{pmatrix} \begin{pmatrix} W1_{11} & W1_{21} \\ W1_{12} & W1_{22} \end{pmatrix}`,
      },
    ],
    last: "By the shapes: $(n, K)$ from `dhprebn`, $(n, H)$, and `W1`, $(K, H)$. Only $(n, H)$ times $(H, K)$ fits.",
    traps: ["What arrives here is `dhprebn`. With `dhpreact` the shapes fit too, and BatchNorm is skipped."],
  },
  dW1: {
    steps: [
      {
        say: "The first linear layer uses each weight once for every example.",
        formula: r`hprebn_{ij} = \sum_{k} embcat_{ik} W1_{kj} + b1_{j}`,
      },
      {
        say: "The slope towards a weight is the input that it is multiplied by.",
        formula: r`\frac{\partial hprebn_{ij}}{\partial W1_{kj}} = embcat_{ik}`,
      },
      {
        say: "With two examples:",
        formula: "dW1_{kj} = embcat_{1k} dhprebn_{1j} + embcat_{2k} dhprebn_{2j}",
      },
      {
        say: "So columns of `embcat` meet columns of `dhprebn`: the first factor is transposed.",
        formula: r`\begin{pmatrix} dW1_{11} & dW1_{12} \\ dW1_{21} & dW1_{22} \end{pmatrix} = \begin{pmatrix} embcat_{11} & embcat_{21} \\ embcat_{12} & embcat_{22} \end{pmatrix} \begin{pmatrix} dhprebn_{11} & dhprebn_{12} \\ dhprebn_{21} & dhprebn_{22} \end{pmatrix}`,
      },
    ],
    last: "By the shapes: $(K, H)$ from $(n, K)$ and $(n, H)$. Only $(K, n)$ times $(n, H)$ fits, and it sums over the batch by itself.",
    traps: [
      "`dembcat.T @ dhprebn` has the right shape and one `d` too many: a weight's gradient is what went in times what comes back.",
    ],
  },
  db1: {
    steps: [
      {
        say: "The bias is one row, added to every example, as in the second layer.",
        formula: r`hprebn_{ij} = \sum_{k} embcat_{ik} W1_{kj} + b1_{j}`,
      },
      {
        say: "One more in it is one more in every example.",
        formula: r`\frac{\partial hprebn_{ij}}{\partial b1_{j}} = 1`,
      },
      {
        say: "All examples share it, so what comes back adds up.",
        formula: "db1_{j} = dhprebn_{1j} + dhprebn_{2j}",
      },
      {
        say: "Why this should be 0: add any number $c$ to a neuron in all examples. Its mean grows by $c$ as well, and the distances from the mean stay as they were. ($r$ runs over the examples too.)",
        formula: r`(hprebn_{ij} + c) − \frac{1}{n} \sum_{r} (hprebn_{r j} + c) = bndiff_{ij}`,
      },
      {
        say: r`In the gradients: over the batch, the direct paths add up to $\sum_{i} dbndiff_{ij}$, and the paths through the mean to minus the same.`,
        formula: r`\sum_{i} dhprebn_{ij} = \sum_{i} dbndiff_{ij} + dbnmeani_{j} = 0`,
        here: true,
      },
    ],
    last: "A sum over the batch; `b1` is $(H)$ and has no second axis to keep. With BatchNorm behind it, `b1` learns nothing: `bnbias` has taken its place.",
    traps: [
      "The numbers are some 1e-9, and those of PyTorch are others, also some 1e-9: both are rounding. `approximate: False` says nothing here.",
    ],
  },
  demb: {
    steps: [
      {
        say: "A view computes nothing. The $E$ numbers of each of the $T$ characters of a context lie one behind the other, and `embcat` reads them as one row.",
        formula: r`embcat_{ik} = emb_{ite}, \quad k = tE + e`,
      },
      {
        say: "Each number has one way to the loss, and its slope is 1. So its gradient is the same number, in the same order.",
        formula: r`demb_{ite} = dembcat_{ik}, \quad k = tE + e`,
      },
    ],
    last: "The shape goes back from $(n, K)$ to $(n, T, E)$, without a copy.",
    traps: [
      "$(n, E, T)$ has as many numbers, and each of them in the wrong place. `dembcat.view(emb.shape)` cannot go wrong.",
    ],
  },
  dC: {
    steps: [
      {
        say: "Each place of the batch holds a copy of one row of the table: that of its character, $Xb_{it}$.",
        formula: "emb_{ite} = C_{Xb_{it} e}",
      },
      {
        say: "The same as a sum over all rows, in which a bracket lets the right one through. Looking up a row is a product with a one-hot vector.",
        formula: r`emb_{ite} = \sum_{v} [v = Xb_{it}] C_{ve}`,
      },
      {
        say: "So the slope is that bracket: 1 where the row was used, and 0 elsewhere.",
        formula: r`\frac{\partial emb_{ite}}{\partial C_{ve}} = [v = Xb_{it}]`,
      },
      {
        say: "A row has as many ways to the loss as there are places that used it. Before the first letter of a name the whole context is dots, so each place of it uses row 0. All of that adds up.",
        formula: r`dC_{ve} = \sum_{it} demb_{ite} \frac{\partial emb_{ite}}{\partial C_{ve}}`,
      },
    ],
    last: "It is a sum over the places where the character occurs. In code: start from zeros, go through all places, and *add* each one's gradient to the row that it was copied from. That is why it is `+=`. `index_add_` does it at once, and two loops over `Xb` do the same.",
    traps: [
      "`=` in the loop keeps only the last place of each character.",
      "`dC[Xb] += demb` looks right and is not: PyTorch reads all rows, adds, and writes them back, so that of equal rows only one addition is left.",
      "Rows of characters that do not occur in the batch get 0, so the loop has to start from zeros.",
    ],
  },
} satisfies Readonly<Record<string, Derivation>>;
