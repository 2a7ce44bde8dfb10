/** A notebook as one text: the cells that count, and the same verdicts on it. */
import { expect, it } from "vitest";
import { Judgement } from "../../../src/exercises/judge.ts";
import { notebookText } from "../../../src/lab/exercises/notebook.ts";
import { notebook, trainingLoop } from "../../exercises/whole_notebook.ts";

const cells = [
  ...notebook.cells.filter((cell) => cell.cell_type === "code").map(({ source }) => source.join("")),
  `%%time\n${trainingLoop}`,
];

it("has the cells that gradients depend on, and their verdicts", () => {
  const text = notebookText(cells)!;
  // The minibatch's cell, too: its `ix` might be the one that `dC`'s loop begins with.
  expect(text.match(/^# cell \d+$/gm)).toEqual(
    [7, 9, 10, 13, 14, 16, 18, 20].map((cell) => `# cell ${cell}`),
  );
  expect(text).not.toContain("matplotlib");
  const verdicts = (source: string | readonly string[]) => {
    const { rows, ok } = new Judgement(source).report;
    expect(ok).toBe(true);
    return rows.map(({ name, exercise, verdict, maxdiff }) => ({ name, exercise, verdict, maxdiff }));
  };
  expect(verdicts(text)).toEqual(verdicts(cells));
  expect(new Set(verdicts(text).map(({ exercise }) => exercise))).toEqual(new Set([1, 2, 3, 4]));
});

it("has what a gradient is made of, and a cell in which it goes wrong", () => {
  const text = notebookText([
    "import torch",
    "rows = range(n)",
    "%%bash\nls",
    "dlogprobs = torch.zeros_like(logprobs)",
    "print('no gradient')",
    "dlogprobs[rows, Yb] = -1.0/n",
    "dprobs = dlogprobs /",
  ])!;
  expect(text).toBe(
    [
      "# cell 2\nrows = range(n)\n",
      "# cell 4\ndlogprobs = torch.zeros_like(logprobs)\n",
      "# cell 6\ndlogprobs[rows, Yb] = -1.0/n\n",
      "# cell 7\ndprobs = dlogprobs /\n",
    ].join("\n"),
  );
});

it("is a file's own text where there are no cells, and nothing where there are no gradients", () => {
  expect(notebookText("x = 1\ndprobs = dlogprobs / probs")).toBe("x = 1\ndprobs = dlogprobs / probs");
  expect(notebookText("x = 1")).toBeUndefined();
  expect(notebookText(["import torch", "x = 1"])).toBeUndefined();
});
