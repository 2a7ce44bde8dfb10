/** Exercise 1, the first linear layer and the table of embeddings: from `dhprebn` back to `dC`. */
import type { Task } from "../types.ts";
import { lastExample, lines, noLoss, rightHere, sumOverBatch, tooSmall, unseen, wrong } from "./entry.ts";

const exercise = 1;
const group = "linear layer 1 and the table";

export const firstLayer: readonly Task[] = [
  {
    name: "dembcat",
    exercise,
    group,
    given: ["dhprebn"],
    asked: "How does the loss change with each input of the first layer?",
    hints: {
      forward: lines("hprebn"),
      rule: "Each input acts on all neurons of its example, so what arrives there adds up, each weighted with the weight between the two. That is one matrix product, and its shapes leave no other way.",
      shapes: "`dhprebn` (n, H), `W1` (T·E, H) → `dembcat` (n, T·E)",
      example:
        "`dhprebn = [[1, 2], [3, 4]]` and `W1 = [[5, 6], [7, 8]]` give `dembcat = [[17, 23], [39, 53]]`.",
      hole: "dembcat = dhprebn @ ___",
    },
    spellings: [
      ...lines("dembcat"),
      "dembcat = (W1 @ dhprebn.t()).t()",
      "dembcat = torch.matmul(dhprebn, W1.transpose(0, 1))",
      "dembcat = torch.einsum('ij,kj->ik', dhprebn, W1)",
      "dembcat = F.linear(dhprebn, W1)",
      "dembcat = (dhprebn[:, None, :] * W1).sum(2)",
      "dembcat = torch.zeros_like(embcat)\nfor j in range(W1.shape[1]):\n    dembcat += dhprebn[:, j:j+1] * W1[:, j]",
    ],
    mistakes: [
      wrong(
        "dembcat.batchnorm-skipped",
        "dembcat = dhpreact @ W1.T",
        "Yours starts from `dhpreact`, on the other side of BatchNorm: it goes back as if there were none.",
      ),
      wrong(
        "dembcat.mean-skipped",
        "dembcat = dbndiff @ W1.T",
        "Yours starts from `dbndiff`: what comes back through the mean is not in it.",
      ),
      wrong(
        "dembcat.transposed",
        "dembcat = W1 @ dhprebn.T",
        ({ n, n_embd, block_size }) =>
          `The numbers are right, but yours is on its side: its shape is (${block_size * n_embd}, ${n}), and that of \`embcat\` is (${n}, ${block_size * n_embd}).`,
      ),
      wrong(
        "dembcat.not-transposed",
        "dembcat = dhprebn @ W1",
        ({ n_embd, block_size, n_hidden }) =>
          `In yours the ${n_hidden} numbers of a row of \`dhprebn\` meet a column of \`W1\`, which has ${block_size * n_embd}, one for each input.`,
      ),
      wrong("dembcat.mean", "dembcat = dhprebn @ W1.T / n", tooSmall("n")),
      wrong("dembcat.value-for-gradient", "dembcat = hprebn @ W1.T", noLoss("hprebn")),
      wrong(
        "dembcat.gradient-for-value",
        "dembcat = dhprebn @ dW1.T",
        "Yours multiplies two gradients, and no value of the forward pass is in it.",
      ),
      wrong(
        "dembcat.no-upstream",
        "dembcat = torch.ones_like(dhprebn) @ W1.T",
        "Yours stays the same whatever `dhprebn` is, and all its rows are equal.",
      ),
      wrong(
        "dembcat.times-value",
        "dembcat = embcat * (dhprebn @ W1.T)",
        "Each number of yours is off by the factor `embcat`: an input of 0 could never be moved.",
      ),
      wrong(
        "dembcat.with-bias",
        "dembcat = (dhprebn + b1) @ W1.T",
        "Yours would not be 0 where `dhprebn` is: the bias takes part in it, although what is added has no influence on a slope.",
      ),
      wrong(
        "dembcat.product-of-sums",
        "dembcat = dhprebn.sum(1, keepdim=True) * W1.sum(1)",
        ({ n_hidden }) =>
          `Yours adds up gradients and weights by themselves before it multiplies, so each neuron's gradient meets the weights of all ${n_hidden}.`,
      ),
    ],
  },
  {
    name: "dW1",
    exercise,
    group,
    given: ["dhprebn"],
    asked: "How does the loss change with each weight of the first layer?",
    hints: {
      forward: lines("hprebn"),
      rule: "For each weight: what goes into it times the gradient of what comes out and, since every example uses the same weights, the sum over the batch. That is one matrix product.",
      shapes: "`embcat` (n, T·E), `dhprebn` (n, H) → `dW1` (T·E, H)",
      example:
        "`embcat = [[1, 2], [3, 4]]` and `dhprebn = [[5, 6], [7, 8]]` give `dW1 = [[26, 30], [38, 44]]`.",
      hole: "dW1 = ___ @ dhprebn",
    },
    spellings: [
      ...lines("dW1"),
      "dW1 = (dhprebn.t() @ embcat).t()",
      "dW1 = torch.mm(embcat.permute(1, 0), dhprebn)",
      "dW1 = torch.einsum('ik,ij->kj', embcat, dhprebn)",
      "dW1 = (embcat[:, :, None] * dhprebn[:, None, :]).sum(0)",
      "dW1 = torch.zeros_like(W1)\nfor i in range(n):\n    dW1 += torch.outer(embcat[i], dhprebn[i])",
      "dW1 = emb.view(n, -1).T @ dhprebn",
    ],
    mistakes: [
      wrong(
        "dW1.batchnorm-skipped",
        "dW1 = embcat.T @ dhpreact",
        "Yours starts from `dhpreact`, on the other side of BatchNorm: it goes back as if there were none.",
      ),
      wrong(
        "dW1.mean-skipped",
        "dW1 = embcat.T @ dbndiff",
        "Yours starts from `dbndiff`: what comes back through the mean is not in it.",
      ),
      wrong(
        "dW1.gradient-for-value",
        "dW1 = dembcat.T @ dhprebn",
        "Yours multiplies two gradients, and no value of the forward pass is in it: the shape is right, and no number.",
      ),
      wrong("dW1.value-for-gradient", "dW1 = embcat.T @ hprebn", noLoss("hprebn")),
      wrong(
        "dW1.transposed",
        "dW1 = dhprebn.T @ embcat",
        ({ n_embd, block_size, n_hidden }) =>
          `The numbers are right, but yours is on its side: its shape is (${n_hidden}, ${block_size * n_embd}), and that of \`W1\` is (${block_size * n_embd}, ${n_hidden}).`,
      ),
      wrong(
        "dW1.not-transposed",
        "dW1 = embcat @ dhprebn",
        ({ n, n_embd, block_size }) =>
          `In yours the ${block_size * n_embd} numbers of a row of \`embcat\` meet a column of \`dhprebn\`, which has ${n}, one for each example.`,
      ),
      wrong("dW1.mean", "dW1 = embcat.T @ dhprebn / n", tooSmall("n")),
      wrong(
        "dW1.no-sum",
        "dW1 = embcat[:, :, None] * dhprebn[:, None, :]",
        ({ n }) =>
          `Yours has ${n} matrices, one for each example; there is only one \`W1\`, and it can move in only one way.`,
      ),
      wrong(
        "dW1.last-example",
        "dW1 = torch.zeros_like(W1)\nfor i in range(n):\n  dW1 = torch.outer(embcat[i], dhprebn[i])",
        lastExample,
      ),
      wrong(
        "dW1.product-of-sums",
        "dW1 = torch.outer(embcat.sum(0), dhprebn.sum(0))",
        ({ n }) =>
          `Yours sums over the batch before it multiplies, so each example's input meets the gradients of all ${n}. In this network it is 0 but for rounding, because the columns of \`dhprebn\` add up to 0.`,
      ),
      wrong(
        "dW1.times-value",
        "dW1 = W1 * (embcat.T @ dhprebn)",
        "Each number of yours is off by the factor `W1`: a weight of 0 could never be moved.",
      ),
      wrong(
        "dW1.no-upstream",
        "dW1 = embcat.T @ torch.ones_like(dhprebn)",
        "Yours stays the same whatever `dhprebn` is, and all its columns are equal.",
      ),
    ],
  },
  {
    name: "db1",
    exercise,
    group,
    given: ["dhprebn"],
    asked: "How does the loss change with the first layer's bias, which is added to every example?",
    hints: {
      forward: lines("hprebn"),
      rule: "The bias is one row, added to every row of the product: it was copied n times, and what was copied is summed.",
      shapes: "`dhprebn` (n, H) → `db1` (H)",
      example: "`dhprebn = [[1, 2], [3, 4]]` gives `db1 = [4, 6]`.",
      hole: "db1 = dhprebn.___",
    },
    spellings: [
      ...lines("db1"),
      "db1 = torch.sum(dhprebn, dim=0)",
      "db1 = torch.ones(n) @ dhprebn",
      "db1 = (torch.ones_like(b1) * dhprebn).sum(0)",
      "db1 = dhprebn.sum(0, keepdim=True).squeeze(0)",
      "db1 = torch.zeros_like(b1)\nfor row in dhprebn:\n    db1 += row",
    ],
    mistakes: [
      rightHere(
        "db1.zero",
        "db1 = torch.zeros_like(b1)",
        ["dhprebn"],
        "BatchNorm takes away whatever `b1` adds",
      ),
      rightHere(
        "db1.two-steps",
        "db1 = dbndiff.sum(0) + dbnmeani.sum(0)",
        ["dhprebn"],
        "`dhprebn` is made of these two, so yours takes two steps at once",
      ),
      wrong(
        "db1.sign",
        "db1 = -dhprebn.sum(0)",
        `Every number of yours has the wrong sign: training with it would raise the loss. ${unseen("db1")}`,
      ),
      ...sumOverBatch("db1", "dhprebn", { keepdim: false, vanishes: true }),
      wrong(
        "db1.batchnorm-skipped",
        "db1 = dhpreact.sum(0)",
        "Yours is `dbnbias`, on the other side of BatchNorm: it goes back as if there were none.",
      ),
      wrong(
        "db1.mean-skipped",
        "db1 = dbndiff.sum(0)",
        "Yours starts from `dbndiff`: what comes back through the mean is not in it, so it is not 0 in this network, as `db1` is.",
      ),
      wrong(
        "db1.of-the-mean",
        "db1 = dbnmeani.sum(0)",
        "Yours is `dbnmeani`: what comes back through `bndiff` is not in it.",
      ),
      wrong(
        "db1.times-value",
        "db1 = (b1 * dhprebn).sum(0)",
        `Each number of yours is off by the factor \`b1\`: a bias of 0 could never be moved. ${unseen("db1")}`,
      ),
      wrong("db1.value-for-gradient", "db1 = hprebn.sum(0)", noLoss("hprebn")),
    ],
  },
  {
    name: "demb",
    exercise,
    group,
    given: ["dembcat"],
    asked: "How does the loss change with the embeddings, of which `embcat` is another view?",
    hints: {
      forward: lines("embcat"),
      rule: "A view computes nothing: each number's gradient goes back to where the number came from, in the same order.",
      shapes: "`dembcat` (n, T·E) → `demb` (n, T, E)",
      example: "`n = 1`, `T = 2`, `E = 2` and `dembcat = [[1, 2, 3, 4]]` give `demb = [[[1, 2], [3, 4]]]`.",
      hole: "demb = dembcat.view(___)",
    },
    spellings: [
      ...lines("demb"),
      "demb = dembcat.view(emb.shape)",
      "demb = dembcat.view_as(emb)",
      "demb = dembcat.reshape(-1, block_size, n_embd)",
      "demb = torch.stack(dembcat.split(n_embd, dim=1), dim=1)",
      "demb = torch.zeros_like(emb)\nfor t in range(block_size):\n    demb[:, t] = dembcat[:, t*n_embd:(t+1)*n_embd]",
    ],
    mistakes: [
      wrong(
        "demb.no-view",
        "demb = dembcat.clone()",
        ({ n, n_embd, block_size }) =>
          `The numbers are right, but yours is still in the shape of \`embcat\`, (${n}, ${block_size * n_embd}); that of \`emb\` is (${n}, ${block_size}, ${n_embd}).`,
      ),
      wrong(
        "demb.axes-swapped",
        "demb = dembcat.view(n, n_embd, block_size)",
        ({ n, n_embd, block_size }) =>
          `Yours is (${n}, ${n_embd}, ${block_size}), and \`emb\` is (${n}, ${block_size}, ${n_embd}): it cuts each row into ${n_embd} pieces of ${block_size}, although each character has ${n_embd} numbers.`,
      ),
      wrong(
        "demb.axes-swapped-and-back",
        "demb = dembcat.view(n, n_embd, block_size).transpose(1, 2)",
        ({ n_embd }) =>
          `The shape is right, but the numbers are in other places: yours deals a row out one by one, although its first ${n_embd} numbers belong to the first character.`,
      ),
      wrong(
        "demb.places-first",
        "demb = dembcat.view(block_size, n, n_embd).transpose(0, 1)",
        "The shape is right, but the examples are mixed: yours takes the rows as if all first characters of the batch came before all second ones.",
      ),
      wrong(
        "demb.flat",
        "demb = dembcat.view(-1, n_embd)",
        ({ n, n_embd, block_size }) =>
          `The numbers are right, but yours has one row per character, (${n * block_size}, ${n_embd}), and does not say which example it belongs to; the shape of \`emb\` is (${n}, ${block_size}, ${n_embd}).`,
      ),
      wrong(
        "demb.summed",
        "demb = dembcat.view(n, block_size, n_embd).sum(1, keepdim=True)",
        ({ block_size }) =>
          `Yours adds up the ${block_size} characters of a context; they are ${block_size} different rows of \`emb\`, and none of them was copied.`,
      ),
      wrong("demb.mean", "demb = dembcat.view(n, block_size, n_embd) / block_size", tooSmall("block_size")),
      wrong(
        "demb.value-for-gradient",
        "demb = embcat.view(n, block_size, n_embd)",
        "Yours is `emb` itself: nothing in it comes from the loss.",
      ),
      wrong(
        "demb.times-value",
        "demb = emb * dembcat.view(n, block_size, n_embd)",
        "Each number of yours is off by the factor `emb`, although a view hands every number on as it is.",
      ),
      rightHere(
        "demb.two-steps",
        "demb = (dhprebn @ W1.T).view(n, block_size, n_embd)",
        ["dembcat"],
        "`dembcat` is that product, so yours takes two steps at once",
      ),
    ],
  },
  {
    name: "dC",
    exercise,
    group,
    given: ["demb"],
    asked: "How does the loss change with the table, whose rows were copied wherever their characters occur?",
    hints: {
      forward: lines("emb"),
      rule: "What was copied is summed: each place in the batch gives its gradient back to the row that it was copied from. Rows that nothing was copied from get 0.",
      shapes: "`Xb` (n, T), `demb` (n, T, E) → `dC` (V, E)",
      example:
        "`V = 3`, `E = 2`, `Xb = [[0, 1], [1, 1]]` and `demb = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]` give `dC = [[1, 2], [15, 18], [0, 0]]`.",
      hole: "dC = torch.zeros((V, E)).index_add_(0, ___, demb.view(-1, E))",
    },
    spellings: [
      ...lines("dC"),
      "dC = torch.zeros_like(C)\nfor k in range(Xb.shape[0]):\n    for j in range(Xb.shape[1]):\n        ix = Xb[k,j]\n        dC[ix] += demb[k,j]",
      "dC = torch.zeros_like(C)\nfor xs, ds in zip(Xb, demb):\n    for x, d in zip(xs, ds):\n        dC[x] += d",
      "dC = torch.zeros_like(C)\ndC.index_add_(0, Xb.flatten(), demb.reshape(-1, C.shape[1]))",
      "dC = F.one_hot(Xb.view(-1), vocab_size).float().T @ demb.view(-1, n_embd)",
      "dC = torch.einsum('itv,ite->ve', F.one_hot(Xb, vocab_size).float(), demb)",
      "dC = torch.zeros_like(C)\nfor v in range(vocab_size):\n    dC[v] = demb[Xb == v].sum(0)",
      "dC = torch.zeros_like(C).scatter_add_(0, Xb.view(-1, 1).expand(-1, n_embd), demb.view(-1, n_embd))",
    ],
    mistakes: [
      wrong(
        "dC.last-wins",
        "dC = torch.zeros_like(C)\ndC[Xb] += demb",
        "Of a character that occurs more than once, yours keeps the last place alone; all other rows are right.",
      ),
      wrong(
        "dC.starts-at-one",
        "dC = torch.ones_like(C)\ndC.index_add_(0, Xb.view(-1), demb.view(-1, n_embd))",
        "Every number of yours is too large by 1, also in the rows of characters that do not occur.",
      ),
      wrong(
        "dC.starts-at-table",
        "dC = C.clone()\ndC.index_add_(0, Xb.view(-1), demb.view(-1, n_embd))",
        "Each number of yours has that of `C` added to it, also in the rows of characters that do not occur.",
      ),
      wrong(
        "dC.no-table",
        "dC = demb.clone()",
        ({ n, vocab_size, n_embd, block_size }) =>
          `Yours still has a row for every place in the batch, (${n}, ${block_size}, ${n_embd}); the table has ${vocab_size} rows of ${n_embd}.`,
      ),
      wrong(
        "dC.one-row",
        "dC = demb.sum((0, 1))",
        ({ n, vocab_size, block_size }) =>
          `Yours adds up all ${n * block_size} places of the batch into one row; the table has ${vocab_size}, and each place was copied from one of them.`,
      ),
      wrong(
        "dC.last-place-only",
        "dC = torch.zeros_like(C)\ndC.index_add_(0, Xb[:, -1], demb[:, -1])",
        ({ block_size }) => `Yours has 1 of the ${block_size} characters of each context, the last.`,
      ),
      wrong(
        "dC.last-place-missing",
        "dC = torch.zeros_like(C)\nfor k in range(n):\n  for j in range(block_size - 1):\n    dC[Xb[k, j]] += demb[k, j]",
        ({ block_size }) =>
          `Yours has ${block_size - 1} of the ${block_size} characters of each context: the last is missing.`,
      ),
      wrong(
        "dC.both-to-n",
        "dC = torch.zeros_like(C)\nfor k in range(n):\n  for j in range(n):\n    dC[Xb[k, j]] += demb[k, j]",
        ({ n, block_size }) => `Both loops of yours run to ${n}, but a context has ${block_size} characters.`,
      ),
      wrong(
        "dC.first-example-missing",
        "dC = torch.zeros_like(C)\nfor k in range(1, n):\n  for j in range(block_size):\n    dC[Xb[k, j]] += demb[k, j]",
        ({ n }) =>
          `Yours has ${n - 1} of the ${n} examples: the first is missing, so only the rows of its characters are wrong.`,
      ),
      wrong(
        "dC.last-example-missing",
        "dC = torch.zeros_like(C)\nfor k in range(n - 1):\n  for j in range(block_size):\n    dC[Xb[k, j]] += demb[k, j]",
        ({ n }) =>
          `Yours has ${n - 1} of the ${n} examples: the last is missing, so only the rows of its characters are wrong.`,
      ),
      wrong(
        "dC.reset",
        "for k in range(n):\n  dC = torch.zeros_like(C)\n  for j in range(block_size):\n    dC[Xb[k, j]] += demb[k, j]",
        lastExample,
      ),
      wrong(
        "dC.context-summed",
        "dC = torch.zeros_like(C)\nfor k in range(n):\n  for j in range(block_size):\n    dC[Xb[k, j]] += demb[k].sum(0)",
        ({ block_size }) =>
          `In yours each character gets what comes back to all ${block_size} characters of its context.`,
      ),
      wrong(
        "dC.targets",
        "dC = torch.zeros_like(C)\ndC.index_add_(0, Yb, demb.sum(1))",
        "In yours each context's gradient goes to the character that came next: rows change that nothing was copied from.",
      ),
      wrong(
        "dC.order",
        "dC = torch.zeros_like(C)\ndC.index_add_(0, Xb.T.reshape(-1), demb.view(-1, n_embd))",
        "The gradients are right, but they go to other places' rows: yours lists characters place by place, and gradients example by example.",
      ),
      wrong(
        "dC.value-for-gradient",
        "dC = torch.zeros_like(C)\ndC.index_add_(0, Xb.view(-1), emb.view(-1, n_embd))",
        "Nothing in yours comes from the loss: each row is that of `C`, times how often its character occurs.",
      ),
      wrong(
        "dC.no-upstream",
        "dC = F.one_hot(Xb.view(-1), vocab_size).float().T @ torch.ones(n * block_size, n_embd)",
        "Yours stays the same whatever `demb` is: it counts how often each character occurs.",
      ),
      wrong(
        "dC.averaged",
        "dC = F.one_hot(Xb.view(-1), vocab_size).float().T @ demb.view(-1, n_embd)\ndC /= F.one_hot(Xb.view(-1), vocab_size).sum(0).clamp(min=1).view(-1, 1)",
        "The row of a character that occurs more than once is too small by how often it occurs; all other rows are right.",
      ),
      wrong(
        "dC.mean",
        "dC = torch.zeros_like(C).index_add_(0, Xb.view(-1), demb.view(-1, n_embd)) / n",
        tooSmall("n"),
      ),
      wrong(
        "dC.times-value",
        "dC = C * torch.zeros_like(C).index_add_(0, Xb.view(-1), demb.view(-1, n_embd))",
        "Each number of yours is off by the factor `C`: a 0 in the table could never be moved.",
      ),
      rightHere(
        "dC.two-steps",
        "dC = torch.zeros_like(C).index_add_(0, Xb.view(-1), dembcat.view(-1, n_embd))",
        ["demb"],
        "`demb` has the numbers of `dembcat`, so yours takes two steps at once",
      ),
    ],
  },
];
