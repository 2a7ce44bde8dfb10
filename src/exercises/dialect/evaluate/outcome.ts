import type { Place } from "../ast.ts";
import type { Budget, Precision } from "../context.ts";
import type { Tensor } from "../tensor.ts";
import type { Value } from "../values.ts";

export interface Options {
  /** Names that every line may use and none may change: forward tensors and sizes. Temporary names (`ix`, `i`) do not belong here. */
  readonly given: ReadonlyMap<string, Value>;
  /** The gradients that are asked for; without it, `d` before the name of each float tensor given. */
  readonly asked?: ReadonlySet<string>;
  /** Gradients to use where the text has none of that name. What the text does to them it does to copies. */
  readonly standIns?: ReadonlyMap<string, Tensor>;
  /** Run only what this gradient needs, and take all others from `standIns` even if the text has its own. */
  readonly only?: string;
  /** What `cmp` compares with: the gradient of each forward tensor, by the forward tensor's name. */
  readonly gradients?: ReadonlyMap<string, Tensor>;
  readonly precision?: Precision;
  readonly budget?: Budget;
  /** Expressions that may be evaluated, so that every text ends soon. */
  readonly steps?: number;
  /** Names that have no value because of lines outside of this text, unless it gives them one. */
  readonly spoilt?: ReadonlyMap<string, Cause>;
  /** Statements that went on for too long in a run before: {@link Outcome.tooLong}. They are not tried again. */
  readonly tooLong?: ReadonlyMap<string, string>;
  /** What happens at an error: "throw" (default), or "continue" with the next statement; then it is in `errors`. */
  readonly onError?: "throw" | "continue";
}

export interface Change {
  /** The last statement that changed the tensor, whatever the name it used. */
  readonly at: Place;
  /** The name that statement used: another one, if two names are one tensor. */
  readonly through: string;
  /** Where the name got its value. */
  readonly assigned: Place;
}

export interface Note {
  readonly at: Place | null;
  readonly message: string;
}

/** Why something goes wrong, and where. */
export interface Cause {
  readonly at: Place;
  readonly message: string;
}

export interface Problem extends Cause {
  /** The names that have no value because of it. */
  readonly names: readonly string[];
  /** What went wrong before and took its value from a name that is used here. */
  readonly because?: Cause;
}

export interface Skipped {
  readonly at: Place;
  /** The first line of what was skipped. */
  readonly text: string;
}

export interface Outcome {
  /** What the text's own names hold at the end; a stub `dh = None` is null. */
  readonly values: ReadonlyMap<string, Value>;
  readonly changes: ReadonlyMap<string, Change>;
  /** What `print` and `cmp` wrote, line by line. */
  readonly prints: readonly string[];
  readonly notes: readonly Note[];
  readonly skipped: readonly Skipped[];
  readonly errors: readonly Problem[];
  /** The first training loop: its lines ran once. */
  readonly training: Place | null;
  /** The stand-ins that the text used. */
  readonly used: ReadonlySet<string>;
  /** The statements that went on for too long, by their places, with what is said of them. */
  readonly tooLong: ReadonlyMap<string, string>;
  /** Elements that its operations computed, and expressions that it evaluated. */
  readonly cost: { readonly computed: number; readonly steps: number };
}
