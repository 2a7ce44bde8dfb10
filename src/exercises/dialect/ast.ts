import type { BinaryOperator, Comparison, UnaryOperator } from "./operators.ts";

/** Where something stands in what the learner wrote; lines and columns count from 1. */
export interface Place {
  /** The notebook's code cell, counted from 1; null in a text without cells. */
  readonly cell: number | null;
  readonly line: number;
  readonly column: number;
}

export type Expression = {
  readonly at: Place;
  /** How an operation is written, if that is short: a message calls its result by it. */
  readonly text?: string;
} & (
  | { readonly kind: "constant"; readonly value: null | boolean | bigint | number | string }
  | { readonly kind: "ellipsis" }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "format"; readonly parts: readonly FormatPart[] }
  | { readonly kind: "tuple" | "list"; readonly items: readonly Item[] }
  | { readonly kind: "unary"; readonly op: UnaryOperator; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly op: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "logic";
      readonly op: "and" | "or";
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "compare";
      readonly first: Expression;
      readonly rest: readonly { readonly op: Comparison; readonly value: Expression }[];
    }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "subscript"; readonly of: Expression; readonly index: Expression }
  | {
      readonly kind: "slice";
      readonly start: Expression | null;
      readonly stop: Expression | null;
      readonly step: Expression | null;
    }
  | { readonly kind: "call"; readonly callee: Expression; readonly args: readonly Argument[] }
  | Refused
);

export interface Item {
  readonly value: Expression;
  /** `*value`: all its items one after the other. */
  readonly spread: boolean;
}

export interface Argument extends Item {
  /** The keyword, or null where the place decides. */
  readonly name: string | null;
}

/** A piece of an f-string: text, or a value with its conversion (`!r`) and its format (`:.4f`, itself of pieces). */
export type FormatPart =
  | string
  | {
      readonly value: Expression;
      readonly conversion: string | null;
      readonly spec: readonly FormatPart[];
    };

/** Right Python that the exercises do not have. It fails only where a gradient depends on it. */
export interface Refused {
  readonly kind: "refused";
  readonly message: string;
  /** The names it mentions. */
  readonly reads: readonly string[];
}

export type Statement = { readonly at: Place; readonly text: string } & (
  | { readonly kind: "expression"; readonly value: Expression }
  | { readonly kind: "assign"; readonly targets: readonly Expression[]; readonly value: Expression }
  | {
      readonly kind: "augment";
      readonly target: Expression;
      readonly op: BinaryOperator;
      readonly value: Expression;
    }
  | {
      readonly kind: "for";
      readonly target: Expression;
      readonly over: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly test: Expression; readonly body: readonly Statement[] }[];
      readonly otherwise: readonly Statement[];
    }
  /** `with torch.no_grad():` changes no value here: its lines count as if they stood alone. */
  | { readonly kind: "with"; readonly body: readonly Statement[] }
  | { readonly kind: "import"; readonly bindings: readonly Binding[] }
  | { readonly kind: "pass" | "break" | "continue" | "magic" }
  | (Refused & {
      readonly writes: readonly string[];
      /** What a function or a class would give values to if it were called. */
      readonly within?: readonly string[];
    })
);

/** `import path as name`, or `from path import member as name`. */
export interface Binding {
  readonly name: string;
  readonly path: string;
  readonly member: string | null;
}

/** A statement, with the blocks in it, that is no Python at all. */
export interface Broken {
  readonly at: Place;
  readonly message: string;
  /** The names it mentions: what it might have defined. */
  readonly names: readonly string[];
  /** Those among them that it seems to assign to. */
  readonly assigns: readonly string[];
}

export interface Program {
  readonly statements: readonly Statement[];
  readonly broken: readonly Broken[];
}
