/** Exercise 1, the second linear layer: its input, its weights and its bias. */
import type { Task } from "../types.ts";
import { lastExample, lines, noLoss, rightHere, sumOverBatch, tooSmall, wrong } from "./entry.ts";

const exercise = 1;
const group = "linear layer 2";

const ONE_PATH = "`dlogit_maxes` is 0 in this network, so `dnorm_logits` equals `dlogits`";

export const linear2: readonly Task[] = [
  {
    name: "dh",
    exercise,
    group,
    given: ["dlogits"],
    asked: "How does the loss change with each activation of the hidden layer?",
    hints: {
      forward: lines("logits"),
      rule: "Each activation acts on all logits of its row, so what arrives there adds up, each weighted with the weight between the two. That is one matrix product, and its shapes leave no other way.",
      shapes: "`dlogits` (n, V), `W2` (H, V) → `dh` (n, H)",
      example: "`dlogits = [[1, -1], [0, 2]]` and `W2 = [[1, 2], [3, 4]]` give `dh = [[-1, -1], [4, 8]]`.",
      hole: "dh = dlogits @ ___",
    },
    spellings: [
      ...lines("dh"),
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
          `The numbers are right, but yours is on its side: its shape is (${n_hidden}, ${n}), and that of \`h\` is (${n}, ${n_hidden}).`,
      ),
      wrong(
        "dh.not-transposed",
        "dh = dlogits @ W2",
        ({ vocab_size, n_hidden }) =>
          `In yours the ${vocab_size} numbers of a row of \`dlogits\` meet a column of \`W2\`, which has ${n_hidden}, one for each neuron.`,
      ),
      wrong(
        "dh.elementwise",
        "dh = W2 * dlogits",
        ({ n, vocab_size }) =>
          `Yours pairs numbers one to one, although each activation acts on all ${vocab_size} logits of its example, and each weight serves all ${n} examples.`,
      ),
      wrong(
        "dh.no-upstream",
        "dh = torch.ones_like(dlogits) @ W2.T",
        "Yours stays the same whatever `dlogits` is, and all its rows are equal.",
      ),
      wrong("dh.value-for-gradient", "dh = logits @ W2.T", noLoss("logits")),
      wrong(
        "dh.gradient-for-value",
        "dh = dlogits @ dW2.T",
        "Yours multiplies two gradients, and no value of the forward pass is in it.",
      ),
      wrong(
        "dh.with-bias",
        "dh = (dlogits + b2) @ W2.T",
        "Yours would not be 0 where `dlogits` is: the bias takes part in it, although what is added has no influence on a slope.",
      ),
      wrong("dh.mean", "dh = dlogits @ W2.T / n", tooSmall("n")),
      wrong(
        "dh.target-only",
        "dh = dlogits[range(n), Yb].view(-1, 1) * W2.T[Yb]",
        ({ vocab_size }) =>
          `Yours comes back through the target's logit alone; each activation also acts on the other ${vocab_size - 1}.`,
      ),
      wrong(
        "dh.too-far",
        "dh = (dlogits @ W2.T) * (1 - h**2)",
        "Yours is `dhpreact`, one step too far back.",
      ),
      wrong(
        "dh.sign",
        "dh = -dlogits @ W2.T",
        "Every number of yours has the wrong sign: training with it would raise the loss.",
      ),
      rightHere("dh.one-path", "dh = dnorm_logits @ W2.T", ["dlogits"], ONE_PATH),
    ],
  },
  {
    name: "dW2",
    exercise,
    group,
    given: ["dlogits"],
    asked: "How does the loss change with each weight of the second layer?",
    hints: {
      forward: lines("logits"),
      rule: "For each weight: what goes into it times the gradient of what comes out and, since every example uses the same weights, the sum over the batch. That is one matrix product.",
      shapes: "`h` (n, H), `dlogits` (n, V) → `dW2` (H, V)",
      example:
        "`h = [[0.5, -1], [1, 0]]` and `dlogits = [[1, -1], [0, 2]]` give `dW2 = [[0.5, 1.5], [-1, 1]]`.",
      hole: "dW2 = ___ @ dlogits",
    },
    spellings: [
      ...lines("dW2"),
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
        ({ vocab_size, n_hidden }) =>
          `The numbers are right, but yours is on its side: its shape is (${vocab_size}, ${n_hidden}), and that of \`W2\` is (${n_hidden}, ${vocab_size}).`,
      ),
      wrong(
        "dW2.not-transposed",
        "dW2 = h @ dlogits",
        ({ n, n_hidden }) =>
          `In yours the ${n_hidden} numbers of a row of \`h\` meet a column of \`dlogits\`, which has ${n}, one for each example.`,
      ),
      wrong(
        "dW2.input",
        "dW2 = hpreact.T @ dlogits",
        "A saturated neuron weighs too much in yours: before tanh its values go far beyond ±1.",
      ),
      wrong(
        "dW2.slope-of-tanh",
        "dW2 = (1 - h**2).T @ dlogits",
        "Yours weighs the examples with the slope of tanh: a saturated neuron, whose output is largest, would hardly move its weights.",
      ),
      wrong(
        "dW2.gradient-for-value",
        "dW2 = dh.T @ dlogits",
        "Yours multiplies two gradients, and no value of the forward pass is in it.",
      ),
      wrong("dW2.value-for-gradient", "dW2 = h.T @ logits", noLoss("logits")),
      wrong(
        "dW2.no-upstream",
        "dW2 = h.T @ torch.ones_like(dlogits)",
        "Yours stays the same whatever `dlogits` is, and all its columns are equal.",
      ),
      wrong("dW2.mean", "dW2 = h.T @ dlogits / n", tooSmall("n")),
      wrong("dW2.last-example", "dW2 = h[-1:].T @ dlogits[-1:]", lastExample),
      wrong(
        "dW2.product-of-sums",
        "dW2 = h.sum(0).view(-1, 1) * dlogits.sum(0)",
        ({ n }) =>
          `Yours sums over the batch before it multiplies, so each example's activations meet the gradients of all ${n}.`,
      ),
      wrong(
        "dW2.own-factor",
        "dW2 = W2 * dlogits.sum(0)",
        "Yours scales each weight by its own value: a weight of 0 could never be moved, and `h` makes no difference.",
      ),
      wrong(
        "dW2.sign",
        "dW2 = -h.T @ dlogits",
        "Every number of yours has the wrong sign: training with it would raise the loss.",
      ),
      rightHere("dW2.one-path", "dW2 = h.T @ dnorm_logits", ["dlogits"], ONE_PATH),
    ],
  },
  {
    name: "db2",
    exercise,
    group,
    given: ["dlogits"],
    asked: "How does the loss change with the second layer's bias, which is added to every example?",
    hints: {
      forward: lines("logits"),
      rule: "The bias is one row, added to every row of the product: it was copied n times, and what was copied is summed.",
      shapes: "`dlogits` (n, V) → `db2` (V)",
      example: "`dlogits = [[1, -1], [0, 3]]` gives `db2 = [1, 2]`.",
      hole: "db2 = dlogits.___",
    },
    spellings: [
      ...lines("db2"),
      "db2 = torch.sum(dlogits, dim=0)",
      "db2 = torch.ones(n) @ dlogits",
      "db2 = dlogits.mean(0) * n",
      "db2 = torch.einsum('iv->v', dlogits)",
      "db2 = torch.zeros_like(b2)\nfor row in dlogits:\n  db2 += row",
    ],
    mistakes: [
      ...sumOverBatch("db2", "dlogits", { each: "character", size: "vocab_size", keepdim: false }),
      wrong(
        "db2.times-value",
        "db2 = b2 * dlogits.sum(0)",
        "Each number of yours is off by the factor `b2`: a bias of 0 could never be moved.",
      ),
      wrong(
        "db2.no-upstream",
        "db2 = torch.ones_like(b2)",
        "Yours stays the same whatever `dlogits` is: it says how the logits follow the bias, and not what that does to the loss.",
      ),
      wrong("db2.value-for-gradient", "db2 = logits.sum(0)", noLoss("logits")),
      rightHere("db2.one-path", "db2 = dnorm_logits.sum(0)", ["dlogits"], ONE_PATH),
    ],
  },
];
