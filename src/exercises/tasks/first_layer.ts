/** Exercise 1, the first linear layer and the table of embeddings: from `dhprebn` back to `dC`. */
import type { Task } from "../types.ts";
import { lines, rightHere, wrong } from "./entry.ts";

const exercise = 1;
const group = "linear layer 1 and the table";

export const firstLayer: readonly Task[] = [
  {
    name: "dembcat",
    exercise,
    group,
    given: ["dhprebn"],
    asked: "`embcat` is the input of a matrix product. How does the loss change with it?",
    hints: {
      forward: lines("hprebn"),
      rule: "An input has an arrow to each neuron, as wide as its weight. What comes back along all of them adds up: a product with the weights, whose sum runs over the neurons.",
      shapes:
        "Back must come (n,T*E). There are dhprebn, (n,H), and W1, (T*E,H): only one product of these two fits.",
      example:
        "dhprebn = [[1, 2], [3, 4]] and W1 = [[5, 6], [7, 8]] give [[1*5 + 2*6, 1*7 + 2*8], [3*5 + 4*6, 3*7 + 4*8]] = [[17, 23], [39, 53]].",
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
        "The product is right, but it starts from dhpreact, which is behind BatchNorm: yours goes back as if there were none.",
      ),
      wrong(
        "dembcat.mean-skipped",
        "dembcat = dbndiff @ W1.T",
        "The product is right, but it starts from dbndiff: what comes back through the mean is not in it.",
      ),
      wrong(
        "dembcat.transposed",
        "dembcat = W1 @ dhprebn.T",
        ({ n, block_size: T, n_embd: E }) =>
          `The numbers are right, but yours is on its side: its shape is (${T * E}, ${n}), and a row of embcat is an example.`,
      ),
      wrong(
        "dembcat.mean",
        "dembcat = dhprebn @ W1.T / n",
        ({ n }) =>
          `Every number of yours is ${n} times too small. The loss's own 1/n is already in dhprebn, and this line's sum runs over neurons, not over examples.`,
      ),
      wrong(
        "dembcat.value-for-gradient",
        "dembcat = hprebn @ W1.T",
        "Nothing in yours comes from the loss: hprebn is the forward value, without a d.",
      ),
      wrong(
        "dembcat.gradient-for-value",
        "dembcat = dhprebn @ dW1.T",
        "Yours is a product of two gradients. How far an input reaches depends on the weight itself, and not on the weight's gradient.",
      ),
      wrong(
        "dembcat.no-upstream",
        "dembcat = torch.ones_like(dhprebn) @ W1.T",
        "All rows of yours are equal, and stay the same whatever comes back to hprebn: it is the sum of each input's weights.",
      ),
      wrong(
        "dembcat.times-input",
        "dembcat = embcat * (dhprebn @ W1.T)",
        "Each number of yours is too large or small by its own embcat. In a product, the slope towards one factor is the other factor alone.",
      ),
      wrong(
        "dembcat.bias",
        "dembcat = (dhprebn + b1) @ W1.T",
        "Each column of yours is off by the same amount in every row: b1 takes part in it. What is added has no influence on the slope towards the input.",
      ),
      wrong(
        "dembcat.sums-apart",
        "dembcat = dhprebn.sum(1, keepdim=True) * W1.sum(1)",
        "Yours adds up gradients and weights on their own and then multiplies. Each neuron's gradient belongs to that neuron's weight.",
      ),
    ],
  },
  {
    name: "dW1",
    exercise,
    group,
    given: ["dhprebn"],
    asked: "Each weight joins an input with a neuron, in every example. How does the loss change with it?",
    hints: {
      forward: lines("hprebn"),
      rule: "A weight's gradient is its input times what comes back to its output. The same weight is used in every example, so these products add up over the batch.",
      shapes:
        "Back must come (T*E,H). There are embcat, (n,T*E), and dhprebn, (n,H): the sum runs over n, and only one product fits.",
      example:
        "embcat = [[1, 2], [3, 4]] and dhprebn = [[5, 6], [7, 8]] give [[1*5 + 3*7, 1*6 + 3*8], [2*5 + 4*7, 2*6 + 4*8]] = [[26, 30], [38, 44]].",
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
        "The product is right, but it takes dhpreact, which is behind BatchNorm: yours goes back as if there were none.",
      ),
      wrong(
        "dW1.mean-skipped",
        "dW1 = embcat.T @ dbndiff",
        "The product is right, but it takes dbndiff: what comes back through the mean is not in it.",
      ),
      wrong(
        "dW1.gradient-for-value",
        "dW1 = dembcat.T @ dhprebn",
        "Yours is a product of two gradients: its shape is right, and no number in it has to do with the answer. A weight is multiplied by the input itself.",
      ),
      wrong(
        "dW1.value-for-gradient",
        "dW1 = embcat.T @ hprebn",
        "Nothing in yours comes from the loss: hprebn is the forward value, without a d.",
      ),
      wrong(
        "dW1.transposed",
        "dW1 = dhprebn.T @ embcat",
        ({ n_hidden: H, block_size: T, n_embd: E }) =>
          `The numbers are right, but yours is on its side: its shape is (${H}, ${T * E}), and that of W1 is (${T * E}, ${H}).`,
      ),
      wrong(
        "dW1.mean",
        "dW1 = embcat.T @ dhprebn / n",
        ({ n }) =>
          `Every number of yours is ${n} times too small, and n is ${n} here. The loss's own 1/n is already in dhprebn.`,
      ),
      wrong(
        "dW1.no-sum",
        "dW1 = embcat[:, :, None] * dhprebn[:, None, :]",
        ({ n }) =>
          `Yours has a matrix for each of the ${n} examples, but all of them use the same W1, and there is one gradient for it.`,
      ),
      wrong(
        "dW1.last-example",
        "dW1 = torch.zeros_like(W1)\nfor i in range(n):\n    dW1 = torch.outer(embcat[i], dhprebn[i])",
        ({ n }) =>
          `Yours has the last example alone: each turn of the loop replaces what the ones before have found, and ${n - 1} of ${n} are lost.`,
      ),
      wrong(
        "dW1.sums-apart",
        "dW1 = torch.outer(embcat.sum(0), dhprebn.sum(0))",
        "Yours adds up inputs and gradients on their own and then multiplies, so that one example's input meets another's gradient. In this network it is 0 but for rounding, as dhprebn's columns add up to 0.",
      ),
      wrong(
        "dW1.times-weight",
        "dW1 = W1 * (embcat.T @ dhprebn)",
        "Each number of yours is too large or small by its own weight. In a product, the slope towards one factor is the other factor alone.",
      ),
      wrong(
        "dW1.no-upstream",
        "dW1 = embcat.T @ torch.ones_like(dhprebn)",
        "All columns of yours are equal, and stay the same whatever comes back to hprebn: it is the sum of each input over the batch.",
      ),
    ],
  },
  {
    name: "db1",
    exercise,
    group,
    given: ["dhprebn"],
    asked: "The bias is added to every row. How does the loss change with it?",
    hints: {
      forward: lines("hprebn"),
      rule: "What was copied down a column on the way forward is summed over that column on the way back. Adding changes nothing on the way.",
      shapes: "dhprebn is (n,H); b1, and so its gradient, is (H).",
      example: "dhprebn = [[1, 2], [3, 4]] gives [1 + 3, 2 + 4] = [4, 6].",
      hole: "db1 = dhprebn.sum(___)",
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
        "db1.zeros",
        "db1 = torch.zeros_like(b1)",
        "True in this network, because BatchNorm takes away whatever b1 adds. But that is known from outside: this step is asked to start from any dhprebn, and yours does not look at it.",
      ),
      rightHere(
        "db1.before-the-mean",
        "db1 = dbndiff.sum(0) + dbnmeani.sum(0)",
        "True here, as dhprebn is made of these two: two steps at once. This step is asked to start from any dhprebn.",
      ),
      wrong(
        "db1.sign",
        "db1 = -dhprebn.sum(0)",
        "Every number of yours has the wrong sign: b1 is added. All are 0 but for rounding in this network, so `cmp` cannot see it.",
      ),
      wrong(
        "db1.mean",
        "db1 = dhprebn.mean(0)",
        ({ n }) =>
          `Every number of yours is ${n} times too small: the loss's own 1/n is already in dhprebn. All are 0 but for rounding in this network, so \`cmp\` cannot see it.`,
      ),
      wrong(
        "db1.no-sum",
        "db1 = torch.ones_like(b1) * dhprebn",
        ({ n }) =>
          `Yours has a row for each of the ${n} examples, but all of them use the same b1, and there is one gradient for it.`,
      ),
      wrong(
        "db1.other-axis",
        "db1 = dhprebn.sum(1)",
        ({ n, n_hidden: H }) =>
          `Yours adds up the ${H} neurons of an example and ends with ${n} numbers; b1 has one for each of the ${H} neurons.`,
      ),
      wrong(
        "db1.everything",
        "db1 = dhprebn.sum()",
        ({ n_hidden: H }) =>
          `Yours is a single number; b1 has ${H}, one for each neuron. Both are 0 but for rounding in this network, so \`cmp\` cannot see it.`,
      ),
      wrong(
        "db1.batchnorm-skipped",
        "db1 = dhpreact.sum(0)",
        "Yours is dbnbias: bnbias is added behind BatchNorm, and b1 before it, where the mean is still to be taken away.",
      ),
      wrong(
        "db1.mean-skipped",
        "db1 = dbndiff.sum(0)",
        "Yours starts from dbndiff, and what comes back through the mean is not in it. Just that part makes this gradient vanish in this network.",
      ),
      wrong(
        "db1.of-the-mean",
        "db1 = dbnmeani.sum(0)",
        "Yours is the gradient of the mean. b1 does move the mean, but it moves every row of hprebn with it.",
      ),
      wrong(
        "db1.times-bias",
        "db1 = (b1 * dhprebn).sum(0)",
        "Each number of yours is too large or small by its own b1. In a sum it makes no difference how large a term is. All are 0 but for rounding in this network, so `cmp` cannot see it.",
      ),
      wrong(
        "db1.value-for-gradient",
        "db1 = hprebn.sum(0)",
        "Nothing in yours comes from the loss: hprebn is the forward value, without a d.",
      ),
    ],
  },
  {
    name: "demb",
    exercise,
    group,
    given: ["dembcat"],
    asked: "`embcat` is `emb` in another shape. How does the loss change with `emb`?",
    hints: {
      forward: lines("embcat"),
      rule: "A view computes nothing: each number goes back to where it came from, in the same order.",
      shapes: "dembcat is (n,T*E); emb, and so its gradient, is (n,T,E).",
      example: "With T = 2 and E = 2 the row [1, 2, 3, 4] goes back to [[1, 2], [3, 4]].",
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
        ({ n, block_size: T, n_embd: E }) =>
          `The numbers are right, but they are still in embcat's shape, (${n}, ${T * E}); that of emb is (${n}, ${T}, ${E}).`,
      ),
      wrong(
        "demb.axes-swapped",
        "demb = dembcat.view(n, n_embd, block_size)",
        ({ n, block_size: T, n_embd: E }) =>
          `Yours is (${n}, ${E}, ${T}), with the floats of an embedding before the places of the context; that of emb is (${n}, ${T}, ${E}).`,
      ),
      wrong(
        "demb.axes-swapped-and-back",
        "demb = dembcat.view(n, n_embd, block_size).transpose(1, 2)",
        ({ n_embd: E }) =>
          `The shape is right, but the numbers are in other places: yours deals a row out one by one, while the first ${E} of it belong to the first character.`,
      ),
      wrong(
        "demb.places-first",
        "demb = dembcat.view(block_size, n, n_embd).transpose(0, 1)",
        "The shape is right, but the numbers are in other places: yours takes the rows as if all first characters of the batch came before all second ones, and the examples get mixed.",
      ),
      wrong(
        "demb.flat",
        "demb = dembcat.view(-1, n_embd)",
        ({ n, block_size: T, n_embd: E }) =>
          `The numbers are right, but yours has one row per character, (${n * T}, ${E}), and no longer says which example it belongs to; that of emb is (${n}, ${T}, ${E}).`,
      ),
      wrong(
        "demb.summed",
        "demb = dembcat.view(n, block_size, n_embd).sum(1, keepdim=True)",
        ({ block_size: T }) =>
          `Yours adds up the ${T} characters of a context. They are ${T} different rows of emb: nothing was copied here.`,
      ),
      wrong(
        "demb.mean",
        "demb = dembcat.view(n, block_size, n_embd) / block_size",
        ({ block_size: T }) =>
          `Every number of yours is ${T} times too small: the ${T} characters of a context were put side by side, not averaged.`,
      ),
      wrong(
        "demb.value-for-gradient",
        "demb = embcat.view(n, block_size, n_embd)",
        "Yours is emb itself: embcat is the forward value, without a d.",
      ),
      wrong(
        "demb.times-input",
        "demb = emb * dembcat.view(n, block_size, n_embd)",
        "Each number of yours is too large or small by its own emb. A view copies numbers, and the slope of that is 1.",
      ),
      rightHere(
        "demb.two-steps",
        "demb = (dhprebn @ W1.T).view(n, block_size, n_embd)",
        "True here, as that product is what dembcat is: two steps at once. This step is asked to start from any dembcat.",
      ),
    ],
  },
  {
    name: "dC",
    exercise,
    group,
    given: ["demb"],
    asked:
      "Each row of the table was copied wherever its character occurred. How does the loss change with the table?",
    hints: {
      forward: lines("emb"),
      rule: "What was copied is summed: each place in the batch gives its gradient back to the row that it was copied from. Rows that nothing used get 0.",
      shapes:
        "demb is (n,T,E), and Xb, (n,T), says which row each place was copied from; C, and so its gradient, is (V,E).",
      example:
        "V = 3, Xb = [[0, 1], [1, 1]], demb = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]: row 0 gets [1, 2], row 1 gets [3 + 5 + 7, 4 + 6 + 8] = [15, 18], and row 2 gets [0, 0].",
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
        "Rows that the batch uses once are right. Of a character that occurs more often only the last place counts: the others are replaced, not added.",
      ),
      wrong(
        "dC.starts-at-one",
        "dC = torch.ones_like(C)\ndC.index_add_(0, Xb.view(-1), demb.view(-1, n_embd))",
        "Every number of yours is too large by exactly 1, also in the rows of characters that do not occur: a sum began at 1.",
      ),
      wrong(
        "dC.starts-at-table",
        "dC = C.clone()\ndC.index_add_(0, Xb.view(-1), demb.view(-1, n_embd))",
        "Every number of yours is too large by the table's own value: the sum began with C, and rows of characters that do not occur are not 0.",
      ),
      wrong(
        "dC.no-table",
        "dC = demb.clone()",
        ({ n, block_size: T, n_embd: E, vocab_size: V }) =>
          `Yours still has a row for every place in the batch, (${n}, ${T}, ${E}); the table has ${V} rows of ${E}.`,
      ),
      wrong(
        "dC.one-row",
        "dC = demb.sum((0, 1))",
        ({ n, block_size: T, vocab_size: V }) =>
          `Yours adds up all ${n * T} places into one row. Each of them was copied from its own character's row, and the table has ${V} of them.`,
      ),
      wrong(
        "dC.last-place-only",
        "dC = torch.zeros_like(C)\ndC.index_add_(0, Xb[:, -1], demb[:, -1])",
        ({ block_size: T }) => `Yours has the last character of each context alone: 1 of ${T}.`,
      ),
      wrong(
        "dC.last-place-missing",
        "dC = torch.zeros_like(C)\nfor k in range(n):\n    for j in range(block_size - 1):\n        dC[Xb[k, j]] += demb[k, j]",
        ({ block_size: T }) =>
          `Yours has ${T - 1} of the ${T} characters of each context: the last is missing.`,
      ),
      wrong(
        "dC.first-example-missing",
        "dC = torch.zeros_like(C)\nfor k in range(1, n):\n    for j in range(block_size):\n        dC[Xb[k, j]] += demb[k, j]",
        ({ n }) =>
          `Yours has ${n - 1} of the ${n} examples: the first is missing, so only the rows of its characters are wrong.`,
      ),
      wrong(
        "dC.last-example-missing",
        "dC = torch.zeros_like(C)\nfor k in range(n - 1):\n    for j in range(block_size):\n        dC[Xb[k, j]] += demb[k, j]",
        ({ n }) =>
          `Yours has ${n - 1} of the ${n} examples: the last is missing, so only the rows of its characters are wrong.`,
      ),
      wrong(
        "dC.reset",
        "for k in range(n):\n    dC = torch.zeros_like(C)\n    for j in range(block_size):\n        dC[Xb[k, j]] += demb[k, j]",
        ({ n }) =>
          `Yours has the last of the ${n} examples alone: it begins at 0 again in each turn of the loop.`,
      ),
      wrong(
        "dC.context-summed",
        "dC = torch.zeros_like(C)\nfor k in range(n):\n    for j in range(block_size):\n        dC[Xb[k, j]] += demb[k].sum(0)",
        ({ block_size: T }) =>
          `In yours each character gets what comes back to all ${T} characters of its context, also to its neighbours.`,
      ),
      wrong(
        "dC.targets",
        "dC = torch.zeros_like(C)\ndC.index_add_(0, Yb, demb.sum(1))",
        "Yours gives each context's gradient to the row of the character that came next, Yb. The rows that were looked up are those in Xb.",
      ),
      wrong(
        "dC.order",
        "dC = torch.zeros_like(C)\ndC.index_add_(0, Xb.T.reshape(-1), demb.view(-1, n_embd))",
        "The gradients are right, but each goes to another place's row: yours lists characters place by place, and gradients example by example.",
      ),
      wrong(
        "dC.counts",
        "dC = torch.zeros_like(C)\ndC.index_add_(0, Xb.view(-1), emb.view(-1, n_embd))",
        "Nothing in yours comes from the loss: emb is the forward value, so each row is the table's own, times how often the character occurs.",
      ),
      wrong(
        "dC.no-upstream",
        "dC = F.one_hot(Xb.view(-1), vocab_size).float().T @ torch.ones(n * block_size, n_embd)",
        "Yours counts how often each character occurs: all numbers in a row are equal, whatever comes back to emb.",
      ),
      wrong(
        "dC.average",
        "dC = F.one_hot(Xb.view(-1), vocab_size).float().T @ demb.view(-1, n_embd)\ndC /= F.one_hot(Xb.view(-1), vocab_size).sum(0).clamp(min=1).view(-1, 1)",
        "Rows that the batch uses once are right. The others are averages over their places: each is too small by how often its character occurs.",
      ),
      wrong(
        "dC.mean",
        "dC = torch.zeros_like(C).index_add_(0, Xb.view(-1), demb.view(-1, n_embd)) / n",
        ({ n }) =>
          `Every number of yours is ${n} times too small, and n is ${n} here. The loss's own 1/n is already in demb.`,
      ),
      wrong(
        "dC.times-table",
        "dC = C * torch.zeros_like(C).index_add_(0, Xb.view(-1), demb.view(-1, n_embd))",
        "Each number of yours is too large or small by the table's own value. Looking a row up copies it, and the slope of that is 1.",
      ),
      rightHere(
        "dC.two-steps",
        "dC = torch.zeros_like(C).index_add_(0, Xb.view(-1), dembcat.view(-1, n_embd))",
        "True here, as demb has the same numbers as dembcat: two steps at once. This step is asked to start from any demb.",
      ),
    ],
  },
];
