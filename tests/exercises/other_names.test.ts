/** Learners have names of their own, functions and training loops: what is taken for the notebook's, and what is not. */
import { describe, expect, test } from "vitest";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { buildDataset } from "../../src/data/examples.ts";
import type { Statement } from "../../src/exercises/dialect/ast.ts";
import { read } from "../../src/exercises/dialect/index.ts";
import { gradeLines, Judgement } from "../../src/exercises/judge.ts";
import { GRADIENTS } from "../../src/exercises/names.ts";
import { otherNames } from "../../src/exercises/other_names.ts";
import { trainBeside } from "../../src/exercises/train.ts";

const verdicts = (text: string) =>
  gradeLines(text).rows.map(({ name, verdict, exercise }) => `${exercise} ${name}: ${verdict}`);

const forward = new Set(GRADIENTS.map((name) => name.slice(1)));
const names = (text: string): Record<string, string> => {
  const statements: readonly Statement[] = read(text).statements;
  const given = new Set([...forward, "Xb", "Yb", "n"]);
  return Object.fromEntries(otherNames(statements, { given, forward, asked: new Set(GRADIENTS) }));
};

describe("a tensor under another name", () => {
  test("a gradient is judged as what it is, and so is what is made of it", () => {
    const text = [
      "dlogitsMaxes = -dnorm_logits.sum(1, keepdim=True)",
      "dlogits = dnorm_logits + F.one_hot(logits.argmax(1), vocab_size) * dlogitsMaxes",
    ].join("\n");
    expect(verdicts(text)).toEqual(["1 dlogit_maxes: right", "1 dlogits: right"]);
    expect(verdicts(text.replace("-dnorm", "1 - dnorm"))).toEqual([
      "1 dlogit_maxes: wrong",
      "1 dlogits: right-in-itself",
    ]);
  });

  test("case, underscores, one letter, and dL_ in front make no other tensor", () => {
    expect(names("dB2 = 1\nprint(dB2)")).toEqual({ dB2: "db2" });
    expect(names("d_bn_gain = 1\nprint(d_bn_gain)")).toEqual({ d_bn_gain: "dbngain" });
    expect(names("dbnmean = 1\nprint(dbnmean)")).toEqual({ dbnmean: "dbnmeani" });
    expect(names("dL_dprobs = 1\nprint(dL_dprobs)")).toEqual({ dL_dprobs: "dprobs" });
    expect(names("dloss_dh = 1\nprint(dloss_dh)")).toEqual({ dloss_dh: "dh" });
  });

  test("cmp says which gradient a name is", () => {
    const text = "delta = dhpreact.sum(0, keepdim=True)\ncmp('beta', delta, bnbias)";
    expect(names(text)).toEqual({ delta: "dbnbias" });
    expect(verdicts(text)).toEqual(["1 dbnbias: right"]);
    expect(names("delta = 1\ncompare('bias', delta, bnbias.grad)")).toEqual({ delta: "dbnbias" });
    expect(names("delta = 1\ncmp('', delta, bnbias)\ncmp('', delta, bngain)")).toEqual({});
  });

  test("a forward tensor and the minibatch are the network's, whatever the text makes of them", () => {
    const text = [
      "BN_gain, w1 = torch.ones(1, n_hidden), torch.randn(30, 64)",
      "tokens, wanted = data[0][ix], data[1][ix]",
      "hidden = C[tokens].view(n, -1) @ w1",
      "loss = -logprobs[range(n), wanted].mean()",
      "dlogprobs = torch.zeros_like(logprobs)",
      "dlogprobs[range(n), wanted] = -1/n",
      "dbnraw = dhpreact * BN_gain",
      "dembcat = dhprebn @ w1.T",
      "dC = torch.zeros_like(C)",
      "for example, d in zip(tokens, demb):",
      "    for token, each in zip(example, d): dC[token] += each",
    ].join("\n");
    expect(names(text)).toEqual({ BN_gain: "bngain", w1: "W1", tokens: "Xb", wanted: "Yb" });
    expect(verdicts(text)).toEqual(
      ["dlogprobs", "dbnraw", "dembcat", "dC"].map((name) => `1 ${name}: right`),
    );
    expect(new Judgement(text).shown().errors).toEqual([]);
  });

  test.each([
    ["a part of a gradient that the text has too", "dcounts_2 = 1\ndcounts = dcounts_2"],
    ["one that is near to two", "dbndiff1 = 1\nprint(dbndiff1)"],
    ["one beside that it may mean", "dnormlogits = 1\ndlogits = dnormlogits + dnorm_logits"],
    ["two for the same", "d_probs = 1\ndProbs = 2\nprint(d_probs, dProbs)"],
    ["short ones with another letter", "dx = 1\ndW = 2\ndb = 3\nprint(dx, dW, db)"],
    ["one that goes nowhere", "dprob = 1 / probs"],
    ["the notebook's own", "dh = 1\nh = 2\nXb = 3\nprint(dh, h, Xb)"],
    ["data beside the minibatch", "Xtr = 1\nemb = C[Xb]\nall = C[Xtr]"],
  ])("is not taken for it: %s", (_, text) => {
    expect(names(text)).toEqual({});
  });

  test("a training loop trains with it", async () => {
    const { train, vocabulary } = buildDataset(await loadBundledWords(), { context: 3 });
    const sizes = { steps: 1, train, vocabulary: vocabulary.size };
    const text = "d_W2 = h.T @ dlogits\ngrads = [d_W2]";
    const trained = await trainBeside(text, sizes);
    expect(trained?.firstDifference).toBeNull();
    expect(trained?.lent).not.toContain("W2");
    expect((await trainBeside(text.replace("dlogits", "dlogits*2"), sizes))?.firstDifference).toEqual({
      step: 0,
      tensor: "dW2",
    });
  });
});

describe("lines in a function", () => {
  const inside = "def backward(probs, dlogprobs):\n    dprobs = dlogprobs / probs\n    return dprobs";

  test("have a row that says to take them out", () => {
    const { rows } = gradeLines(inside);
    expect(rows).toMatchObject([
      { name: "dprobs", line: 1, verdict: "error", message: expect.stringContaining("without it") },
    ]);
    expect(new Judgement(inside).shown().skipped).toEqual([]);
  });

  test.each([
    ["a class", `class Net:\n  ${inside.replaceAll("\n", "\n  ")}`],
    ["a decorated function", `@timed\n${inside}`],
    ["a function under a condition", `if True:\n  ${inside.replaceAll("\n", "\n  ")}`],
    ["a function in a function", `def step():\n  ${inside.replaceAll("\n", "\n  ")}`],
    ["a loop in a function", "def f():\n  for i in range(3):\n    dprobs[i] = 1\n    dprobs = 2"],
  ])("also in %s", (_, text) => {
    expect(verdicts(text)).toEqual(["1 dprobs: error"]);
  });

  test("do not count beside lines of the text itself, before or after", () => {
    const line = "dprobs = dlogprobs / probs";
    expect(verdicts(`${inside}\n${line}`)).toEqual(["1 dprobs: right"]);
    expect(verdicts(`${line}\n${inside}`)).toEqual(["1 dprobs: right"]);
  });
});

describe("a loop trains where it takes a step", () => {
  const loop = (step: string): string => `for i in range(10):\n  dW2 = h.T @ dlogits\n  ${step}`;

  test.each(["W2 -= 0.1 * dW2", "W2 += -lr * dW2", "W2 = W2 - lr * dW2", "W2.data -= lr * dW2"])(
    "%s",
    (step) => {
      expect(verdicts(loop(step))).toEqual(["4 dW2: right"]);
    },
  );

  test.each(["W2 -= 2*h * dW2", "W2 = 2 * dW2", "W2 -= dW2", "bnmeani -= dbndiff[i]"])(
    "a forgotten d is none: %s",
    (step) => {
      const name = step.startsWith("W2") ? "dW2" : "dbnmeani";
      expect(gradeLines(loop(step)).rows.find((row) => row.name === name)).toMatchObject({
        verdict: "error",
        message: expect.stringContaining(`Did you mean \`${name}\`?`),
      });
    },
  );
});

test("what scripts and notebooks have around their lines", () => {
  expect(verdicts('if __name__ == "__main__":\n  dprobs = dlogprobs / probs')).toEqual(["1 dprobs: right"]);
  expect(verdicts("dlogprobs = torch.zeros(logprobs.grad.shape)\ndlogprobs[range(n), Yb] = -1/n")).toEqual([
    "1 dlogprobs: right",
  ]);
  expect(gradeLines("dlogprobs = logprobs.grad").rows[0].message).toContain("`.grad` is the answer");
  expect(gradeLines("dlogprobs = -F.one_hot(Ytrain[i], 27) / n").rows[0].message).toBe(
    "`Ytrain` is not known here; the minibatch is `Xb` and `Yb`",
  );
  expect(gradeLines("weight = torch.randn(64, 27)\ndh = dlogits @ weight.T").rows[0].message).toContain(
    "the parameters are there under the notebook's names, `C`, `W1`",
  );
  expect(
    gradeLines("dB2 = dlogits.sum(0)", { exercise: 1 }).rows.find(({ name }) => name === "db2")?.message,
  ).toContain("`dB2` is not asked for; did you mean `db2`?");
});

test.each([
  ["np.add.at(dC, Xb, demb)", "`np` is not known"],
  ["torch.Tensor.index_add_(dC, 0, Xb.view(-1), demb.view(-1, n_embd))", "torch.Tensor is not understood"],
  ["torch.index_add(dC, 0, Xb.view(-1), demb.view(-1, n_embd), out=dC)", "out"],
])("a change that is not understood is not skipped: %s", (line, message) => {
  expect(gradeLines(`dC = torch.zeros_like(C)\n${line}`).rows).toMatchObject([
    { name: "dC", line: 2, verdict: "error", message: expect.stringContaining(message) },
  ]);
});

test("a call that only shows a gradient is skipped", () => {
  const text = "db2 = dlogits.sum(0)\nplt.plot(db2)\nlog.at(db2)";
  expect(gradeLines(text)).toMatchObject({ ok: true, skipped: 2 });
});

test("functions of PyTorch that are missing name what is there instead", () => {
  expect(gradeLines("dW2 = torch.tensordot(h, dlogits, ([0], [0]))").rows[0].message).toContain(
    "torch.einsum",
  );
});
