import { describe, expect, test } from "vitest";
import { TASKS } from "../../src/exercises/catalogue.ts";
import { gradeLines, Judgement } from "../../src/exercises/judge.ts";
import { worthALook } from "../../src/exercises/looks.ts";
import type { LinesReport, LinesRow } from "../../src/exercises/report.ts";
import { solutions } from "./dialect/solutions.ts";
import { mistakesAreNamed } from "./mistakes.ts";

const lecture = solutions["the lecture's"];

function row(report: LinesReport, name: string, exercise?: number): LinesRow {
  const found = report.rows.filter(
    (each) => each.name === name && (exercise ?? each.exercise) === each.exercise,
  );
  expect(found, name).toHaveLength(1);
  return found[0];
}

const judge = (line: string, name = /^d\w+/m.exec(line)![0]): LinesRow => row(gradeLines(line), name);
const changed = (from: string, to: string): LinesReport => {
  expect(lecture).toContain(from);
  return gradeLines(lecture.replace(from, to));
};

test("the rows are in the notebook's order, whatever the text's", () => {
  const lines = "dh = dlogits @ W2.T\ndprobs = dlogprobs / probs\ndb2 = dlogits.sum(0)";
  expect(gradeLines(lines).rows.map(({ name }) => name)).toEqual(["dprobs", "dh", "db2"]);
  expect(Object.keys(gradeLines(lines).rows[0])).toEqual(
    "name exercise cell line verdict exact approximate maxdiff shape mistake note message".split(" "),
  );
});

test.each(TASKS.map((task) => [`${task.exercise} ${task.name}`, task] as const))(
  "every spelling of %s is right, and taken for this task",
  (_, task) => {
    for (const line of task.spellings) {
      const { rows } = gradeLines(line);
      const found = rows.filter(({ name }) => name === task.name);
      expect(found, line).toMatchObject([{ exercise: task.exercise, verdict: "right" }]);
    }
  },
);

mistakesAreNamed(4);

describe("each line is judged twice", () => {
  test("what is right in itself is told apart from what is wrong before it", () => {
    const report = changed("dprobs = (1.0 / probs) * dlogprobs", "dprobs = 1.0 / probs");
    expect(row(report, "dprobs")).toMatchObject({ verdict: "wrong", mistake: { id: "dprobs.no-upstream" } });
    const after = ["dcounts_sum_inv", "dcounts", "dlogits", "dW2", "dhprebn", "dC"];
    for (const name of after) {
      expect(row(report, name)).toMatchObject({
        verdict: "right-in-itself",
        mistake: null,
        message: "right in itself, but `dprobs` before it is wrong",
      });
    }
    expect(row(report, "dlogprobs").verdict).toBe("right");
    expect(report.ok).toBe(false);
  });

  test("right values stand in where the text has none", () => {
    expect(judge("dh = dlogits @ W2.T")).toMatchObject({
      verdict: "right",
      shape: [32, 64],
      approximate: true,
    });
    expect(gradeLines("dh = dlogits @ W2.T").ok).toBe(true);
  });

  test("a value that was used before its second path was added", () => {
    const report = gradeLines(
      "dcounts = counts_sum_inv * dprobs\ndnorm_logits = counts * dcounts\ndcounts += dcounts_sum",
    );
    expect(row(report, "dcounts").verdict).toBe("right");
    expect(row(report, "dnorm_logits")).toMatchObject({ verdict: "right-in-itself" });
    expect(row(report, "dnorm_logits").message).toContain("`dcounts`");
  });

  test("half an answer is called half", () => {
    const { verdict, mistake } = judge("dcounts = counts_sum_inv * dprobs");
    expect(verdict).toBe("wrong");
    expect(mistake?.says).toMatch(/one of two paths/i);
  });
});

test("a text that is broken in ten thousand lines is judged soon", () => {
  const started = process.cpuUsage().user;
  const report = gradeLines(`dh = dlogits @ W2.T\n${"a b\n".repeat(10_000)}dh 3\n`);
  expect(row(report, "dh").message).toMatch(/^`3` cannot stand here/);
  // 0.6 s; 4.4 s where each broken line looked through the whole text.
  expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(4);
});

describe("an alias that bites", () => {
  test("is named on the row whose tensor it changed", () => {
    const report = changed("dlogits = dnorm_logits.clone()", "dlogits = dnorm_logits");
    expect(row(report, "dlogits").verdict).toBe("right");
    expect(row(report, "dnorm_logits")).toMatchObject({ verdict: "wrong", line: 12 });
    expect(row(report, "dnorm_logits").mistake?.says).toContain(
      "line 12 changed it: `dlogits` is the same tensor; `.clone()`",
    );
  });

  test("makes what uses the changed tensor right in itself", () => {
    const report = changed("dhprebn = dbndiff.clone()", "dhprebn = dbndiff");
    expect(row(report, "dbndiff").verdict).toBe("wrong");
    expect(row(report, "dbnmeani").verdict).toBe("right");
    const after = gradeLines(
      "dnorm_logits = counts * dcounts\ndlogits = dnorm_logits\ndlogits += F.one_hot(logit_argmax, V) * dlogit_maxes + 1\ndlogit_maxes = -dnorm_logits.sum(1, keepdim=True)",
    );
    expect(row(after, "dlogit_maxes").message).toBe("right in itself, but `dnorm_logits` before it is wrong");
  });

  test("is named too where the name that changes it is no gradient's", () => {
    const text = [
      "dnorm_logits = counts * dcounts",
      "t = dnorm_logits",
      "t += F.one_hot(logit_argmax, V) * dlogit_maxes",
      "dlogits = t",
    ];
    for (const [line, change] of [
      [2, text[2]],
      [2, "t.add_(F.one_hot(logit_argmax, V) * dlogit_maxes)"],
      [2, "t[range(n), logit_argmax] += dlogit_maxes.view(-1)"],
    ] as const) {
      const report = gradeLines(text.with(line, change).join("\n"));
      expect(row(report, "dlogits").verdict).toBe("right");
      expect(row(report, "dnorm_logits")).toMatchObject({
        verdict: "wrong",
        mistake: { id: "alias", says: "line 3 changed it: `t` is the same tensor; `.clone()`." },
      });
    }
    // What is wrong without the change as well has a mistake of its own.
    const wrong = gradeLines(text.with(0, "dnorm_logits = dcounts").join("\n"));
    expect(row(wrong, "dnorm_logits").mistake?.id).not.toBe("alias");
  });

  test("a function that is not called is no gradient", () => {
    expect(row(gradeLines("dh = dlogits.t"), "dh").message).toBe(
      "`dh` is no tensor but the function .t, which needs `( )`",
    );
  });

  test("a view that nothing changes is none", () => {
    expect(gradeLines("demb = dembcat.view(emb.shape)\ndembcat = dhprebn @ W1.T").ok).toBe(true);
  });
});

describe("true in this network, and not the step that is asked for", () => {
  test("is right here, and not right", () => {
    const line = "dprobs = -F.one_hot(Yb, V) / (n * probs)";
    expect(judge(line).verdict).toBe("right-here");
    expect(gradeLines(line).ok).toBe(false);
  });

  test("several steps at once are right for any of the gradients that they start from", () => {
    for (const [line, message] of [
      [
        "dcounts_sum = -counts_sum**-2 * (counts * dprobs).sum(1, keepdim=True)",
        "right for any `dprobs`, but several steps at once: it does not use `dcounts_sum_inv`. The step asked for is `dcounts_sum` from any `dcounts_sum_inv`",
      ],
      // Its values are 0 on every real chain, and are told from others all the same.
      [
        "dlogit_maxes = -(counts * dcounts).sum(1, keepdim=True)",
        "right for any `dcounts`, but several steps at once: it does not use `dnorm_logits`. The step asked for is `dlogit_maxes` from any `dnorm_logits`",
      ],
      [
        "dh = (probs - F.one_hot(Yb, V)) / n @ W2.T",
        "right for this loss, but several steps at once: it does not use `dlogits`. The step asked for is `dh` from any `dlogits`",
      ],
      [
        "dlogits = dnorm_logits - F.one_hot(logit_argmax, V) * dnorm_logits.sum(1, keepdim=True)",
        "right for any `dnorm_logits`, but several steps at once: it does not use `dlogit_maxes`. The step asked for is `dlogits` from any `dnorm_logits` and `dlogit_maxes`",
      ],
    ])
      expect(judge(line), line).toMatchObject({ verdict: "right-here", mistake: null, message });
    const wrong = "dcounts_sum = -counts_sum**-2 * (counts * dprobs).sum(1, keepdim=True) * 2";
    expect(judge(wrong).verdict).toBe("wrong");
  });

  test("another exercise's answer is said to be that", () => {
    const softmax = "dlogits = (F.softmax(logits, 1) - F.one_hot(Yb, V)) / n";
    expect(row(gradeLines(softmax, { exercise: 1 }), "dlogits")).toMatchObject({ verdict: "right-here" });
    expect(row(gradeLines(softmax, { exercise: 1 }), "dlogits").message).toMatch(
      /; this one is exercise 2's$/,
    );
  });

  test("a line that no entry knows is tried on real chains, and the message says why it holds there", () => {
    for (const [line, why] of [
      [
        "dprobs = dlogprobs**2 * -n / probs",
        "it holds for the `dlogprobs` that this loss gives, and not for others",
      ],
      [
        "dbndiff = bnvar_inv * dbnraw + 2 * bndiff * dbndiff2 - (2 * bndiff * dbndiff2).sum(0)",
        "it takes for granted how `dbnraw` and `dbndiff2` follow from one another",
      ],
    ]) {
      const { verdict, mistake, message } = judge(line);
      expect(verdict).toBe("right-here");
      expect(mistake).toBeNull();
      expect(message).toContain(`true in this network: ${why}. The step asked for is`);
    }
  });

  test("a tensor that vanishes proves nothing", () => {
    for (const line of [
      "dlogit_maxes = 0.3 * dnorm_logits.sum(1, keepdim=True)",
      "db1 = 0.7 * dhprebn.sum(0)",
      "dlogits = dnorm_logits + 0.5 * F.one_hot(logit_argmax, V) * dlogit_maxes",
    ]) {
      const { verdict, approximate, mistake } = judge(line);
      expect(verdict, line).toBe("wrong");
      expect(approximate, line).toBe(true);
      expect(mistake, line).not.toBeNull();
    }
  });
});

describe("numbers and shapes", () => {
  test("a number that is a size is noted", () => {
    expect(judge("dlogprobs = torch.zeros((32, 27))\ndlogprobs[range(32), Yb] = -1.0/32")).toMatchObject({
      verdict: "right",
      note: "32 is `n` and 27 is `vocab_size` here",
    });
    expect(judge("demb = dembcat.view(32, 3, 10)").note).toBe(
      "32 is `n`, 3 is `block_size` and 10 is `n_embd` here",
    );
    // An exponent stays what it is, and a number in a name of its own counts too.
    expect(judge("dbnvar = -0.5 * bnvar_inv**3 * dbnvar_inv")).toMatchObject({
      verdict: "right",
      note: null,
    });
    expect(judge("size = 31\ndbndiff2 = dbnvar.expand(n, -1) / size").note).toBe("31 is `n - 1` here");
  });

  test("a mistake with such a number is named all the same", () => {
    expect(judge("dlogprobs = torch.zeros((32, 27))\ndlogprobs[range(32), Yb] = 1.0/32").mistake?.id).toBe(
      "dlogprobs.sign",
    );
  });

  test("a mistake that is not spread over the batch is the same mistake", () => {
    expect(judge("dbndiff2 = torch.ones_like(bndiff2) * dbnvar / n").mistake?.id).toBe("dbndiff2.over-n");
    expect(judge("dbndiff2 = dbnvar / n").mistake?.id).toBe("dbndiff2.over-n");
  });

  test("a mistake that cannot be computed is named whichever way round it is written", () => {
    expect(judge("dh = W2 * dlogits").mistake?.id).toBe("dh.elementwise");
    expect(judge("dh = dlogits * W2").mistake?.id).toBe("dh.elementwise");
    expect(judge("dh = dlogits @ W2").mistake?.id).toBe("dh.not-transposed");
  });

  test("a difference that looks like a division by n - 1 is read aloud", () => {
    expect(judge("dbndiff2 = 1/n-1*torch.ones_like(bndiff2) * dbnvar")).toMatchObject({
      verdict: "wrong",
      note: "`1/n-1` is read as `(1/n) - 1 * …`",
    });
    expect(judge("dbndiff2 = (1.0/n-1) * torch.ones_like(bndiff2) * dbnvar").note).toBe(
      "`1/n-1` is read as `(1/n) - 1`",
    );
    expect(judge("dbndiff2 = 1/(n-1) * torch.ones_like(bndiff2) * dbnvar").note).toBeNull();
  });

  test("a rounding is no mistake, and a millionth is one", () => {
    expect(judge("dW2 = h.T @ dlogits * (1 + 1e-13)").verdict).toBe("right");
    expect(judge("dW2 = h.T @ dlogits * (1 + 1e-6)").verdict).toBe("wrong");
    expect(judge("dhprebn = dbndiff + dbnmeani / n + 1e-6 * h").verdict).toBe("wrong");
  });

  test("a number that happens to fit does not make a wrong line right", () => {
    expect(judge("dbndiff2 = dbnvar.expand(n, -1) / (n_hidden - 33)").verdict).toBe("wrong");
  });

  test("another shape is right where comparing makes no more elements of it", () => {
    expect(judge("dbnmeani = -dbndiff.sum(0)")).toMatchObject({ verdict: "right", shape: [64] });
    expect(judge("dbnmeani = -dbndiff.sum(0)").note).toContain("another shape");
    expect(judge("dbndiff2 = dbnvar / (n - 1)")).toMatchObject({ verdict: "right", shape: [1, 64] });
    expect(judge("dcounts_sum_inv = (counts * dprobs).sum(1)")).toMatchObject({
      verdict: "wrong",
      shape: [32],
    });
    expect(judge("dbnbias = torch.ones(0, n) @ dhpreact")).toMatchObject({ verdict: "wrong", maxdiff: null });
    expect(judge("db2 = dlogits.sum(0, keepdim=True)")).toMatchObject({ verdict: "right", shape: [1, 27] });
  });

  test("sizes have the usual names, and a text may call them so itself", () => {
    for (const names of [
      ["B", "T", "E"],
      ["N", "_", "__"],
    ]) {
      const text = `${names.join(", ")} = emb.shape\nV = vocab_size\ndlogprobs = -F.one_hot(Yb, V) / ${names[0]}`;
      expect(gradeLines(text).ok, text).toBe(true);
    }
    expect(gradeLines("dlogprobs = -F.one_hot(Yb, V) / batch_size").ok).toBe(true);
  });
});

describe("what cannot be evaluated", () => {
  test("is an error with its line", () => {
    const report = gradeLines("dh = dlogits @ W2.T\n\ndW2 = h @ dlogits\ndb2 = dlogits.sum(0)");
    expect(row(report, "dW2")).toMatchObject({
      verdict: "error",
      line: 3,
      exact: null,
      approximate: null,
      maxdiff: null,
      shape: null,
    });
    expect(row(report, "dW2").message).toMatch(/`h`.*`dlogits`/);
    expect(row(report, "dh").verdict).toBe("right");
    expect(row(report, "db2").verdict).toBe("right");
  });

  test("the line that went wrong is named where another depends on it", () => {
    const { verdict, message } = judge("temp = dlogits.foo\ndh = temp @ W2.T");
    expect(verdict).toBe("error");
    expect(message).toContain(".foo");
  });

  test("a value that is no tensor", () => {
    for (const [line, message] of [
      [
        "dlogit_maxes = dnorm_logits.max(1, keepdim=True)",
        "`dlogit_maxes` is no tensor but a pair of values and indices; take `.values` or `.indices`",
      ],
      [
        "dlogit_maxes = -dnorm_logits.max(1, keepdim=True)",
        "- has no meaning for a pair of values and indices; take `.values` or `.indices`",
      ],
      ["dW2 = (1, 2)", "`dW2` is no tensor but a tuple"],
      ["db2 = 'no'", "`db2` is no tensor but a str"],
    ])
      expect(judge(line)).toMatchObject({ verdict: "error", message });
  });

  test("a line that has a value at some sizes only", () => {
    expect(judge("if n > 5:\n    db2 = dlogits.sum(0)", "db2")).toMatchObject({
      verdict: "wrong",
      mistake: null,
      note: "at other sizes it goes wrong: `db2` has no value",
    });
  });

  test("a forgotten d on the left", () => {
    expect(judge("bndiff2 = dbnvar / (n - 1)", "dbndiff2")).toMatchObject({ verdict: "error", line: 1 });
    const report = gradeLines("dbndiff = bnvar_inv * dbnraw\nbndiff += 2 * bndiff * dbndiff2");
    expect(row(report, "dbndiff")).toMatchObject({ verdict: "error", line: 2 });
    expect(row(report, "dbndiff").message).toContain("did you mean `dbndiff`".replace("did", "Did"));
  });

  test("a line that is no Python", () => {
    const report = gradeLines("dprobs = dlogprobs / / probs\ndh = dlogits @ W2.T");
    expect(row(report, "dprobs")).toMatchObject({ verdict: "error", line: 1 });
    expect(row(report, "dh").verdict).toBe("right");
  });

  test("the row has the line and the words of what went wrong first", () => {
    const dict = row(gradeLines('grads = {}\ngrads["dh"] = dlogits @ W2.T\ndh = grads["dh"]'), "dh");
    expect(dict).toMatchObject({
      verdict: "error",
      line: 1,
      message: expect.stringMatching(/^a dictionary is/),
    });
    const def = row(gradeLines("def f(x):\n    return x @ W2.T\n\ndh = f(dlogits)"), "dh");
    expect(def).toMatchObject({ verdict: "error", line: 1, message: expect.stringMatching(/^`def` is not/) });
    const loop =
      "dC = torch.zeros_like(C)\nfor k in range(n):\nfor j in range(3):\n    dC[Xb[k, j]] += demb[k, j]";
    const message = "lines that are indented further are missing after `:`";
    expect(row(gradeLines(loop), "dC")).toMatchObject({ verdict: "error", line: 2, message });
    // The same lines under another line that is wrong.
    const other = row(gradeLines(loop.replace("for k in range(n):", "for k in range(n)")), "dC");
    expect(other).toMatchObject({ verdict: "error", line: 2, message: "`:` is missing after `)`" });
  });

  test("a line that is no Python spoils its own block alone", () => {
    const text = `dh = dlogits @ W2.T\nprint('hello)\nif True\n    dW2 = h.T @ dlogits\ndb2 = dlogits.sum(0)`;
    const found = gradeLines(text).rows.map(({ name, verdict, line, message }) => [
      name,
      verdict,
      line,
      message,
    ]);
    expect(found).toEqual([
      ["dh", "right", 1, null],
      ["dW2", "error", 3, "`:` is missing after `True`"],
      ["db2", "right", 5, null],
    ]);
    const again = `dW2 = h.T @ dlogits\nfor i in x\n    dW2 = 1\n    print(i)`;
    expect(gradeLines(again).rows).toMatchObject([{ name: "dW2", verdict: "right" }]);
  });

  test("PyTorch's own gradient", () => {
    expect(judge("dhpreact = hpreact.grad").message).toContain(".grad");
  });

  test("NaN at logits of ±80 alone", () => {
    const { verdict, mistake } = judge("dprobs = dlogprobs / (probs * (probs > 1e-30))");
    expect(verdict).toBe("wrong");
    expect(mistake?.id).toMatch(/nan/);
  });

  test("a loop that goes on for too long is named, and spoils only what is made of it", () => {
    const text = `x = 0\nfor i in range(10**9):\n    x = x + dh\ndhpreact = x\n`.repeat(3);
    const report = gradeLines(`${text}dW2 = h.T @ dlogits`);
    expect(row(report, "dW2").verdict).toBe("right");
    const message = expect.stringMatching(
      /^this loop takes more than its share of 4000000 computed elements/,
    );
    expect(row(report, "dhpreact")).toMatchObject({ verdict: "error", line: 10, message });
  });

  test("what computes too much ends soon", () => {
    const heavy = "x = torch.ones((1000, 1000))\nfor i in range(100):\n  x = x * 1.0\n";
    const report = gradeLines(`${heavy}dh = dlogits @ W2.T * x[0, 0]\ndb2 = dlogits.sum(0) * x[0, 0]`);
    expect(report.rows.map(({ verdict }) => verdict)).toEqual(["error", "error"]);
  });
});

describe("which exercise", () => {
  const softmax = "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1\ndlogits /= n\n";
  const batchnorm =
    "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))\n";
  const loop = `for i in range(1000):
  emb = C[Xb]
  hprebn = emb.view(n, -1) @ W1 + b1
  loss = F.cross_entropy(logits, Yb)
  ${softmax.trim().replaceAll("\n", "\n  ")}
  dW2 = h.T @ dlogits
  db2 = dlogits.sum(0)
  if i > 10: break
`;

  test("is seen in what the lines are made of, each in its cell", () => {
    const report = gradeLines([lecture, softmax, batchnorm, loop]);
    expect(report.ok).toBe(true);
    expect(row(report, "dlogits", 1)).toMatchObject({ cell: 1, line: 12 });
    expect(row(report, "dlogits", 2)).toMatchObject({ cell: 2, line: 3 });
    expect(row(report, "dhprebn", 1)).toMatchObject({ cell: 1, line: 27 });
    expect(row(report, "dhprebn", 3)).toMatchObject({ cell: 3, line: 1 });
    expect(row(report, "dlogits", 4)).toMatchObject({ cell: 4, line: 7 });
    expect(report.rows.filter(({ exercise }) => exercise === 4).map(({ name }) => name)).toEqual([
      "dlogits",
      "dW2",
      "db2",
    ]);
  });

  test("a first attempt and a zero to begin with are no answers of their own", () => {
    const text =
      "dlogits = torch.zeros_like(logits)\ndlogits = dnorm_logits.clone()\ndlogits = dnorm_logits + F.one_hot(logit_argmax, V) * dlogit_maxes";
    expect(gradeLines(text).rows).toMatchObject([
      { name: "dlogits", exercise: 1, verdict: "right", line: 3 },
    ]);
  });

  test("with one given, what is missing has a row, and other exercises have none", () => {
    const report = gradeLines("dprobs = None\ndh = dlogits @ W2.T", { exercise: 1 });
    expect(report.rows).toHaveLength(26);
    expect(row(report, "dprobs")).toMatchObject({ verdict: "missing", line: null, shape: null });
    expect(row(report, "dh").verdict).toBe("right");
    expect(gradeLines(lecture + softmax, { exercise: 2 }).rows).toMatchObject([
      { name: "dlogits", exercise: 2, verdict: "right" },
    ]);
    expect(gradeLines("dh = dlogits @ W2.T", { exercise: 3 }).rows).toMatchObject([
      { name: "dhprebn", exercise: 3, verdict: "missing" },
    ]);
    expect(
      gradeLines(softmax, { exercise: 1 }).rows.find(({ name }) => name === "dlogits")!.verdict,
    ).not.toBe("right");
    expect(gradeLines(loop, { exercise: 4 }).rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["dC", "dW1", "db1", "dW2", "db2", "dbngain", "dbnbias"]),
    );
  });

  test("the warm-up's names are its own only in a text about it", () => {
    const mixed = gradeLines("dedge = 3 * edge**2 * dcube\ndprobs = dlogprobs / probs");
    expect(mixed.rows.map(({ name, exercise, verdict }) => [name, exercise, verdict])).toEqual([
      ["dedge", 0, "right"],
      ["dprobs", 1, "right"],
    ]);
    expect(gradeLines("edge = dlogprobs\ndprobs = edge / probs").ok).toBe(true);
  });

  test("a misspelt gradient is missing, with its line", () => {
    const { message } = row(gradeLines("dbmeani = -dbndiff.sum(0)", { exercise: 1 }), "dbnmeani");
    expect(message).toContain("line 1: `dbmeani`");
    const used = "dbmeani = -dbndiff.sum(0)\ndhprebn = dbndiff + dbmeani / n + 0 * dbnmeani";
    expect(row(gradeLines(used, { exercise: 1 }), "dbnmeani").message).toContain("line 1: `dbmeani`");
    expect(new Judgement(used).shown().notes.map(({ message }) => message)).toEqual([
      "`dbmeani` is not asked for; did you mean `dbnmeani`?",
    ]);
    const own = `${used}\ndbnmeani = 3\ndcounts_1 = dprobs * 2\ndx = dcounts_1\ndb2 = dx`;
    expect(new Judgement(own).shown().notes).toEqual([]);
  });

  test("without one, a stub and an empty text have no rows", () => {
    expect(gradeLines("dh = None\ndb2 = dlogits.sum(0)").rows.map(({ name }) => name)).toEqual(["db2"]);
    expect(gradeLines("")).toEqual({ kind: "lines", ok: false, skipped: 0, rows: [] });
  });
});

test("what is skipped is counted, and printing is not", () => {
  const text =
    "import torch\n%matplotlib inline\nplt.imshow(logits)\nn = batch_size\nloss.backward()\ndh = dlogits @ W2.T\nprint(dh)\ncmp('h', dh, h)";
  expect(gradeLines(text)).toMatchObject({ ok: true, skipped: 5 });
});

test("`exact`, `approximate` and `maxdiff` are cmp's, in float32 for every operation", () => {
  const { exact, approximate, maxdiff } = judge("dprobs = dlogprobs / probs");
  expect([exact, approximate, maxdiff]).toEqual([true, true, 0]);
  const rounded = judge("dprobs = (1.0 / probs) * dlogprobs + 0");
  expect(rounded.approximate).toBe(true);
  // Where shapes do not go together, there is nothing to compare.
  const apart = judge("dW2 = dlogits.T @ h");
  expect([apart.exact, apart.approximate, apart.maxdiff, apart.shape]).toEqual([null, null, null, [27, 64]]);
});

test("a verdict stays the same when it is asked for again", () => {
  const text = changed("dh = dlogits @ W2.T", "dh = dlogits @ W2.T * 2");
  expect(changed("dh = dlogits @ W2.T", "dh = dlogits @ W2.T * 2")).toEqual(text);
});

test("the values of a gradient are those of the first minibatch, spread over its shape", () => {
  const judgement = new Judgement(
    "dbndiff2 = dbnvar / n\ndlogits = (F.softmax(logits, 1) - F.one_hot(Yb, V)) / n",
  );
  const { shape, got, want } = judgement.values({ name: "dbndiff2", exercise: 1 });
  expect(shape).toEqual([32, 64]);
  expect(got).toHaveLength(32 * 64);
  for (let i = 0; i < want.length; i++) expect(got![i] / want[i]).toBeCloseTo(31 / 32, 5);
  const softmax = judgement.values({ name: "dlogits", exercise: 2 });
  for (let i = 0; i < softmax.want.length; i++) expect(softmax.got![i]).toBeCloseTo(softmax.want[i], 7);
  expect(judgement.values({ name: "dh", exercise: 1 })).toMatchObject({ shape: [32, 64], got: undefined });
  expect(judgement.values({ name: "dC", exercise: 4 }).shape).toEqual([27, 10]);
});

test("what a row says is not said again beside it, whatever name a tensor goes by", () => {
  const text = "dlogits = dnorm_logits\ndh = dlogits @ W2\nx = = 3";
  const judgement = new Judgement(text);
  expect(row(judgement.report, "dh").message).toContain("has 27 columns");
  expect(worthALook(judgement.shown(), judgement.report).map(({ at }) => at?.line)).toEqual([3]);
});
