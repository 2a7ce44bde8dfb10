/** Files that come out: what the notebook would lack is in front, and Python runs them. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { gradeLines } from "../../../src/exercises/judge.ts";
import { exported } from "../../../src/lab/exercises/export.ts";
import { type LinesSheet, sheetOf } from "../../../src/lab/exercises/sheets.ts";
import { forward } from "../../../src/model/forward.ts";
import { findPython } from "../../support/python.ts";

const file = (key: string, text = sheetOf(key)!.stub) => exported(sheetOf(key)!, text);
/** The exercise's first text with the answers in the gaps. */
function solved(key: string): string {
  const { stub, items } = sheetOf(key) as LinesSheet;
  return stub.replace(/^( *)(d\w+) = None$/gm, (_, indent: string, name: string) =>
    items.find((item) => item.name === name)!.task.spellings[0].replace(/^/gm, indent),
  );
}

describe("an exercise as a file", () => {
  it("is named after it, and says what it is", () => {
    expect(file("exercise-1")).toMatchObject({ name: "exercise-1.py", type: "text/x-python" });
    expect(file("exercise-2").text).toMatch(
      /^# Exercise 2: the loss at once\. Runs in the notebook, after loss\.backward\(\)\.\nimport torch\n/,
    );
    expect(file("kernel:tanh.backward", "fn main() {}")).toEqual({
      name: "tanh.backward.wgsl",
      type: "text/wgsl",
      text: "// tanh.backward, to be graded by: npm run grade -- tanh.backward.wgsl --op tanh.backward\nfn main() {}\n",
    });
  });

  it("takes PyTorch's gradients where there are none yet", () => {
    const { text } = file(
      "exercise-1",
      "dprobs = None # later\ndcounts_sum_inv = (counts * dprobs).sum(1)\ndh = dlogits @ W2.T\n",
    );
    expect(text).toContain("dlogits = logits.grad #");
    expect(text).toContain("\ndprobs = probs.grad # not derived yet: PyTorch's own\ndcounts_sum_inv");
    expect(text).not.toContain("None");
  });

  it("has the short names of sizes that it uses, and no other", () => {
    const { text } = file("exercise-1", "E = 3\ndlogprobs = torch.zeros((N, V)) * E");
    expect(text).toContain("\nN = n\nV = vocab_size\n");
    expect(text).not.toMatch(/^[BTH] = |^E = n_embd/m);
  });

  it("gets the same verdict as the text in the page", () => {
    for (const key of ["warm-up", "exercise-1", "exercise-2", "exercise-3", "exercise-4"]) {
      const { exercise } = sheetOf(key) as LinesSheet;
      const verdicts = (text: string) =>
        gradeLines(text, { exercise }).rows.map(({ name, verdict }) => [name, verdict]);
      expect(verdicts(file(key, solved(key)).text)).toEqual(verdicts(solved(key)));
    }
  });
});

const python = findPython();
const { Xb, Yb, ...network } = forward;

/** What the notebook has by the time of its exercises. */
const NOTEBOOK = `
import torch
import torch.nn.functional as F
vocab_size, n_embd, block_size, n_hidden, batch_size = 27, 10, 3, 64, 32
n = batch_size
V, E, T, H = vocab_size, n_embd, block_size, n_hidden
g = torch.Generator().manual_seed(1)
Xtr, Ytr = torch.randint(0, 27, (100, 3), generator=g), torch.randint(0, 27, (100,), generator=g)
C = torch.randn((V, E)); W1 = torch.randn((T*E, H)) * 0.3; b1 = torch.randn(H) * 0.1
W2 = torch.randn((H, V)) * 0.1; b2 = torch.randn(V) * 0.1
bngain = torch.randn((1, H)) * 0.1 + 1; bnbias = torch.randn((1, H)) * 0.1
for p in [C, W1, b1, W2, b2, bngain, bnbias]: p.requires_grad = True
${[Xb, Yb, ...Object.values(network)].map((line) => line.torch).join("\n")}
tensors = dict(logprobs=logprobs, probs=probs, counts_sum_inv=counts_sum_inv, counts_sum=counts_sum, counts=counts, norm_logits=norm_logits,
  logit_maxes=logit_maxes, logits=logits, h=h, hpreact=hpreact, bnraw=bnraw, bnvar_inv=bnvar_inv, bnvar=bnvar, bndiff2=bndiff2,
  bndiff=bndiff, bnmeani=bnmeani, hprebn=hprebn, embcat=embcat, emb=emb)
for t in tensors.values(): t.retain_grad()
loss.backward()
del V, E, T, H, logit_argmax
`;

/** What is to hold after a file has run: its gradients are PyTorch's. */
const compared = (names: readonly string[]) =>
  names.map((name) => `assert torch.allclose(d${name}, ${name}.grad, atol=1e-6), "${name}"`).join("\n");

/** Exercise 4 with lines for what its gaps need. */
const trainable = solved("exercise-4").replace(/^( *)dW2 = /m, (line, indent: string) =>
  [
    "dlogits = F.softmax(logits, 1)",
    "dlogits[range(n), Yb] -= 1",
    "dlogits /= n",
    "dhpreact = (1 - h**2) * (dlogits @ W2.T)",
    "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))",
    "demb = (dhprebn @ W1.T).view(n, T, E)",
    line.trimStart(),
  ]
    .map((each) => indent + each)
    .join("\n"),
);

it.skipIf(!python)("each exercise runs in the notebook, solved and as it is at first", () => {
  const asked = (key: string) =>
    (sheetOf(key) as LinesSheet).items.filter(({ optional }) => !optional).map(({ name }) => name.slice(1));
  const files = [
    ...["exercise-1", "exercise-2", "exercise-3"].flatMap((key) =>
      [solved(key), sheetOf(key)!.stub].map((text) => `${file(key, text).text}\n${compared(asked(key))}`),
    ),
    `${file("warm-up", solved("warm-up")).text}\nassert dshared.shape == shared.shape`,
    `${file("exercise-4", trainable).text.replace("max_steps = 200000", "max_steps = 200")}\nassert loss.item() < 2.9`,
  ];
  // One process for all: loading PyTorch takes seconds.
  const program = `${NOTEBOOK}\nfor text in ${JSON.stringify(files)}: exec(text, dict(globals()))\nprint("done")`;
  const { stderr, stdout } = spawnSync(python!, ["-c", program], { encoding: "utf8" });
  expect({ stderr, stdout }).toEqual({ stderr: "", stdout: "done\n" });
});
