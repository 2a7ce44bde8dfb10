/** The verdict on a gradient's lines in themselves: on all hidden cases, with right values of what they use. */
import type { Answers, Result } from "./answers.ts";
import { exerciseOf } from "./candidates.ts";
import { type Case, type Right, vanishes } from "./case.ts";
import type { Statement } from "./dialect/ast.ts";
import { shapeText, type Tensor } from "./dialect/tensor.ts";
import type { Value } from "./dialect/values.ts";
import { sameMistake, sameness, sameShape } from "./equal.ts";
import { type Evaluations, TOO_MUCH } from "./evaluations.ts";
import { NOTEBOOK_SIZES } from "./minibatch.ts";
import { numbersNote, sizeNumbers, subsets, withSizes } from "./numbers.ts";
import { precedenceNote } from "./precedence.ts";
import type { LinesRow } from "./report.ts";
import { type Seen, type Sign, signOf } from "./signs/index.ts";
import { quoted } from "./text.ts";
import type { Mistake, Task } from "./types.ts";

export interface Itself {
  readonly verdict: "right" | "right-here" | "wrong" | "error";
  readonly mistake: LinesRow["mistake"];
  readonly note: string | null;
  readonly message: string | null;
}

/** The lines that make a task's gradient. */
export interface Lines {
  readonly task: Task;
  readonly statements: readonly Statement[];
  /** Gradients for which nothing stands in: the lines make them as well. */
  readonly own: ReadonlySet<string>;
}

export const itself = (lines: Lines, answers: Answers, evaluations: Evaluations): Itself =>
  new Trial(lines, answers, evaluations).verdict();

const isNotebook = (index: number, { cases }: Answers): boolean =>
  cases[index].sizes.n === NOTEBOOK_SIZES.batch;

class Trial {
  readonly #task: Task;
  readonly #lines: Lines;
  readonly #answers: Answers;
  readonly #evaluations: Evaluations;
  /** What the lines give in each case, and what would be right. */
  readonly #results: readonly Result[];
  readonly #rights: readonly Right[];
  /** Whether a number in the lines may stand for a size: then the other sizes say nothing about a wrong line. */
  readonly #hasNumbers: boolean;

  constructor(lines: Lines, answers: Answers, evaluations: Evaluations) {
    this.#task = lines.task;
    this.#lines = lines;
    this.#answers = answers;
    this.#evaluations = evaluations;
    this.#results = answers.cases.map((one) =>
      evaluations.result(lines.statements, lines.task.name, one, lines.task.exercise, lines.own),
    );
    this.#rights = answers.cases.map((one) => one.right(lines.task));
    this.#hasNumbers = sizeNumbers(lines.statements, answers.notebook.sizes).length > 0;
  }

  verdict(): Itself {
    const { verdict, mistake = null, note = null, message = null } = this.#found();
    // What the language remarks, like an unusual broadcast, explains a wrong value; beside a right one it would only frighten.
    const remarks = verdict === "right" ? [] : this.#results[0].notes;
    const reading = verdict === "right" ? null : precedenceNote(this.#lines.statements);
    const notes = [note, reading, ...remarks].filter((each) => each);
    return { verdict, mistake, message, note: notes.join("; ") || null };
  }

  #found(): Partial<Itself> & Pick<Itself, "verdict"> {
    const results = this.#results;
    const atNotebook = (i: number): boolean => isNotebook(i, this.#answers);
    if (results.some(({ error }) => error === TOO_MUCH)) return { verdict: "error", message: TOO_MUCH };
    const same = results.map(({ value }, i) => value !== undefined && isRight(value, this.#rights[i]));
    if (same.every((is) => is)) return { verdict: "right", note: this.#shapeNote() };
    if (same.every((is, i) => is || !atNotebook(i))) {
      const note = this.#numbersNote();
      const shape = this.#shapeNote();
      if (note) return { verdict: "right", note: shape ? `${note}; ${shape}` : note };
    }
    const mistake = this.#mistake(() => true) ?? (this.#hasNumbers ? this.#mistake(atNotebook) : undefined);
    const named = mistake && { id: mistake.id, says: mistake.says(this.#answers.notebook.sizes) };
    const failed = results.find(({ error }, i) => atNotebook(i) && error !== null);
    if (failed) return { verdict: "error", mistake: named, message: failed.error };
    if (named) return { verdict: mistake.verdict, mistake: named };
    const why = this.#rightHere();
    if (why) return { verdict: "right-here", message: why };
    const elsewhere = this.#hasNumbers ? undefined : results.find(({ error }) => error !== null);
    return {
      verdict: "wrong",
      mistake: this.#sign(),
      note: elsewhere ? `at other sizes it goes wrong: ${elsewhere.error}` : null,
    };
  }

  #shapeNote(): string | null {
    const { name } = this.#task;
    const [value, right] = [this.#results[0].value!, this.#rights[0].tensor];
    if (sameShape(value, right)) return null;
    return `the values are right in another shape: yours is ${shapeText(value.shape)}, and \`${name}\` is ${shapeText(right.shape)}`;
  }

  /** Which numbers of lines that are right at the notebook's sizes are sizes, if with those for them they are right at all. */
  #numbersNote(): string | null {
    const { notebook, cases } = this.#answers;
    const { statements } = this.#lines;
    const numbers = sizeNumbers(statements, notebook.sizes);
    const others = cases.filter((_, i) => !isNotebook(i, this.#answers));
    const found = subsets(numbers.length).find(
      (replaced) =>
        replaced.size > 0 &&
        others.every((one) => {
          const lines = withSizes({ statements, broken: [] }, replaced, notebook.sizes, one.sizes);
          return this.#isRightIn(one, lines.statements);
        }),
    );
    return found ? numbersNote(numbers.filter((_, i) => found.has(i))) : null;
  }

  /** The entry of the catalogue that gives the same as these lines in every case considered. */
  #mistake(considered: (index: number) => boolean): Mistake | undefined {
    // The first case has the gradients of one loss, where most mistakes coincide with others: it comes last.
    const order = [...this.#results.keys()].filter(considered).reverse();
    const is = (mistake: Mistake, strict: boolean): boolean =>
      order.every((i) => {
        const [mine, its] = [this.#results[i], this.#answers.mistake(this.#task, mistake, i)];
        if (mine.value && its.value) return sameMistake(mine.value, its.value, this.#rights[i], { strict });
        return mine.value === its.value && sameError(mine.error, its.error);
      });
    const { mistakes } = this.#task;
    return mistakes.find((mistake) => is(mistake, true)) ?? mistakes.find((mistake) => is(mistake, false));
  }

  /** What there is to see in wrong values that no entry of the catalogue gives. */
  #sign(): Sign | null {
    const { cases } = this.#answers;
    const seen = this.#results.flatMap(({ value }, i): Seen[] => {
      if (!value || (this.#hasNumbers && !isNotebook(i, this.#answers))) return [];
      const { exercise } = this.#task;
      const tensors = new Map<string, Value>([
        ...this.#answers.standIns(cases[i], exercise),
        ...this.#answers.given(cases[i], exercise === 0),
      ]);
      return [
        {
          sizes: cases[i].sizes,
          mine: value,
          right: this.#rights[i].tensor,
          terms: this.#rights[i].terms,
          tensors,
        },
      ];
    });
    // Where there are values, they may be right: what is wrong then is that elsewhere there are none.
    const wrong = seen.some((one) => sameness(one.mine, one.right, one.terms) === "different");
    return wrong ? signOf(this.#task, seen) : null;
  }

  /**
   * Why lines that are not the step asked for give its values all the same: because they are several steps at once, or because of what holds in
   * this network alone.
   */
  #rightHere(): string | null {
    if (this.#results.some(({ value }) => value && !value.read().every(Number.isFinite))) return null;
    const { name, given } = this.#task;
    const { used } = this.#results[0];
    const from = given.length > 0 ? ` from any ${quoted(given)}` : "";
    const asked = `The step asked for is \`${name}\`${from}`;
    if (this.#answers.several.every((one) => this.#isRightIn(one.following(used), this.#lines.statements))) {
      const skipped = given.filter((each) => !used.has(each));
      if (skipped.length === 0)
        return `true in this network: it takes for granted how ${quoted(given)} follow from one another. ${asked}`;
      const holds = used.size === 0 ? "for this loss" : `for any ${quoted(used)}`;
      const exercise = exerciseOf(name, used);
      const other = exercise === this.#task.exercise ? "" : `; this one is exercise ${exercise}'s`;
      return `right ${holds}, but several steps at once: it does not use ${quoted(skipped)}. ${asked}${other}`;
    }
    if (!this.#answers.chains.every((one) => this.#isRightIn(one, this.#lines.statements))) return null;
    const foreign = [...used].filter((each) => !given.includes(each));
    const why =
      used.size === 0
        ? "no gradient goes into it, and its values are what this loss happens to give"
        : foreign.length > 0
          ? `it is made of ${quoted(foreign)}, which this loss ties to ${quoted(given) || "the step asked for"}`
          : `it holds for the ${quoted(used)} that this loss gives, and not for others`;
    return `true in this network: ${why}. ${asked}`;
  }

  /** Not where the result is 0 for all values: giving that shows nothing. */
  #isRightIn(one: Case, statements: readonly Statement[]): boolean {
    const { name, exercise } = this.#task;
    const right = one.right(this.#task);
    if (vanishes(right)) return false;
    const { value } = this.#evaluations.result(statements, name, one, exercise, this.#lines.own);
    return value !== undefined && isRight(value, right);
  }
}

/** `dlogits * W2` and `W2 * dlogits` fail with the same words in another order. */
function sameError(mine: string | null, its: string | null): boolean {
  const words = (error: string): string =>
    error
      .split(/[\s,:;]+/)
      .sort()
      .join(" ");
  return mine !== null && its !== null && words(mine) === words(its);
}

const isRight = (value: Tensor, right: Right): boolean =>
  sameness(value, right.tensor, right.terms) !== "different";
