/** One gradient's lines of a text: which are hidden after an edit. */
import { expect, it } from "vitest";
import { type Alone, alone, edited } from "../../../src/lab/exercises/alone.ts";

/** `-` before a hidden line. */
const parsed = (lines: readonly string[]): Alone => ({
  text: lines.map((line) => line.slice(1)).join("\n"),
  hidden: lines.map((line) => line.startsWith("-")),
});
const written = ({ text, hidden }: Alone) =>
  text.split("\n").map((line, i) => (hidden[i] ? "-" : " ") + line);

it("shows a gradient's lines, or a stub in its place", () => {
  expect(written(alone("dlogprobs = 1\ndcounts = 3", "dprobs", ["dlogprobs", "dprobs", "dcounts"]))).toEqual([
    "-dlogprobs = 1",
    " dprobs = None",
    "-dcounts = 3",
  ]);
});

it.each([
  ["a letter", ["-a", " b", "-c"], "a\nbb\nc", ["-a", " bb", "-c"]],
  ["everything that is shown", ["-a", " b", " c", "-d"], "a\nx\nd", ["-a", " x", "-d"]],
  ["a new line", ["-a", " b", "-c"], "a\nb\n\nc", ["-a", " b", " ", "-c"]],
  [
    "a new line before the same hidden one",
    ["-a", " b", "-", "-c"],
    "a\nb\n\n\nc",
    ["-a", " b", " ", "-", "-c"],
  ],
  ["a new line after the same hidden one", ["-a", "-", " b"], "a\n\n\nb", ["-a", "-", " ", " b"]],
  ["a line that is as the hidden one before", ["-a", " b"], "a\na\nb", ["-a", " a", " b"]],
  ["a line less", ["-a", " b", " c", "-d"], "a\nc\nd", ["-a", " c", "-d"]],
  ["a line less beside the same hidden one", ["-a", " ", "-", "-c"], "a\n\nc", ["-a", "-", "-c"]],
  ["a line less after the same hidden one", ["-", " ", " c"], "\nc", ["-", " c"]],
  ["the last line", ["-a", " b"], "a\nb\nc", ["-a", " b", " c"]],
  ["nothing", ["-a", " b"], "a\nb", ["-a", " b"]],
])("%s: the lines that nobody could edit stay hidden", (_, before, text, after) => {
  expect(written(edited(parsed(before), text))).toEqual(after);
});
