/** The warm-up: three one-liners for the three rules that all later lines use. */
import type { CaseSizes, Task } from "../types.ts";
import { wrong } from "./entry.ts";

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

const group = "warm-up";

export const warmUp: readonly Task[] = [
  {
    name: "dedge",
    exercise: 0,
    group,
    given: ["dcube"],
    asked: "The chain rule: from dcube, the gradient of what `cube = edge**3` makes, find dedge.",
    hints: {
      forward: [CUBE],
      rule: "The chain rule: multiply the gradient that arrives at the result by the derivative of the result. The derivative of x³ is 3x².",
      shapes: "edge (n, E), dcube (n, E) → dedge (n, E)",
      example: "edge = [[1, 2], [-1, 0.5]] and dcube = [[1, 0.5], [2, 4]] give dedge = [[3, 6], [6, 3]].",
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
        "Yours stays the same whatever `dcube` is: a cube that the result does not need would pull at its edge as hard as any other.",
      ),
      wrong(
        "dedge.passed-through",
        "dedge = dcube",
        "Yours hands `dcube` on as it came, as if a longer edge made every cube grow by the same amount.",
      ),
      wrong("dedge.no-factor", "dedge = edge**2 * dcube", "Each entry of yours is 3 times too small."),
      wrong(
        "dedge.same-exponent",
        "dedge = 3 * edge**3 * dcube",
        "Each entry of yours is too large by its own `edge`: right where the edge is 1, and of the other sign where it is negative.",
      ),
      wrong(
        "dedge.exponent-too-low",
        "dedge = 3 * edge * dcube",
        "Each entry of yours is too small by its own `edge`: right where the edge is 1, and of the other sign where it is negative.",
      ),
      wrong(
        "dedge.value",
        "dedge = edge**3 * dcube",
        "Yours has the cube itself where its derivative belongs: it says how large the cube is, and not how fast it grows.",
      ),
      wrong(
        "dedge.divided",
        "dedge = dcube / (3 * edge**2)",
        "Yours shrinks where the cube grows fastest: there the edge matters most, and yours gives it the smallest gradient.",
      ),
      wrong(
        "dedge.rule-on-gradient",
        "dedge = 3 * dcube**2",
        "Yours is a derivative at `dcube`, not at `edge`: it would be the same for every edge.",
      ),
    ],
  },
  {
    name: "dshared",
    exercise: 0,
    group,
    given: ["dlifted"],
    asked:
      "What was copied is summed: `lifted = tall + shared` adds the one row `shared` to every row of `tall`. From dlifted, find dshared.",
    hints: {
      forward: [LIFTED],
      rule: "Broadcasting copied the row n times. A tensor that was copied gets the sum of its copies' gradients, over the dimension in which it was copied.",
      shapes: "dlifted (n, E) → dshared (1, E)",
      example: "dlifted = [[1, 2], [3, -5]] gives dshared = [[4, -3]].",
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
      wrong(
        "dshared.no-sum",
        "dshared = dlifted",
        ({ n }) =>
          `Yours has ${n} rows, one for each copy, but there is only one row \`shared\`, and it can move in only one way.`,
      ),
      wrong(
        "dshared.wrong-axis",
        "dshared = dlifted.sum(1, keepdim=True)",
        "Yours has one number per row of `lifted` and none per column: it ran along the row that was copied, and not along its copies.",
      ),
      wrong(
        "dshared.mean",
        "dshared = dlifted.mean(0, keepdim=True)",
        ({ n }) => `Each entry of yours is ${n} times too small, and n is ${n} here.`,
      ),
      wrong(
        "dshared.everything",
        "dshared = dlifted.sum()",
        "Yours is a single number: the columns of `shared` went into different columns of `lifted`, and yours no longer tells them apart.",
      ),
      wrong(
        "dshared.one-copy",
        "dshared = dlifted[:1]",
        ({ n }) => `Yours is what the first copy gets; the other ${n - 1} count for nothing.`,
      ),
      wrong(
        "dshared.last-copy",
        "dshared = dlifted[-1:]",
        ({ n }) =>
          `Yours is what the last copy gets, as if each copy had overwritten the one before; ${n - 1} are lost.`,
      ),
      wrong(
        "dshared.times-value",
        "dshared = (shared * dlifted).sum(0, keepdim=True)",
        "Each column of yours is scaled by the value of `shared`, so a row of zeros could never be moved by anything.",
      ),
      wrong(
        "dshared.other-summand",
        "dshared = (tall * dlifted).sum(0, keepdim=True)",
        "Yours depends on `tall`: it is the gradient for a product of the two, and the line has a sum.",
      ),
    ],
  },
  {
    name: "dfork",
    exercise: 0,
    group,
    given: ["dstraight", "dsquared"],
    asked:
      "Two arrows add up: `fork` is used in `straight = slope * fork` and in `squared = fork**2`. From dstraight and dsquared, find dfork.",
    hints: {
      forward: [STRAIGHT, SQUARED],
      rule: "Follow each arrow that leaves the tensor back on its own by the chain rule, and add what arrives.",
      shapes: "slope (1, E), fork (n, E), dstraight (n, E), dsquared (n, E) → dfork (n, E)",
      example:
        "slope = [[2, -1]], fork = [[1, 2], [3, 0]], dstraight = [[1, 1], [2, 3]] and dsquared = [[1, 0.5], [0, 1]] give dfork = [[4, 1], [4, -3]].",
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
        "Half of it: one of two arrows is right, and the one through `squared` is missing.",
      ),
      wrong(
        "dfork.squared-only",
        "dfork = 2 * fork * dsquared",
        "Half of it: one of two arrows is right, and the one through `straight` is missing.",
      ),
      wrong(
        "dfork.product",
        "dfork = slope * dstraight * 2 * fork * dsquared",
        "Yours multiplies what comes along the two arrows, so that one arrow without a gradient would silence the other.",
      ),
      wrong(
        "dfork.average",
        "dfork = (slope * dstraight + 2 * fork * dsquared) / 2",
        "Each entry of yours is 2 times too small, as if every arrow counted for less because there is another.",
      ),
      wrong(
        "dfork.no-factor",
        "dfork = slope * dstraight + fork * dsquared",
        "The arrow through `straight` is right; what comes through `squared` is 2 times too small in yours.",
      ),
      wrong(
        "dfork.difference",
        "dfork = slope * dstraight - 2 * fork * dsquared",
        "The arrow through `straight` is right; what comes through `squared` has the wrong sign in yours.",
      ),
      wrong(
        "dfork.passed-through",
        "dfork = dstraight + dsquared",
        "Yours adds what arrives at the ends of the two arrows: neither has been followed back to `fork` yet.",
      ),
      wrong(
        "dfork.mixed",
        "dfork = (slope + 2 * fork) * (dstraight + dsquared)",
        "Yours sends each gradient back along both arrows: it also has `dstraight` come through the square, and `dsquared` through the slope.",
      ),
      wrong(
        "dfork.exchanged",
        "dfork = slope * dsquared + 2 * fork * dstraight",
        "Yours sends each gradient back along the other one's arrow.",
      ),
    ],
  },
];
