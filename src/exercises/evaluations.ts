/** A text's lines, evaluated: all of a pass as it stands, and those of one gradient in one case. What that costs is bounded. */
import { type Answers, type Exercise, type Result, resultOf } from "./answers.ts";
import type { Case } from "./case.ts";
import type { Program, Statement } from "./dialect/ast.ts";
import { type Cause, type Outcome, run } from "./dialect/index.ts";
import { Tensor } from "./dialect/tensor.ts";
import { nodes, placeKey } from "./dialect/tree.ts";
import type { Value } from "./dialect/values.ts";
import { keyOf } from "./memory.ts";
import { asNotebook, type Names, renamedSizes } from "./passes.ts";

/** What all evaluations of a text together may cost, so that it has its verdict within a second. Whole solutions take a third of it at most. */
const MOST_COMPUTED = 16_000_000;
const MOST_STEPS = 600_000;
/** And a single evaluation. */
export const RUN = { budget: { computed: 4_000_000, alive: 4_000_000 }, steps: 200_000 } as const;

export const TOO_MUCH =
  "judging this text takes too much: leave out what computes more than the gradients need";

export class Evaluations {
  readonly names: Names;
  /** Sizes that the text calls by short names of its own. */
  readonly #renamed: ReadonlySet<string>;
  readonly #answers: Answers;
  /** The text, as the judge takes it. */
  readonly program: Program;
  readonly #warmUp: boolean;
  /** The names that lines mention which are no Python, with what is wrong there. */
  readonly #spoilt: ReadonlyMap<string, Cause>;
  readonly #passes = new Map<readonly Statement[], { own: Outcome; shown: Outcome }>();
  /** Statements that went on for too long once: no run after that tries them again. */
  readonly #tooLong = new Map<string, string>();
  #computed = 0;
  #steps = 0;

  /** @param o.warmUp whether the text is about the warm-up, which has a small forward pass of its own */
  constructor(answers: Answers, program: Program, { warmUp }: { readonly warmUp: boolean }) {
    this.#answers = answers;
    this.#warmUp = warmUp;
    this.#renamed = renamedSizes(program);
    const given = this.#given(answers.notebook);
    const forward = [...given].filter(([, value]) => value instanceof Tensor && value.dtype === "float");
    this.names = {
      given,
      forward: new Set(forward.map(([name]) => name)),
      asked: answers.askedWith(warmUp),
    };
    this.program = asNotebook(program, this.names);
    this.#spoilt = new Map(
      program.broken.flatMap(({ at, message, names }) =>
        names.map((name) => [name, { at, message }] as const),
      ),
    );
  }

  /** What decides, beside the lines themselves, what lines give. */
  keyOf(lines: readonly Statement[]): string {
    const why = new Map<string, string>();
    if (this.#spoilt.size > 0)
      for (const node of nodes(lines)) {
        const cause = node.kind === "name" ? this.#spoilt.get(node.name) : undefined;
        if (cause && node.kind === "name" && !this.names.given.has(node.name))
          why.set(node.name, cause.message);
      }
    return `${this.#warmUp} ${[...this.#renamed]} ${[...why].flat()} ${keyOf(lines)}`;
  }

  /** Whether what lines give depends on what else the text computes. */
  isLimited(lines: readonly Statement[]): boolean {
    return this.spent || lines.some(({ at }) => this.#tooLong.has(placeKey(at)));
  }

  /** Whether all that may be computed for this text has been. */
  get spent(): boolean {
    return this.#computed > MOST_COMPUTED || this.#steps > MOST_STEPS;
  }

  /** The lines of a pass as they stand on the first minibatch: in float64, and in float32 as the notebook does. */
  pass(statements: readonly Statement[]): { readonly own: Outcome; readonly shown: Outcome } {
    let found = this.#passes.get(statements);
    if (!found) {
      const { notebook, shown } = this.#answers;
      const program: Program = { statements, broken: [] };
      const base = {
        asked: this.names.asked,
        spoilt: this.#spoilt,
        tooLong: this.#tooLong,
        onError: "continue",
        ...RUN,
      } as const;
      const once = (): Outcome => {
        const given = this.#given(notebook);
        const outcome = run(program, { ...base, given, standIns: this.#answers.standIns(notebook, 1) });
        this.#spend(outcome);
        return outcome;
      };
      let own = once();
      // Again without what went on for too long: the lines after that may lack what it took.
      for (let again = 0; own.tooLong.size > 0 && again < 2 && !this.spent; again++) own = once();
      const rounded = run(program, {
        ...base,
        given: this.#given(shown),
        standIns: this.#rounded(),
        precision: "float32",
      });
      this.#spend(rounded);
      found = { own, shown: rounded };
      this.#passes.set(statements, found);
    }
    return found;
  }

  /** What lines give in a case, with the gradients that they use given, but for those in `own`. */
  result(
    lines: readonly Statement[],
    name: string,
    one: Case,
    exercise: Exercise,
    own: ReadonlySet<string> = new Set(),
  ): Result {
    if (this.spent)
      return { value: undefined, error: TOO_MUCH, at: lines[0]?.at ?? null, used: new Set(), notes: [] };
    let standIns = this.#answers.standIns(one, exercise);
    if (own.size > 0) standIns = new Map([...standIns].filter(([each]) => !own.has(each)));
    const outcome = run(
      { statements: lines, broken: [] },
      {
        given: this.#given(one),
        asked: this.names.asked,
        standIns,
        only: name,
        spoilt: this.#spoilt,
        tooLong: this.#tooLong,
        onError: "continue",
        ...RUN,
      },
    );
    this.#spend(outcome);
    return resultOf(outcome, name);
  }

  /** The gradients that lines use. */
  usedIn(lines: readonly Statement[], name: string): ReadonlySet<string> {
    return this.result(lines, name, this.#answers.notebook, 1).used;
  }

  /** What the text prints, with `cmp`'s comparisons, in float32. */
  shown(): Outcome {
    const standIns = this.#rounded();
    return run(this.program, {
      asked: this.names.asked,
      given: this.#given(this.#answers.shown),
      standIns,
      gradients: new Map([...standIns].map(([name, tensor]) => [name.slice(1), tensor])),
      precision: "float32",
      onError: "continue",
      ...RUN,
    });
  }

  /** The first minibatch's gradients in float32, each with the roundings that the notebook's lines make. */
  #rounded(): ReadonlyMap<string, Tensor> {
    const { shown, gradients } = this.#answers;
    return new Map([...this.#answers.standIns(shown, 1), ...gradients]);
  }

  #given(one: Case): ReadonlyMap<string, Value> {
    const given = this.#answers.given(one, this.#warmUp);
    return this.#renamed.size === 0
      ? given
      : new Map([...given].filter(([name]) => !this.#renamed.has(name)));
  }

  #spend({ cost, tooLong }: Outcome): void {
    for (const [place, message] of tooLong) this.#tooLong.set(place, message);
    this.#computed += cost.computed;
    this.#steps += cost.steps;
  }
}
