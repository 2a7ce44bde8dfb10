/** Programs of the exercises' language: every statement and expression of its grammar, and what is no part of it. */
import fc from "fast-check";
import { BUILTINS, understood } from "../../src/exercises/dialect/functions.ts";
import { GRADIENTS, SIZE_NAMES } from "../../src/exercises/names.ts";
import { CMP } from "../../src/model/tensors.ts";
import { solutions } from "../exercises/dialect/solutions.ts";
import { numberText } from "./settings.ts";

/** Names that reach for the machine below: JavaScript's, Python's, and the fields of the evaluator's own values. */
export const ESCAPES = [
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "globalThis",
    "window",
    "process",
    "require",
    "eval",
    "Function",
  ],
  ...["hasOwnProperty", "toString", "valueOf", "__defineGetter__", "arguments", "this", "module", "Symbol"],
  ...[
    "__class__",
    "__builtins__",
    "__import__",
    "__dict__",
    "__subclasses__",
    "exec",
    "open",
    "getattr",
    "os",
  ],
  ...["storage", "offset", "strides", "members", "kind", "call", "fields", "read", "as", "scalar"],
];
const BROKEN = ["dprob", "dLogits", "ñ", "変数", "_", "x1", "𝑥", "d", "None", "lambda", "print2"];
const TEMPORARY = ["a", "b", "i", "j", "k", "ix", "row", "t"];
const FORWARD = [...CMP, "Xb", "Yb", "logit_argmax", "loss"];
const SIZES = Object.values(SIZE_NAMES).flat();

type Text = fc.Arbitrary<string>;
type Lines = fc.Arbitrary<readonly string[]>;

/** Some of these, the first named the more often. */
const often = <T>(...choices: readonly [weight: number, arbitrary: fc.Arbitrary<T>][]): fc.Arbitrary<T> =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const name: Text = often(
  [6, fc.constantFrom(...FORWARD)],
  [6, fc.constantFrom(...GRADIENTS)],
  [3, fc.constantFrom(...SIZES)],
  [4, fc.constantFrom(...TEMPORARY)],
  [1, fc.constantFrom(...BUILTINS.keys(), "print", "cmp", "str")],
  [1, fc.constantFrom(...ESCAPES, ...BROKEN)],
);

const whole: Text = often(
  [12, fc.integer({ min: -3, max: 4 }).map(String)],
  [2, fc.integer({ min: -70, max: 70 }).map(String)],
  [1, fc.maxSafeInteger().map(String)],
  [1, fc.constantFrom("10**9", "2**63", "9**99", "1_000", "0x1f", "007", "1j", "99999999999999999999")],
);
const number: Text = often(
  [4, whole],
  [
    2,
    fc.constantFrom("1.", ".5", "1.0", "-0.5", "1e-5", "1e309", "1./n", "-1.0/n", "float('nan')", "math.pi"),
  ],
  [1, numberText],
);
const text: Text = often(
  [
    3,
    fc.constantFrom("'probs'", '"a"', "'ij,jk->ik'", "'abc,abg->cg'", "'...i->i'", "'mean'", "''", "r'\\n'"),
  ],
  [
    1,
    fc.constantFrom(
      "'\\x1b[31m'",
      "'\\n'",
      "'\\ud800'",
      "'''a\nb'''",
      "b'a'",
      "'\\N{DASH}'",
      "'%s'",
      "'\u2028'",
    ),
  ],
  [1, fc.string({ unit: "binary", maxLength: 8 }).map((s) => JSON.stringify(s))],
  [1, fc.string({ maxLength: 8 }).map((s) => `'${s}'`)],
);
const dtype: Text = fc.constantFrom("torch.float32", "torch.int64", "torch.bool", "torch.long", "Xb.dtype");
const bool: Text = fc.constantFrom("True", "False", "1", "None");
const dim: Text = often([6, fc.constantFrom("0", "1", "-1", "2", "(0, 1)", "None")], [1, whole]);
const size: Text = often(
  [
    4,
    fc.constantFrom(
      "n",
      "(n, n_hidden)",
      "logits.shape",
      "-1, n_embd",
      "(-1,)",
      "[n, vocab_size]",
      "*emb.shape",
    ),
  ],
  [1, fc.tuple(whole, whole).map(([a, b]) => `(${a}, ${b})`)],
  [1, fc.constantFrom("(10**5, 10**5)", "0", "()", "(2,) * 70", "2**53", "(n, -1, -1)")],
);
const operator = fc.constantFrom("+", "-", "*", "/", "@", "**", "//", "%", "&", "|", "^", "<<", ">>");
const comparison = fc.constantFrom("==", "!=", "<", "<=", ">", ">=", "is", "in", "not in");

/** What a parameter of this name is given, if it is not just any expression. */
const BY_NAME: Readonly<Record<string, Text>> = {
  ...{ dim, dims: dim, dim0: dim, dim1: dim, start_dim: dim, end_dim: dim },
  ...{ keepdim: bool, unbiased: bool, largest: bool, descending: bool, accumulate: bool },
  ...{ size, shape: size, dtype, equation: text, reduction: text, k: whole, num_classes: whole },
};
const FUNCTIONS = understood().flatMap(({ names, parameters }) =>
  names.map((n) => ({ name: n, parameters })),
);

const depthIdentifier = fc.createDepthIdentifier();
const deep = (...choices: readonly [weight: number, arbitrary: Text][]): Text =>
  fc.oneof(
    { depthIdentifier, maxDepth: 4, depthSize: "small" },
    ...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })),
  );

const { expression, index } = fc.letrec<{ expression: string; index: string }>((tie) => {
  const any = tie("expression") as Text;
  const join = (separator: string, least: number, most: number): Text =>
    fc.array(any, { minLength: least, maxLength: most }).map((list) => list.join(separator));
  const argument = (parameter: string): Text => {
    const [first, fallback] = parameter.trim().split("=");
    const own = first.replace("*", "");
    const value = BY_NAME[own] ?? any;
    return often(
      [4, value],
      [1, value.map((v) => `${own}=${v}`)],
      [1, any],
      [fallback === undefined ? 0 : 6, fc.constant("")],
    );
  };
  const call: Text = fc.constantFrom(...FUNCTIONS).chain(({ name: f, parameters }) => {
    const list = parameters.split(",").filter((p) => /\w/.test(p));
    const given = fc
      .tuple(...(f.startsWith(".") ? list.slice(1) : list).map(argument))
      .map((args) => `(${args.filter((a) => a !== "").join(", ")})`);
    const called = parameters === "" ? often([3, fc.constant("")], [1, given]) : given;
    return f.startsWith(".")
      ? fc.tuple(any, called).map(([of, args]) => `${of}${f}${args}`)
      : called.map((a) => f + a);
  });
  const spec = fc.constantFrom(
    "",
    "",
    ":.4f",
    ":>10",
    ":{n}",
    "!r",
    "!s:^9",
    ":e",
    ":,",
    "=",
    ":99999999d",
    ":q",
  );
  return {
    expression: deep(
      [8, name],
      [4, number],
      [1, text],
      [
        1,
        fc.constantFrom(
          "True",
          "False",
          "None",
          "...",
          "()",
          "[]",
          "torch",
          "F.softmax",
          ":=",
          "lambda x: x",
        ),
      ],
      [8, fc.tuple(any, operator, any).map(([a, op, b]) => `${a} ${op} ${b}`)],
      [8, call],
      [4, fc.tuple(any, tie("index") as Text).map(([of, at]) => `${of}[${at}]`)],
      [3, any.map((e) => `(${e})`)],
      [2, fc.tuple(fc.constantFrom("-", "+", "~", "not ", "*", "**"), any).map((parts) => parts.join(""))],
      [2, fc.tuple(any, comparison, any).map(([a, op, b]) => `${a} ${op} ${b}`)],
      [1, fc.tuple(any, fc.constantFrom("and", "or"), any).map(([a, op, b]) => `${a} ${op} ${b}`)],
      [1, fc.tuple(any, any, any).map(([a, test, b]) => `${a} if ${test} else ${b}`)],
      [1, join(", ", 0, 4).map((items) => `[${items}]`)],
      [1, join(", ", 0, 4).map((items) => `(${items},)`)],
      [1, fc.tuple(any, spec).map(([e, s]) => `f'{${e.replaceAll("'", '"')}${s}}'`)],
      [
        1,
        fc
          .tuple(fc.constantFrom(...BUILTINS.keys(), "str", "repr"), join(", ", 0, 3))
          .map(([f, a]) => `${f}(${a})`),
      ],
      [
        1,
        fc
          .tuple(any, fc.constantFrom(...ESCAPES, "grad", "backward", "append", "values"))
          .map(([a, b]) => `${a}.${b}`),
      ],
      [
        1,
        fc.constantFrom("[x for x in h]", "{1: 2}", "{1}", "(yield)", "await h", "(a := 1)", "print", "`h`"),
      ],
    ),
    index: deep(
      [4, whole],
      [
        2,
        fc.constantFrom(
          ":",
          "...",
          "None",
          "range(n), Yb",
          ":, 0",
          "Xb",
          "Yb",
          "[0, 1]",
          "::2",
          "h > 0",
          "1:",
        ),
      ],
      [2, any],
      [1, fc.tuple(any, any).map(([a, b]) => `${a}:${b}`)],
      [1, fc.tuple(tie("index") as Text, tie("index") as Text).map(([a, b]) => `${a}, ${b}`)],
    ),
  };
});

const TEST = "if h[0, 0] > 0:";
const target: Text = often(
  [8, fc.constantFrom(...GRADIENTS)],
  [3, name],
  [2, fc.tuple(fc.constantFrom(...GRADIENTS, ...TEMPORARY), index).map(([of, at]) => `${of}[${at}]`)],
  [1, fc.tuple(name, name).map(([a, b]) => `${a}, *${b}`)],
  [1, expression],
);

const { statement } = fc.letrec<{ statement: readonly string[] }>((tie) => {
  const block: Lines = fc
    .array(tie("statement") as Lines, { minLength: 1, maxLength: 3, depthIdentifier })
    .map((list) => list.flat().map((line) => `  ${line}`));
  const simple: Text = often(
    [8, fc.tuple(target, expression).map(([t, e]) => `${t} = ${e}`)],
    [1, fc.tuple(target, target, expression).map(([a, b, e]) => `${a} = ${b} = ${e}`)],
    [4, fc.tuple(target, operator, expression).map(([t, op, e]) => `${t} ${op}= ${e}`)],
    // What people write most, so that later lines have something to work with.
    [6, fc.constantFrom(...CMP).map((x) => `d${x} = torch.ones_like(${x})`)],
    [
      3,
      fc.constantFrom(
        ...Object.values(solutions)
          .flatMap((s) => s.split("\n"))
          .filter((l) => /^\w/.test(l)),
      ),
    ],
    [2, expression.map((e) => `print(${e}, sep='|')`)],
    [1, fc.tuple(expression, expression, expression).map((args) => `cmp(${args.join(", ")})`)],
    [1, expression],
    [1, fc.tuple(name, name).map(([a, b]) => `${a} = ${b}`)],
  );
  const head: Text = often(
    [3, fc.tuple(target, expression).map(([t, e]) => `for ${t} in ${e}:`)],
    [
      2,
      fc.constantFrom(
        "for i in range(n):",
        "for i, row in enumerate(h):",
        "for i, j in enumerate(range(3)):",
        "for i in Yb:",
      ),
    ],
    [
      1,
      fc.constantFrom(
        "for step in range(max_steps):",
        "for a, b in zip(dh, h):",
        "for i in reversed(range(3)):",
        // Runs into the limits, which takes as long as a hundred other programs.
        "for k in range(10**9):",
      ),
    ],
    [2, expression.map((e) => `if ${e}:`)],
    [
      1,
      fc.constantFrom(
        "with torch.no_grad():",
        "with open('x') as f:",
        "while True:",
        "def f(x):",
        "class A:",
        "try:",
      ),
    ],
  );
  return {
    statement: fc.oneof(
      { depthIdentifier, maxDepth: 5, depthSize: "small" },
      { weight: 12, arbitrary: simple.map((s) => [s]) },
      { weight: 3, arbitrary: fc.tuple(head, block).map(([h, b]) => [h, ...b]) },
      { weight: 1, arbitrary: fc.tuple(block, block).map(([a, b]) => [TEST, ...a, "else:", ...b]) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(
            ...[
              "break",
              "continue",
              "pass",
              "return",
              "del h",
              "global h",
              "raise h",
              "assert h",
              "# dh = 1",
              "",
            ],
            ...[
              "%matplotlib inline",
              "!ls",
              "loss.backward()",
              "dh = None",
              "dh: int = 1",
              "\tdh = 1",
              "   x",
              "dh = (",
            ],
          )
          .map((s) => [s]),
      },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(
            ...ESCAPES,
            "torch",
            "torch.nn",
            "torch.nn.functional as F",
            "math as m",
            "os.path as h",
            "dh",
          )
          .map((m) => [`import ${m}`]),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom("torch", "math", "os", ".", "torch.nn", "torch.__proto__"), name)
          .map(([from, what]) => [`from ${from} import ${what}`]),
      },
    ),
  };
});

const programOf = (maxLength: number): Text =>
  fc.array(statement, { minLength: 1, maxLength }).map((list) => list.flat().join("\n"));

/** A program of the grammar. */
export const program = programOf(12);
/** A short one, for what takes long: every gradient in it is judged in five networks. */
export const shortProgram = programOf(5);

export const anyExpression: Text = expression;

const TOKENS = /\w+|\s+|[^\w\s]+/g;
const POOL = [
  ...new Set(
    Object.values(solutions)
      .join("\n")
      .match(TOKENS)!
      .filter((t) => /\S/.test(t)),
  ),
];

type Edit = (parts: readonly string[]) => readonly string[];
const edit: fc.Arbitrary<Edit> = fc
  .tuple(fc.nat(), fc.nat(), often([3, fc.constantFrom(...POOL)], [1, expression], [1, name]))
  .chain(([i, j, token]) =>
    fc.constantFrom<Edit[]>(
      (p) => p.with(i % p.length, token),
      (p) => p.toSpliced(i % p.length, 1),
      (p) => p.toSpliced(i % p.length, 0, p[j % p.length]),
      (p) => p.with(i % p.length, p[j % p.length]).with(j % p.length, p[i % p.length]),
      (p) => p.toSpliced(i % p.length, j % 9),
    ),
  );

/** Some statements of a right solution, one after the other; now and then all of them. */
const part: Text = fc
  .tuple(
    fc.constantFrom(...Object.values(solutions).map((solution) => solution.trim().split(/\n(?=\S)/))),
    fc.nat(),
    often([12, fc.integer({ min: 1, max: 6 })], [1, fc.constant(Number.POSITIVE_INFINITY)]),
  )
  .map(([statements, at, count]) => {
    const from = Number.isFinite(count) ? at % statements.length : 0;
    return statements.slice(from, from + count).join("\n");
  });

/** A right solution, or a part of one, after some changes of its tokens or of its lines. */
export const mutated: Text = fc
  .tuple(part, fc.boolean(), fc.array(edit, { minLength: 1, maxLength: 4 }))
  .map(([solution, lines, edits]) => {
    const parts: readonly string[] = lines ? solution.split(/(?<=\n)/) : solution.match(TOKENS)!;
    return edits.reduce<readonly string[]>((p, change) => (p.length > 0 ? change(p) : p), parts).join("");
  });
