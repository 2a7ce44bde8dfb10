/** The warm-up: three one-liners for the three rules that all later lines use. */
import type { CaseSizes, Task } from "../types.ts";
import { sumOverBatch, wrong } from "./entry.ts";

const CUBE = "cube = edge**3";
const LIFTED = "lifted = tall + shared";
const STRAIGHT = "straight = slope * fork";
const SQUARED = "squared = fork**2";

/**
 * The warm-up's own forward pass, of tensors that the network does not have. Their names are long enough for nobody to have them by
 * accident.
 */
export const WARM_UP: {
  /** What is drawn at random, with its shape. */
  readonly drawn: Readonly<Record<string, (sizes: CaseSizes) => readonly number[]>>;
  /** What is made of it, by the name of the result; its gradient is given. */
  readonly lines: Readonly<Record<string, string>>;
} = {
  drawn: {
    edge: ({ n, n_embd }) => [n, n_embd],
    tall: ({ n, n_embd }) => [n, n_embd],
    shared: ({ n_embd }) => [1, n_embd],
    slope: ({ n_embd }) => [1, n_embd],
    fork: ({ n, n_embd }) => [n, n_embd],
  },
  lines: { cube: CUBE, lifted: LIFTED, straight: STRAIGHT, squared: SQUARED },
};

const exercise = 0;
const group = "warm-up";

export const warmUp: readonly Task[] = [
  {
    name: "dedge",
    exercise,
    group,
    given: ["dcube"],
    asked: "The chain rule: what is `dedge`, given `dcube`, the gradient of what `cube = edge**3` makes?",
    hints: {
      forward: [CUBE],
      rule: "The chain rule: multiply the gradient that arrives at the result by the slope of the result. The slope of x³ is 3x².",
      shapes: "`edge` (n, E), `dcube` (n, E) → `dedge` (n, E)",
      example:
        "`edge = [[1, 2], [-1, 0.5]]` and `dcube = [[1, 0.5], [2, 4]]` give `dedge = [[3, 6], [6, 3]]`.",
      hole: "dedge = ___ * dcube",
    },
    spellings: [
      "dedge = 3 * edge**2 * dcube",
      "dedge = dcube * 3.0 * edge * edge",
      "dedge = 3 * edge.pow(2) * dcube",
      "dedge = dcube * edge**2\ndedge *= 3",
    ],
    mistakes: [
      wrong(
        "dedge.no-upstream",
        "dedge = 3 * edge**2",
        "Yours stays the same whatever `dcube` is: a cube that the loss does not need would pull at its edge as hard as any other.",
      ),
      wrong(
        "dedge.passed-through",
        "dedge = dcube",
        "Yours hands `dcube` on as it came, as if a longer edge made every cube grow by the same amount.",
      ),
      wrong("dedge.no-factor", "dedge = edge**2 * dcube", "Every number of yours is 3 times too small."),
      wrong(
        "dedge.same-exponent",
        "dedge = 3 * edge**3 * dcube",
        "Each number of yours is off by the factor `edge`: right where the edge is 1, and of the wrong sign where it is negative.",
      ),
      wrong(
        "dedge.exponent-too-low",
        "dedge = 3 * edge * dcube",
        "Each number of yours is off by the factor 1/`edge`: right where the edge is 1, and of the wrong sign where it is negative.",
      ),
      wrong(
        "dedge.value",
        "dedge = edge**3 * dcube",
        "Each number of yours is off by the factor `edge`/3: it says how large the cube is, and not how fast it grows.",
      ),
      wrong(
        "dedge.divided",
        "dedge = dcube / (3 * edge**2)",
        "Yours is smallest where the cube grows fastest and its edge matters most, and grows without bound where the edge is near 0.",
      ),
      wrong(
        "dedge.rule-on-gradient",
        "dedge = 3 * dcube**2",
        "Yours does not depend on `edge` at all: it is the slope of a cube whose edge is `dcube`.",
      ),
    ],
  },
  {
    name: "dshared",
    exercise,
    group,
    given: ["dlifted"],
    asked:
      "What was copied is summed: what is `dshared`, given `dlifted`, where `lifted = tall + shared` adds one row to every row of `tall`?",
    hints: {
      forward: [LIFTED],
      rule: "Broadcasting copied the row n times. A tensor that was copied gets the sum of its copies' gradients, over the dimension in which it was copied.",
      shapes: "`dlifted` (n, E) → `dshared` (1, E)",
      example: "`dlifted = [[1, 2], [3, -5]]` gives `dshared = [[4, -3]]`.",
      hole: "dshared = dlifted.___",
    },
    spellings: [
      "dshared = dlifted.sum(0, keepdim=True)",
      "dshared = torch.sum(dlifted, dim=0, keepdim=True)",
      "dshared = dlifted.sum(0).view(1, -1)",
      "dshared = torch.ones(1, n) @ dlifted",
      "dshared = torch.zeros_like(shared)\nfor row in dlifted:\n  dshared += row",
    ],
    mistakes: [
      ...sumOverBatch("dshared", "dlifted", { each: "column", size: "n_embd" }),
      wrong(
        "dshared.first-example",
        "dshared = dlifted[:1]",
        ({ n }) => `Yours is what the first example gives; what the other ${n - 1} give is lost.`,
      ),
      wrong(
        "dshared.times-value",
        "dshared = (shared * dlifted).sum(0, keepdim=True)",
        "Each column of yours is off by the factor `shared`: a `shared` of 0 could never be moved.",
      ),
      wrong(
        "dshared.other-summand",
        "dshared = (tall * dlifted).sum(0, keepdim=True)",
        "Yours depends on `tall`, although one more in `shared` is one more in `lifted` whatever `tall` is.",
      ),
    ],
  },
  {
    name: "dfork",
    exercise,
    group,
    given: ["dstraight", "dsquared"],
    asked:
      "Two arrows add up: what is `dfork`, given `dstraight` and `dsquared`, where `straight = slope * fork` and `squared = fork**2`?",
    hints: {
      forward: [STRAIGHT, SQUARED],
      rule: "Two lines use the tensor, so two arrows leave it. Follow each one back by the chain rule, and add what comes back along both.",
      shapes: "`slope` (1, E), `fork` (n, E), `dstraight` (n, E), `dsquared` (n, E) → `dfork` (n, E)",
      example:
        "`slope = [[2, -1]]`, `fork = [[1, 2], [3, 0]]`, `dstraight = [[1, 1], [2, 3]]` and `dsquared = [[1, 0.5], [0, 1]]` give `dfork = [[4, 1], [4, -3]]`.",
      hole: "dfork = slope * dstraight + ___",
    },
    spellings: [
      "dfork = slope * dstraight + 2 * fork * dsquared",
      "dfork = slope * dstraight\ndfork += 2.0 * fork * dsquared",
      "dfork = dsquared * (fork + fork) + dstraight * slope",
    ],
    mistakes: [
      wrong(
        "dfork.straight-only",
        "dfork = slope * dstraight",
        "Half of it, one of two paths: the one through `squared` is missing.",
      ),
      wrong(
        "dfork.squared-only",
        "dfork = 2 * fork * dsquared",
        "Half of it, one of two paths: the one through `straight` is missing.",
      ),
      wrong(
        "dfork.multiplied",
        "dfork = slope * dstraight * 2 * fork * dsquared",
        "Yours multiplies what comes back along the two paths, so that a path without a gradient would silence the other.",
      ),
      wrong(
        "dfork.averaged",
        "dfork = (slope * dstraight + 2 * fork * dsquared) / 2",
        "Every number of yours is 2 times too small, as if each path counted for less because there is another.",
      ),
      wrong(
        "dfork.no-factor",
        "dfork = slope * dstraight + fork * dsquared",
        "The path through `straight` is right; the one through `squared` is 2 times too small.",
      ),
      wrong(
        "dfork.minus",
        "dfork = slope * dstraight - 2 * fork * dsquared",
        "The path through `straight` is right; the one through `squared` has the wrong sign.",
      ),
      wrong(
        "dfork.passed-through",
        "dfork = dstraight + dsquared",
        "Yours adds `dstraight` and `dsquared` as they came, and stays the same whatever `slope` and `fork` are.",
      ),
      wrong(
        "dfork.mixed",
        "dfork = (slope + 2 * fork) * (dstraight + dsquared)",
        "Yours sends each gradient back along both paths: `dstraight` comes through the square as well, and `dsquared` through the slope.",
      ),
      wrong(
        "dfork.exchanged",
        "dfork = slope * dsquared + 2 * fork * dstraight",
        "Yours sends each gradient back along the other one's path.",
      ),
    ],
  },
];
