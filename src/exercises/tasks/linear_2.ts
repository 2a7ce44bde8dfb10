/** Exercise 1, the second linear layer: its input, its weights and its bias. */
import { NOTEBOOK } from "../../model/notebook.ts";
import type { Task } from "../types.ts";
import { lines, rightHere, wrong } from "./entry.ts";

const group = "linear layer 2";

const ONE_ARROW =
  "True here, because `dlogit_maxes` is 0 in this network, so `dnorm_logits` equals `dlogits`; but yours leaves out what comes through the maximum.";

export const linear2: readonly Task[] = [
  {
    name: "dh",
    exercise: 1,
    group,
    given: ["dlogits"],
    asked: "How does the loss change with each activation of the hidden layer?",
    hints: {
      forward: lines("logits"),
      rule: "Each activation acts on all logits of its row, so what arrives there adds up, weighted with the weights between the two: a matrix product with the weights transposed. The shapes leave no other way.",
      shapes: "dlogits (n, V), W2 (H, V) → dh (n, H)",
      example: "dlogits = [[1, -1], [0, 2]] and W2 = [[1, 2], [3, 4]] give dh = [[-1, -1], [4, 8]].",
      hole: "dh = dlogits @ ___",
    },
    spellings: [
      NOTEBOOK.dh.torch,
      "dh = dlogits.matmul(W2.t())",
      "dh = torch.mm(dlogits, W2.transpose(0, 1))",
      "dh = (W2 @ dlogits.T).T",
      "dh = torch.einsum('iv,jv->ij', dlogits, W2)",
      "dh = torch.zeros_like(h)\nfor row in range(n):\n  dh[row] = W2 @ dlogits[row]",
    ],
    mistakes: [
      wrong(
        "dh.transposed",
        "dh = W2 @ dlogits.T",
        ({ n, n_hidden }) =>
          `The numbers are right, but examples and neurons have changed places: yours is ${n_hidden} × ${n}, and \`h\` is ${n} × ${n_hidden}.`,
      ),
      wrong(
        "dh.no-upstream",
        "dh = torch.ones_like(dlogits) @ W2.T",
        "Yours stays the same whatever `dlogits` is, and it is the same for every example: all logits would have to rise at once.",
      ),
      wrong(
        "dh.values",
        "dh = logits @ W2.T",
        "Yours sends the logits themselves back and not their gradient: it would be the same whatever the targets are.",
      ),
      wrong(
        "dh.gradient-for-weights",
        "dh = dlogits @ dW2.T",
        "Yours multiplies two gradients: the weights that the forward pass used do not appear in it.",
      ),
      wrong(
        "dh.with-bias",
        "dh = (dlogits + b2) @ W2.T",
        "The bias takes part in yours: even with all of `dlogits` 0, something would come back. A constant that is added has no influence on a slope.",
      ),
      wrong(
        "dh.mean",
        "dh = dlogits @ W2.T / n",
        ({ n }) =>
          `Each entry of yours is ${n} times too small, and n is ${n} here: the average over the batch is in \`dlogits\` already.`,
      ),
      wrong(
        "dh.target-only",
        "dh = dlogits[range(n), Yb].view(-1, 1) * W2.T[Yb]",
        ({ vocab_size }) =>
          `Yours comes back through the target's logit alone; each activation also acts on the other ${vocab_size - 1}.`,
      ),
      wrong(
        "dh.through-tanh",
        "dh = (dlogits @ W2.T) * (1 - h**2)",
        "Yours has gone through tanh as well: it is the gradient of `hpreact`, one step further back.",
      ),
      wrong(
        "dh.sign",
        "dh = -dlogits @ W2.T",
        "Every entry of yours has the opposite sign: training with it would raise the loss.",
      ),
      rightHere("dh.one-arrow", "dh = dnorm_logits @ W2.T", ONE_ARROW),
    ],
  },
  {
    name: "dW2",
    exercise: 1,
    group,
    given: ["dlogits"],
    asked: "How does the loss change with each weight of the second layer?",
    hints: {
      forward: lines("logits"),
      rule: "For each weight: what goes into it times the gradient of what comes out, and, since every example uses the same weights, the sum over the batch. That is one matrix product.",
      shapes: "h (n, H), dlogits (n, V) → dW2 (H, V)",
      example: "h = [[0.5, -1], [1, 0]] and dlogits = [[1, -1], [0, 2]] give dW2 = [[0.5, 1.5], [-1, 1]].",
      hole: "dW2 = ___ @ dlogits",
    },
    spellings: [
      NOTEBOOK.dW2.torch,
      "dW2 = (dlogits.T @ h).T",
      "dW2 = torch.matmul(torch.t(h), dlogits)",
      "dW2 = torch.einsum('ij,iv->jv', h, dlogits)",
      "dW2 = (h[:, :, None] * dlogits[:, None, :]).sum(0)",
      "dW2 = torch.zeros_like(W2)\nfor row in range(n):\n  dW2 += torch.outer(h[row], dlogits[row])",
    ],
    mistakes: [
      wrong(
        "dW2.transposed",
        "dW2 = dlogits.T @ h",
        ({ n_hidden, vocab_size }) =>
          `The numbers are right, but rows and columns have changed places: yours is ${vocab_size} × ${n_hidden}, and \`W2\` is ${n_hidden} × ${vocab_size}.`,
      ),
      wrong(
        "dW2.before-tanh",
        "dW2 = hpreact.T @ dlogits",
        "Yours has what the neurons were before tanh; the weights saw what came out of it. The signs agree, and saturated neurons weigh too much.",
      ),
      wrong(
        "dW2.slope-of-tanh",
        "dW2 = (1 - h**2).T @ dlogits",
        "Yours weighs each example with the slope of tanh: a saturated neuron, whose output is largest, would hardly move its weights.",
      ),
      wrong(
        "dW2.gradient-for-input",
        "dW2 = dh.T @ dlogits",
        "Yours multiplies two gradients: what the weights were given in the forward pass does not appear in it.",
      ),
      wrong(
        "dW2.values",
        "dW2 = h.T @ logits",
        "Yours has the logits themselves and not their gradient: it would be the same whatever the targets are.",
      ),
      wrong(
        "dW2.no-upstream",
        "dW2 = h.T @ torch.ones_like(dlogits)",
        "Yours stays the same whatever `dlogits` is, and all its columns are equal: every character's weights would move alike.",
      ),
      wrong(
        "dW2.mean",
        "dW2 = h.T @ dlogits / n",
        ({ n }) =>
          `Each entry of yours is ${n} times too small, and n is ${n} here: the average over the batch is in \`dlogits\` already.`,
      ),
      wrong(
        "dW2.last-example",
        "dW2 = h[-1:].T @ dlogits[-1:]",
        ({ n }) =>
          `Yours is what the last example contributes; what the other ${n - 1} contribute is overwritten or left out.`,
      ),
      wrong(
        "dW2.product-of-sums",
        "dW2 = h.sum(0).view(-1, 1) * dlogits.sum(0)",
        "Yours sums over the batch before it multiplies, so each example's activations meet the gradients of all other examples.",
      ),
      wrong(
        "dW2.own-factor",
        "dW2 = W2 * dlogits.sum(0)",
        "Yours scales each weight by its own value: a weight of 0 could never be moved, and what went into it does not matter.",
      ),
      wrong(
        "dW2.sign",
        "dW2 = -h.T @ dlogits",
        "Every entry of yours has the opposite sign: training with it would raise the loss.",
      ),
      rightHere("dW2.one-arrow", "dW2 = h.T @ dnorm_logits", ONE_ARROW),
    ],
  },
  {
    name: "db2",
    exercise: 1,
    group,
    given: ["dlogits"],
    asked: "How does the loss change with the second layer's bias, which is added to every example?",
    hints: {
      forward: lines("logits"),
      rule: "The bias is one row, added to every row of the product: it was copied n times, and what was copied is summed.",
      shapes: "dlogits (n, V) → db2 (V)",
      example: "dlogits = [[1, -1], [0, 3]] gives db2 = [1, 2].",
      hole: "db2 = dlogits.___",
    },
    spellings: [
      NOTEBOOK.db2.torch,
      "db2 = torch.sum(dlogits, dim=0)",
      "db2 = torch.ones(n) @ dlogits",
      "db2 = dlogits.mean(0) * n",
      "db2 = torch.einsum('iv->v', dlogits)",
      "db2 = torch.zeros_like(b2)\nfor row in dlogits:\n  db2 += row",
    ],
    mistakes: [
      wrong(
        "db2.no-sum",
        "db2 = dlogits",
        ({ n }) =>
          `Yours has ${n} rows, one for each example that the bias was added to, but there is only one bias, and it can move in only one way.`,
      ),
      wrong(
        "db2.wrong-axis",
        "db2 = dlogits.sum(1)",
        ({ n, vocab_size }) =>
          `Yours has ${n} numbers, one per example; the bias has ${vocab_size}, one per character. In this network yours is also 0 throughout.`,
      ),
      wrong(
        "db2.mean",
        "db2 = dlogits.mean(0)",
        ({ n }) =>
          `Each entry of yours is ${n} times too small, and n is ${n} here: the average over the batch is in \`dlogits\` already.`,
      ),
      wrong(
        "db2.everything",
        "db2 = dlogits.sum()",
        "Yours is a single number: each character has a bias of its own, and yours no longer tells them apart.",
      ),
      wrong(
        "db2.last-example",
        "db2 = dlogits[-1]",
        ({ n }) =>
          `Yours is what the last example contributes; what the other ${n - 1} contribute is overwritten or left out.`,
      ),
      wrong(
        "db2.times-value",
        "db2 = b2 * dlogits.sum(0)",
        "Each entry of yours is scaled by the bias itself, so a bias of 0 could never be moved.",
      ),
      wrong(
        "db2.no-upstream",
        "db2 = torch.ones_like(b2)",
        "Yours stays the same whatever `dlogits` is: it says how the logits follow the bias, and not what that does to the loss.",
      ),
      wrong(
        "db2.values",
        "db2 = logits.sum(0)",
        "Yours adds up the logits themselves and not their gradient: it would be the same whatever the targets are.",
      ),
      rightHere("db2.one-arrow", "db2 = dnorm_logits.sum(0)", ONE_ARROW),
    ],
  },
];
