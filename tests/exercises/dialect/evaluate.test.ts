import { describe, expect, test } from "vitest";
import { repr } from "../../../src/exercises/dialect/display.ts";
import { DialectError, read, run } from "../../../src/exercises/dialect/index.ts";
import type { Tensor } from "../../../src/exercises/dialect/tensor.ts";
import { difference, network } from "./network.ts";
import { solutions } from "./solutions.ts";

const small = network();

function evaluate(text: string | string[], options: Partial<Parameters<typeof run>[1]> = {}) {
  return run(text, { given: small.given, ...options });
}

/** What the text is refused with, as "line: message"; with cells "cell.line: message". */
function refusal(text: string | string[], options: Partial<Parameters<typeof run>[1]> = {}): string {
  try {
    evaluate(text, options);
  } catch (error) {
    if (!(error instanceof DialectError)) throw error;
    expect(error.message).not.toContain("\n");
    return `${error.cell === null ? "" : `${error.cell}.`}${error.line}: ${error.message}`;
  }
  throw new Error(`not refused: ${text}`);
}

const printed = (text: string): readonly string[] => evaluate(text).prints;

describe("solutions", () => {
  for (const [style, text] of Object.entries(solutions)) {
    for (const other of [small, network({ N: 2, V: 5, T: 3, E: 2, H: 7 }, 5)]) {
      test(`${style}, ${other.sizes.N} examples`, () => {
        const { values, skipped, errors } = run(text, { given: other.given });
        expect(errors).toEqual([]);
        expect(skipped).toEqual([]);
        const wrong = [...other.gradients]
          .filter(([name]) => name !== "dloss")
          .map(([name, right]) => [name, difference(values.get(name), right)])
          .filter(([, problem]) => problem !== null);
        expect(wrong).toEqual([]);
      });
    }
  }

  test("the notebook's gradients are all there", () => {
    const { values } = evaluate(solutions["the lecture's"]);
    expect([...small.gradients.keys()].filter((name) => !values.has(name))).toEqual([]);
  });
});

describe("what no gradient depends on is skipped", () => {
  const notebook = [
    "import torch\nimport torch.nn.functional as F\nimport matplotlib.pyplot as plt\n%matplotlib inline",
    "words = open('names.txt', 'r').read().splitlines()\nprint(len(words))\nprint(words[:8])",
    "stoi = {s:i+1 for i,s in enumerate(chars)}\ndef build_dataset(words):\n  X, Y = [], []\n  return X, Y\nXtr, Ytr = build_dataset(words[:n1])",
    "def cmp(s, dt, t):\n  ex = torch.all(dt == t.grad).item()\n  print(f'{s:15s} | exact: {str(ex):5s}')",
    "g = torch.Generator().manual_seed(2147483647)\nC = torch.randn((vocab_size, n_embd), generator=g)\nparameters = [C, W1]\nfor p in parameters:\n  p.requires_grad = True",
    "emb = C[Xb]\nhprebn = embcat @ W1 + b1\nn = batch_size\nlogits.retain_grad()\nloss.backward()\nloss",
    "dprobs = None # TODO\ndlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1\ndlogits /= n",
    "plt.figure(figsize=(8, 8))\nplt.imshow(dlogits.detach(), cmap='gray')",
  ];

  test("in a whole notebook", () => {
    const { values, skipped, errors } = evaluate(notebook);
    expect(errors).toEqual([]);
    expect(values.get("dprobs")).toBeNull();
    expect(difference(values.get("dlogits"), small.gradients.get("dlogits")!)).toBeNull();
    expect([...values.keys()]).toEqual(["dprobs", "dlogits"]);
    expect(skipped.map(({ at, text }) => `${at.cell}.${at.line} ${text}`)).toEqual([
      "1.1 import torch",
      "1.2 import torch.nn.functional as F",
      "1.3 import matplotlib.pyplot as plt",
      "1.4 %matplotlib inline",
      "2.1 words = open('names.txt', 'r').read().splitlines()",
      "2.2 print(len(words))",
      "2.3 print(words[:8])",
      "3.1 stoi = {s:i+1 for i,s in enumerate(chars)}",
      "3.2 def build_dataset(words):",
      "3.5 Xtr, Ytr = build_dataset(words[:n1])",
      "4.1 def cmp(s, dt, t):",
      "5.1 g = torch.Generator().manual_seed(2147483647)",
      "5.2 C = torch.randn((vocab_size, n_embd), generator=g)",
      "5.3 parameters = [C, W1]",
      "5.4 for p in parameters:",
      "6.1 emb = C[Xb]",
      "6.2 hprebn = embcat @ W1 + b1",
      "6.3 n = batch_size",
      "6.4 logits.retain_grad()",
      "6.5 loss.backward()",
      "6.6 loss",
      "8.1 plt.figure(figsize=(8, 8))",
      "8.2 plt.imshow(dlogits.detach(), cmap='gray')",
    ]);
  });

  test("in a training loop that only updates the parameters", () => {
    const text = `
for step in range(100000):
  dh = dlogits @ W2.T
  db2 = dlogits.sum(0)
  for p, grad in zip([b2], [db2]):
    p.data -= 0.1 * grad
`;
    const { values, training, errors } = evaluate(text, { standIns: small.gradients });
    expect(errors).toEqual([]);
    expect(training).toMatchObject({ line: 2 });
    for (const name of ["dh", "db2"])
      expect([name, difference(values.get(name), small.gradients.get(name)!)]).toEqual([name, null]);
  });

  test("in a training loop, whose gradients are computed once", () => {
    const { values, training, errors } = evaluate(`
n = batch_size
with torch.no_grad():
  for i in range(max_steps):
    ix = torch.randint(0, Xtr.shape[0], (batch_size,), generator=g)
    Xb, Yb = Xtr[ix], Ytr[ix]
    emb = C[Xb]
    embcat = emb.view(emb.shape[0], -1)
    logits = h @ W2 + b2
    loss = F.cross_entropy(logits, Yb)
    for p in parameters:
      p.grad = None
    dlogits = F.softmax(logits, 1)
    dlogits[range(n), Yb] -= 1
    dlogits /= n
    dh = dlogits @ W2.T
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0)
    grads = [dW2, db2]
    lr = 0.1 if i < 100000 else 0.01
    for p, grad in zip(parameters, grads):
      p.data += -lr * grad
    W2 += -lr * dW2
    if i % 10000 == 0:
      print(f'{i:7d}/{max_steps:7d}: {loss.item():.4f}')
    lossi.append(loss.log10().item())
    if i >= 100:
      break
`);
    expect(errors).toEqual([]);
    expect(training).toMatchObject({ line: 4 });
    for (const name of ["dlogits", "dh", "dW2", "db2"]) {
      expect([name, difference(values.get(name), small.gradients.get(name)!)]).toEqual([name, null]);
    }
  });

  const softmax = "dlogits = F.softmax(logits, 1)\n    dlogits[range(n), Yb] -= 1\n    dlogits /= n\n";
  const right = (text: string, ...names: string[]): void => {
    const { values, training } = evaluate(text, { standIns: small.gradients });
    expect(training, text).not.toBeNull();
    for (const name of names)
      expect([name, difference(values.get(name), small.gradients.get(name)!)]).toEqual([name, null]);
  };

  test("in a loop that makes the same gradients anew each time", () => {
    right(`for i in range(200000):\n    ${softmax}    db2 = dlogits.sum(0)`, "dlogits", "db2");
    right(`for step in tqdm(range(10**9)):\n    ${softmax}    lossi.append(step)`, "dlogits");
    const each = [
      "for i in range(3):\n  dh = dlogits * i",
      "for i in range(3):\n  t = Xb[i]\n  dh = t",
      "dh = 0\nfor i in range(3):\n  dh += 1",
      "dh = 0\nfor i in range(3):\n  dh = dh + 1",
      "for i in range(3):\n  dh = 0\n  for j in range(2):\n    db2 = i",
      "for row in dlogits:\n  dh = row",
      "for i in range(3):\n  dh = 0\n  dh += i",
    ];
    for (const text of each) expect(evaluate(text, { standIns: small.gradients }).training, text).toBeNull();
  });

  test("under a condition on its counter", () => {
    right(`for i in range(9):\n  h = torch.tanh(hpreact)\n  if i > 100:\n    ${softmax}`, "dlogits");
    right(`for i in range(9):\n  h = hpreact\n  if i == 1:\n    x = 1\n  else:\n    ${softmax}`, "dlogits");
  });

  test("whose variables are 0 where they count, and else the first item", () => {
    const loop =
      "lrs = [0.5, 0.1]\nfor i, (a, b) in enumerate(zip([[3], 4], lrs)):\n  h = hpreact\n  dh = (i, a[0], b)";
    expect(repr(evaluate(loop).values.get("dh")!)).toBe("(0, 3, 0.5)");
    const { errors, values } = evaluate(
      "for epoch, batch in enumerate(loader):\n  h = hpreact\n  dh = batch[0]\n  db2 = epoch",
      { onError: "continue" },
    );
    expect(values.get("db2")).toBe(0n);
    expect(errors).toMatchObject([{ names: ["dh"], because: { message: "`loader` is not known here" } }]);
    // Nothing is made of them: then it does not matter what the data is.
    expect(evaluate("loader = Data()\nfor x, y in loader:\n  h = hpreact\n  dh = 1").values.get("dh")).toBe(
      1n,
    );
  });

  test("but not a change of a gradient through another name", () => {
    const { values } = evaluate(
      "dh = torch.zeros(2)\nt = dh.view(2, 1)\nfor row in t:\n  row += 1\nt[0] += 1\n",
    );
    expect([...(values.get("dh") as Tensor).read()]).toEqual([2, 1]);
  });
});

test("what is printed may be made of itself, but not of what is skipped", () => {
  const { prints, skipped } = evaluate(
    "a, b = 1, 2\na, b = b, a\nprint(a, b)\nx = np.foo(3)\ny = x\nprint(y)\ndh = h * 2",
  );
  expect(prints).toEqual(["2 1"]);
  expect(skipped.map(({ at }) => at.line)).toEqual([4, 5, 6]);
});

test("what is only shown spoils nothing", () => {
  const { notes, prints, errors } = evaluate("dh = h * 2\nk = 3\nprint(k, logits.nonsense)\nprint(k)");
  expect(errors).toEqual([]);
  expect(prints).toEqual(["3"]);
  expect(notes.map(({ at }) => at?.line)).toEqual([3]);
  expect(refusal("dh = h * 2\nprint(dh.foo)")).toMatch(/^2: .*foo/);
});

describe("one gradient alone", () => {
  test("takes the others from the stand-ins, whatever the text has", () => {
    const text = "dlogits = torch.zeros_like(logits)\ndh = dlogits @ W2.T\nfoo = dlogits.nonsense()";
    const { values } = evaluate(text, { only: "dh", standIns: small.gradients });
    expect([...values.keys()]).toEqual(["dh"]);
    expect(difference(values.get("dh"), small.gradients.get("dh")!)).toBeNull();
  });

  test("leaves the stand-ins as they were", () => {
    const before = [...small.gradients.get("dnorm_logits")!.read()];
    const { values } = evaluate("dlogits = dnorm_logits\ndlogits += 1", {
      only: "dlogits",
      standIns: small.gradients,
    });
    expect([...(values.get("dlogits") as Tensor).read()]).toEqual(before.map((value) => value + 1));
    expect([...small.gradients.get("dnorm_logits")!.read()]).toEqual(before);
  });

  test("what the text lacks or leaves at None is stood in for", () => {
    for (const start of ["", "dlogits = None\n"]) {
      const { values } = evaluate(`${start}dh = dlogits @ W2.T`, { standIns: small.gradients });
      expect(difference(values.get("dh"), small.gradients.get("dh")!)).toBeNull();
    }
  });
});

describe("aliases", () => {
  test("a change is told of every name of the tensor", () => {
    const { changes } = evaluate(
      "dnorm_logits = torch.zeros_like(logits)\ndlogits = dnorm_logits\n\ndlogits += 1\ndh = dlogits @ W2.T",
    );
    expect(changes.get("dnorm_logits")).toMatchObject({
      at: { line: 4 },
      through: "dlogits",
      assigned: { line: 1 },
    });
    expect(changes.get("dlogits")).toMatchObject({
      at: { line: 4 },
      through: "dlogits",
      assigned: { line: 2 },
    });
    expect(changes.get("dh")).toMatchObject({ at: { line: 5 }, through: "dh" });
  });

  test("a copy is another tensor", () => {
    const { changes } = evaluate("dlogits = torch.zeros(3)\ndh = dlogits.clone()\ndh += 1");
    expect(changes.get("dlogits")).toMatchObject({ at: { line: 1 }, through: "dlogits" });
  });

  test("names of one chained assignment are one tensor, and what a list holds is no copy", () => {
    for (const text of [
      "dh = t = torch.zeros(2)\nt += 1",
      "t = dh = torch.zeros(2)\nt += 1",
      "(dh, s) = (t, u) = torch.zeros(2, 1)\nt += 1\ndh = torch.cat([dh, s + 1])",
      "t = [0]\ndh = torch.zeros(2)\nt.append(dh)\nt[1] += 1",
      "dh = torch.zeros(2)\nt = dh.float().to(torch.float32).type_as(h)\nt += 1",
      "t = []\ndh = torch.zeros(2)\nt.extend((dh, dh))\nt[1] += 1",
    ]) {
      const { values, errors } = evaluate(text);
      expect(errors).toEqual([]);
      expect([text, ...(values.get("dh") as Tensor).read()]).toEqual([text, 1, 1]);
    }
  });

  test("methods, views and loops change too", () => {
    const { changes } = evaluate(
      "dC = torch.zeros_like(C)\ndemb = dC.view(-1)\ndC.add_(1)\nfor i in range(2):\n  demb[i] = 2\n",
    );
    expect(changes.get("dC")).toMatchObject({ at: { line: 5 }, through: "demb" });
  });
});

describe("statements", () => {
  test("are Python's", () => {
    expect(
      printed(`
a = b = 2
c, (d, *e) = a + 1, [1, 2, 3]
a += 1; b **= 3
print(a, b, c, d, e)
for i in range(10, 0, -3):
  if i == 4: continue
  if i < 2:
    break
  print(i, end=' ')
else:
  print('never')
print()
print(1 if a < b <= 8 else 2, not a and b, not (a and b), 1 < 3 > 2 < 1)
print(-2**2, 2**-1, -7 // 2, -7 % 3, 1./4, 1.e3, 7 / 2, 1_000)
dh = 0
`),
    ).toEqual(["3 8 3 1 [2, 3]", "10 7 ", "1 False False False", "-4 0.5 -4 2 0.25 1000.0 3.5 1000"]);
  });

  test("f-strings", () => {
    expect(
      printed(`
w = 8
x = 1/3
print(f"{x:.3f}|{x:{w}.2f}|{'ab':>5s}|{3:05d}|{x=:.2f}|{{}}|{True!s:6}|{1e-7:g}|{12345.678:,.1f}|{x:+.1e}|{1.*2:.1f}")
print(f'{"probs":15s} | exact: {str(True):5s}' f" {w!r}")
dh = 0
`),
    ).toEqual([
      "0.333|    0.33|   ab|00003|x=0.33|{}|True  |1e-07|12,345.7|+3.3e-01|2.0",
      "probs           | exact: True  8",
    ]);
  });

  test("tensors are printed as PyTorch prints them", () => {
    const torch = (text: string): string => printed(`${text}\ndh = 0`).join("\n");
    expect(torch("print(torch.tensor([1., 2.5, -3.]))")).toBe("tensor([ 1.0000,  2.5000, -3.0000])");
    expect(torch("print(torch.tensor([[1., 2.], [3., 4.]]))")).toBe("tensor([[1., 2.],\n        [3., 4.]])");
    expect(torch("print(torch.tensor([1e-5, 1.]))")).toBe("tensor([1.0000e-05, 1.0000e+00])");
    expect(torch("print(torch.zeros(2, 3).shape, torch.arange(3), torch.arange(3) > 1)")).toBe(
      "torch.Size([2, 3]) tensor([0, 1, 2]) tensor([False, False,  True])",
    );
    expect(torch("print(torch.tensor(0.5), torch.tensor(0.5).item())")).toBe("tensor(0.5000) 0.5");
  });

  test("cmp prints the notebook's row", () => {
    const gradients = new Map([...small.gradients].map(([name, value]) => [name.slice(1), value]));
    const text =
      "dh = None\ncmp('h', dh, h)\ndb2 = dlogits.sum(0)\ncmp('b2', db2, b2)\ncmp('b2', db2 + 1, b2)";
    const { prints } = evaluate(text, { gradients, standIns: small.gradients });
    expect(prints[0]).toBe("h               | not yet");
    expect(prints[1]).toMatch(
      /^b2 {14}\| exact: (True |False) \| approximate: True {2}\| maxdiff: (0\.0|\d\.?\d*e-1\d)$/,
    );
    expect(prints[2]).toMatch(
      /^b2 {14}\| exact: False \| approximate: False \| maxdiff: (1\.0|0\.99999\d*|1\.00000\d*)$/,
    );
    expect(evaluate("dh = None\ncmp('h', dh, h)", { gradients }).prints).toEqual([
      "h               | not yet",
    ]);
  });

  test("float32 rounds every operation, float64 none", () => {
    const text = "dh = torch.tensor(1.) / 3\nprint(dh.item())";
    expect(evaluate(text, { precision: "float32" }).prints).toEqual(["0.3333333432674408"]);
    expect(evaluate(text).prints).toEqual(["0.3333333333333333"]);
  });

  test("a loop variable with the name of a size ends with its loop", () => {
    expect(printed("dh = 0\nfor n in range(2):\n  dh += n\nprint(dh, n)")).toEqual(["1 5"]);
  });
});

describe("refusals", () => {
  const cases: [string, string | RegExp][] = [
    ["dprobs = probs.grad", /^1: `\.grad` is the answer/],
    ["g = probs.grad\ndprobs = g", /^1: `\.grad` is the answer/],
    ["bndiff2 = dbnvar * 2", /^1: `bndiff2` is from the forward pass.*Did you mean `dbndiff2`\?$/],
    ["logprobs[range(n), Yb] = -1/n", /^1: `logprobs` is from the forward pass.*Did you mean `dlogprobs`\?$/],
    ["bndiff += 2 * bndiff", /^1: `bndiff` is from the forward pass/],
    ["dlogits = probs\ndlogits -= 1", /^2: `probs` is from the forward pass.*clone/],
    ["dlogits = probs\ndlogits[0] = 1", /^2: `probs` is from the forward pass/],
    ["dlogits = probs.view(-1)\ndlogits.add_(1)", /^2: `probs` is from the forward pass/],
    ["n = dlogits.shape[0]", /^1: `n` is given/],
    ["dh = dlogit @ W2.T", /^1: `dlogit` is not known; did you mean `dlogits`\?$/],
    ["dh = dlogits @ W2.T", /^1: `dlogits` has no value here/],
    ["dlogits = None\ndh = dlogits @ W2.T", /^2: `dlogits` is still None, from line 1$/],
    ["dcounts += 1", /^1: `dcounts` has no value yet/],
    ["dC[0] += 1", /^1: `dC` has no value yet/],
    ["dh = 1\nwhile True:\n  dh += 1", /^2: `while` is not understood/],
    ["def f(x):\n  return x\ndh = f(h)", /^1: `def` is not understood/],
    ["dh = [row for row in h]", /^1: a comprehension is not understood/],
    ["dh = (lambda x: x)(h)", /^1: `lambda` is not understood/],
    ["import numpy as np\ndh = np.zeros(3)", /^1: `import numpy` is not understood/],
    ["dh = h\ndh.data += 1", /^2: `\.data =` is not understood/],
    ["dh = 1 +", /^1: something is missing after `\+`$/],
    ["dh = (1 + 2\ndb2 = 3", /^1: `\(` is not closed$/],
    ["for k in range(3):\ndh = 1", /^1: lines that are indented further are missing after `:`$/],
    ["dh = x−1", /^1: `−` \(U\+2212\) is no character of Python; write `-`$/],
    ["dh = h.foo()", /^1: .*foo/],
    ["dh = h.unsqeeze(0)", /^1: \.unsqeeze is not understood.*did you mean \.unsqueeze/],
    ["dh = dh = h @ W2 @ W2", /^1: /],
    ["dh = 1\nfor i in range(10**9):\n  dh += 1", /^2: this loop takes more than its share of \d+ steps/],
    ["dh = torch.zeros(10**6, 10**6)", /^1: .*(limit|large)/],
    ["dh = h\nfor i in range(100):\n  dh = torch.cat([dh, dh])", /^3: .*(limit|large)/],
    ["t = (1,)\nfor i in range(60):\n  t = (t, t)\nprint(t)\ndh = t", /^3: this has more than 100000 items/],
    ["t = [1]\nt.append(t)\ndh = len(t)", /^2: this has more than 100000 items/],
    ["t = [1]\nt[0] = t\ndh = len(t)", /^2: a list cannot be put into a list/],
    ["dh = list(range(10**9))", /^1: .*limit/],
    ["dh = tuple(zip(range(10**9), range(10**9)))", /^1: .*limit/],
    ["for i in range(10**9):\n  dh = f'{h}{i}'", /^1: .*limit/],
    ["for i in range(10**9):\n  print(h)\n  dh = i", /^[123]: .*limit/],
    ["dh = \x01", /^1: `\\x01` cannot stand here$/],
    ["dh = [h] * 90000\ndb2 = f'{dh}'", /^2: this text has more than 200000 characters/],
    ["dh = str([h] * 90000)", /^1: this text has more than 200000 characters/],
    ["dh = []\ndh.extend(range(10**9))", /^2: .*limit/],
    ["dh = torch.zeros([1] * 99999).sum()", /^1: a tensor has at most 64 dimensions, not 99999$/],
    ["dh = h\nfor i in range(10**6):\n  dh = dh[None]", /^3: a tensor has at most 64 dimensions, not 65$/],
    ["dh = h.T()", /^1: `\.T` is not called: write it without `\( \)`$/],
    ["dh = h.t @ W2", /^1: @ has no meaning between the function \.t, which needs `\( \)` and `W2`/],
    ["dh = '%d' % n", /^1: % has no meaning .*; write an f-string/],
    ["dh = [1].sort()", /^1: a value of type list has no \.sort; it has \.append and \.extend$/],
    ["dh = h.max(1).value", /^1: .* has no \.value; it has \.values and \.indices$/],
    [
      "dh = h[0, 99]",
      /^1: index 99 is out of bounds for dimension 1 with size 11 of `h` of shape \(5, 11\)$/,
    ],
    ["dh = h[None, 99]", /^1: index 99 is out of bounds for dimension 0 with size 5 of `h`/],
    ["dh = h[None, :, Yb + 99]", /^1: index \d+ is out of bounds for dimension 1 with size 11 of `h`/],
    [
      "dh = torch.einsum('ij,jk', h, logits)",
      /^1: einsum: j is 11 in `h` of shape \(5, 11\), and 5 in `logits` of shape \(5, 7\)$/,
    ],
    [
      "dh = h.gather(1, Yb)",
      /^1: .gather: the index of shape \(5,\) does not fit `h`.*: it has 1 and not 2 dim/,
    ],
    [
      "dh = h * logits.sum(1)",
      /^1: \*: the size of the tensor `h` \(11\) must match the size of the tensor `logits\.sum\(1\)` \(5\) at dimension 1/,
    ],
    ["dh = (h @ W2) @ W2", /`h @ W2` has 7 columns and `W2` has 11 rows$/],
    [
      "for row in h:\n  dh = row + logits",
      /the tensor `row` \(11\) must match the size of the tensor `logits` \(7\)/,
    ],
    [
      "dh = torch.where(h > 0, h, logits)",
      /the tensor `h > 0` \(11\) must match the size of the tensor `logits` \(7\)/,
    ],
    ["dh = torch.zeros(3)\ndh[range(2), Yb] = 1", /^2: too many indices: 2 for `dh` of shape \(3,\)/],
    [
      "dh = logits[range(2), Yb]",
      /the tensor `range\(0, 2\)` \(2\) must match the size of the tensor `Yb` \(5\)/,
    ],
    [
      "dh = h.clone()\ndh[0] = logits",
      /^2: \[ \] =: `logits` of shape \(5, 7\) does not fit `dh\[…\]` of shape \(11,\)$/,
    ],
    [
      "dh = h.clone()\ndh[0] += logits",
      /the tensor `dh\[0\]` \(11\) must match the size of the tensor `logits` \(7\)/,
    ],
    [
      "dh = h.clone()\ndh[Yb - Yb] = logits[:1]",
      /^2: \[ \] =: `logits\[:1\]` of shape \(1, 7\) does not fit the shape \(5, 11\) that the index picks of `dh`/,
    ],
    ["a, b = 1\ndh = a", /^1: a value of type int has no items to go through; a range, /],
    ["dh = h << 1", /^1: `<<` is not understood: the operators are \+ - \* /],
    ["dh = 1\ndh >>= 1", /^2: `>>=` is not understood: the operators are \+ - \* /],
    ["dh = *h", /^1: `\*` needs a comma: `\*x,`$/],
    ["*dh, *b = h", /^1: only one name before `=` can have a `\*`$/],
    ["dh = np.zeros(3)", /^1: `np` is not known here; torch has the same operations$/],
    ["dh = 10 ** 10 ** 10", /^1: /],
    ["dh = 'a' * 10 ** 10", /^1: /],
    ["dh = 0\nbreak", /^2: `break` stands outside of a loop$/],
    ["a, b = 1, 2, 3\ndh = a", /^1: 3 values do not go into 2 names$/],
    ["dh = h.__class__", /^1: /],
    ["dh = h.constructor", /^1: /],
    ["dh = __proto__", /^1: `__proto__` is no name of Python's or torch's$/],
    ["__proto__ = 3", /^1: `__proto__` is no name/],
    ["for constructor in h:\n  dh = 1", /^1: `constructor` is no name/],
    ["print(globalThis)", /^1: `globalThis` is no name/],
    [
      "dh = h\ncmp('h', dh, None)",
      /^2: `cmp` takes a title, your gradient and the forward tensor: `cmp\('probs', dprobs, probs\)`$/,
    ],
    ["dh = h @ W", /^1: `W` is not known; did you mean `W[12]`\?$/],
    ["dh = k * h", /^1: `k` is not known here$/],
    ["dh = torch.constructor", /^1: /],
    ["dh = torch.__proto__", /^1: /],
    ["dh = h.sum(__proto__=1)", /^1: /],
    ["dh = process.exit(1)", /^1: `process` is not known/],
    ["dh = eval('1')", /^1: `eval` is not known/],
    ["dh = (1).constructor", /^1: /],
    ["dh = '{}'.constructor", /^1: /],
  ];
  for (const [text, message] of cases) {
    test(JSON.stringify(text), () => {
      expect(refusal(text)).toMatch(message);
    });
  }

  test("come with the notebook's cell", () => {
    expect(refusal(["dh = 1", "\ndb2 = dh.foo"])).toMatch(/^2\.2: /);
  });

  test("may be collected, and the rest is evaluated", () => {
    const { errors, values } = evaluate(
      "dh = dlogits @ W2\ndlogits = = 2\ndb2 = dlogits.sum(0)\ndhpreact = (1 - h**2) * dh",
      { standIns: small.gradients, onError: "continue" },
    );
    expect(errors.map(({ at, names }) => [at.line, ...names])).toEqual([
      [2, "dlogits"],
      [1, "dh"],
    ]);
    expect([...values.keys()]).toEqual(["db2", "dhpreact"]);
  });

  test("what follows a loop that goes on for too long is evaluated, and no later run tries the loop again", () => {
    const text =
      "for i in range(10**9):\n  x = i\nfor i in range(10**9):\n  y = h @ W2\ndh = x\ndcounts = y\ndb2 = h.sum(0)";
    const options = { onError: "continue", budget: { computed: 4_000_000, alive: 1_000_000 } } as const;
    const { values, errors, tooLong, cost } = evaluate(text, options);
    expect(values.has("db2")).toBe(true);
    expect(errors.map(({ at, because }) => [at.line, because?.at.line])).toEqual([
      [1, undefined],
      [3, undefined],
      [5, 1],
      [6, 3],
    ]);
    expect(cost.computed).toBeGreaterThan(2_000_000);
    const again = evaluate(text, { ...options, tooLong });
    expect(again.errors).toEqual(errors);
    expect(again.cost.computed).toBeLessThan(10_000);
  });

  test("one name of an import may be refused, and the others are there", () => {
    const text = "import torch as t, numpy as np\ndh = t.tanh(hpreact)\ndb2 = np.ones(3)";
    const { errors, values } = evaluate(text, { onError: "continue" });
    expect([...values.keys()]).toEqual(["t", "dh"]);
    expect(errors.map(({ names, because }) => [...names, because?.at.line])).toEqual([
      ["np", undefined],
      ["db2", 1],
    ]);
  });

  test("the first of several lines that went wrong is the reason of the last", () => {
    const { errors } = evaluate("a = {}\nb = a[0]\ndh = b * 2", { onError: "continue" });
    expect(errors.at(-1)).toMatchObject({
      message: "`b` has no value, because line 1 went wrong",
      because: { at: { line: 1 }, message: expect.stringMatching(/^a dictionary is not understood/) },
    });
  });

  test("a failed name is not blamed on the line that uses it", () => {
    const { errors } = evaluate("dh = h @ h\ndhpreact = (1 - h**2) * dh", { onError: "continue" });
    expect(errors.map(({ message }) => message)[1]).toBe("`dh` has no value, because line 1 went wrong");
  });
});

describe("notes", () => {
  test("a misspelt gradient", () => {
    const { notes } = evaluate("dprob = 1 / probs");
    expect(notes.map((note) => note.message)).toEqual(["`dprob` is not asked for; did you mean `dprobs`?"]);
  });

  test("a repeated index", () => {
    const { notes } = evaluate("dC = torch.zeros_like(C)\ndC[[1, 1, 2]] += torch.arange(9.).view(3, 3)");
    expect(notes).toHaveLength(1);
    expect(notes[0].at).toMatchObject({ line: 2 });
  });
});

test("printing stops at its limit, however much is in one call", () => {
  const started = process.cpuUsage().user;
  const { prints, notes } = evaluate(`print(${"h,".repeat(60_000)})\ndh = h[0, 0]`);
  expect(prints.join("").length).toBeLessThan(200_000);
  expect(notes[0].message).toMatch(/^only the first 200000 characters/);
  // Without the limit it takes some 20 seconds; with it, 0.7.
  expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(5);
});

test("a program is read once and evaluated often", () => {
  const program = read(solutions["the lecture's"]);
  for (const other of [small, network({ N: 3, V: 4, T: 2, E: 2, H: 5 }, 9)]) {
    const { values } = run(program, { given: other.given });
    expect(difference(values.get("dC"), other.gradients.get("dC")!)).toBeNull();
  }
});
