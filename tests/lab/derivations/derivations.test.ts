/** Every formula of the derivations, computed: on networks with random gradients, against what the step's own operations give. */
import { describe, expect, it } from "vitest";
import { mathml } from "../../../scripts/tex/mathml.ts";
import type { Case, Spec } from "../../../src/exercises/case.ts";
import { TASKS } from "../../../src/exercises/catalogue.ts";
import { Tensor } from "../../../src/exercises/dialect/tensor.ts";
import { GRADIENTS } from "../../../src/exercises/names.ts";
import { NetworkCase } from "../../../src/exercises/network_case.ts";
import { DERIVATIONS, type Exercise } from "../../../src/lab/derivations/index.ts";
import { lettersOf } from "../../../src/lab/derivations/letters.ts";
import { lineOf } from "../../../src/lab/derivations/lines.ts";
import type { Derivation } from "../../../src/lab/derivations/types.ts";
import { partsOf } from "../../../src/lab/tex/parts.ts";
import { atOnce } from "../../../src/model/at_once.ts";
import { FUSED } from "../../../src/model/fused.ts";
import { NOTEBOOK } from "../../../src/model/notebook.ts";
import { type CmpName, SHAPES, type Sizes } from "../../../src/model/tensors.ts";
import { claimsOf, distance, places, sizeOf, type World } from "./formula.ts";

/** All extents differ, so that no letter can stand for another. */
const SIZES: Sizes = { batch: 5, vocabulary: 7, context: 2, embedding: 3, hidden: 11 };
/** For what is written out: two of everything. */
const PAIR: Sizes = { batch: 2, vocabulary: 2, context: 1, embedding: 2, hidden: 2 };
/** Difference quotients of these functions are exact to some 1e-9 of their size. */
const SHARE = 1e-6;
/** Places at which a claim is computed; all of them, where there are no more. */
const TRIED = 40;

const caseOf = (sizes: Sizes, upstream: Spec["upstream"]): Case =>
  // In the pair the two contexts differ: of equal ones BatchNorm makes zeros.
  NetworkCase.of({
    name: "derivations",
    sizes,
    seed: 11,
    upstream,
    ...(sizes === PAIR && { distinct: true }),
  });
const cases = { wide: caseOf(SIZES, "random"), pair: caseOf(PAIR, "random") };

/** The tensors as a derivation's reader has them: what arrives is random, and its own gradient is the right one. */
function worldOf(exercise: Exercise, name: string, one: Case, sizes: Sizes, chain: boolean): World {
  const from = exercise === 3 ? ["dhpreact"] : [];
  const at = chain || exercise > 1 ? one.following(new Set(chain ? [] : from)) : one;
  const tensors = new Map<string, World["tensors"] extends ReadonlyMap<string, infer T> ? T : never>();
  const put = (key: string, tensor: Tensor): void => {
    const written = SHAPES[key.replace(/^d/, "") as CmpName]?.split(",");
    const shape = tensor.shape.filter((_, axis) => written?.[axis] !== "1");
    tensors.set(key, { shape, values: Float64Array.from(tensor.read()) });
  };
  for (const [key, value] of at.given) if (value instanceof Tensor) put(key, value);
  for (const [key, value] of at.standIns(1)) put(key, value);
  const task = TASKS.find((each) => each.name === name && each.exercise === exercise)!;
  if (!chain) put(name, at.right(task).tensor);
  const { batch: n, vocabulary: V, context: T, embedding: E, hidden: H } = sizes;
  const K = T * E;
  return {
    extents: { i: n, r: n, v: V, u: V, t: T, e: E, k: K, j: H },
    numbers: { n, V, T, E, H, K },
    tensors,
    forward: (made) => NOTEBOOK[made].formula,
  };
}

/** How many places were looked at. */
function check(formula: string, world: World): number {
  let looked = 0;
  for (const { sides, free, conditions } of claimsOf(formula, world)) {
    expect(sides.length, formula).toBeGreaterThan(1);
    const all = [...places(free, world.extents)]
      .map((place) => new Map(place))
      .filter((place) => conditions.every((holds) => holds(place)));
    const stride = Math.ceil(all.length / TRIED);
    for (const place of all.filter((_, i) => i % stride === 0)) {
      const [first, ...others] = sides.map((side) => side(place));
      looked++;
      for (const other of others)
        expect(distance(first, other), `${formula} at ${[...place].join(" ")}`).toBeLessThan(
          SHARE * Math.max(1, sizeOf(first)),
        );
    }
  }
  return looked;
}

const WRITTEN_OUT = /_\{[^}]*\d|loss = |\{2 − 1\}/;

/** The formulas of a derivation that do not hold. */
function examine(exercise: Exercise, name: string, { steps }: Pick<Derivation, "steps">): void {
  const last = { formula: lineOf(name, exercise).formula, here: undefined };
  for (const { formula, here = false } of [...steps, last]) {
    if (formula === undefined) continue;
    const pair = WRITTEN_OUT.test(formula);
    const world = worldOf(exercise, name, pair ? cases.pair : cases.wide, pair ? PAIR : SIZES, here);
    expect(check(formula, world), formula).toBeGreaterThan(0);
  }
}

const all = ([1, 2, 3] as const).flatMap((exercise) =>
  Object.entries(DERIVATIONS[exercise]).map(([name, derivation]) => ({ exercise, name, derivation })),
);

it("every gradient has a derivation, in the notebook's order, and so have exercises 2 and 3", () => {
  expect(Object.keys(DERIVATIONS[1])).toEqual(GRADIENTS);
  for (const exercise of [2, 3] as const)
    expect(Object.keys(DERIVATIONS[exercise])).toEqual(
      TASKS.filter((task) => task.exercise === exercise && !task.stepOf).map(({ name }) => name),
    );
});

it.each(all)("exercise $exercise, $name: every formula is true", ({ exercise, name, derivation }) => {
  examine(exercise, name, derivation);
});

it.each(all)(
  "exercise $exercise, $name: every letter is explained, and every formula is drawn",
  ({ exercise, name, derivation: { steps, last, traps } }) => {
    const formulas = [...steps.flatMap(({ formula }) => formula ?? []), lineOf(name, exercise).formula];
    const texts = [...steps.map(({ say }) => say), last, ...traps];
    const told = [...lettersOf(formulas), ...texts].join(" ");
    const used = formulas.join(" ").matchAll(/(?<![\w\\])[itekjvur](?![\w^])|(?<=_\{)[itekjvur]+(?=[} ])/g);
    for (const [letters] of used)
      for (const letter of letters) expect(told, `${name} uses ${letter}`).toContain(`$${letter}$`);
    for (const formula of formulas) expect(mathml(formula, true)).toContain("<math");
    for (const text of [...texts, ...lettersOf(formulas)])
      for (const part of partsOf(text))
        if (part.kind === "formula") expect(mathml(part.tex, part.display)).toContain("<math");
        // A formula that is not closed would be shown as it is written.
        else expect(part.kind === "code" ? "" : part.text, text).not.toMatch(/[$`\\{]/);
  },
);

describe("the fused step's line of", () => {
  const world = worldOf(1, "dhprebn", cases.wide, SIZES, true);
  it.each(Object.entries(FUSED))("%s says what the notebook's says", (name, { formula }) => {
    const looked = check(formula.replaceAll("\\mu", "bnmeani"), world);
    expect(looked, name).toBeGreaterThan(0);
  });
});

describe("a wrong formula is seen:", () => {
  it.each([
    ["dcounts", "dcounts_{iv} = dprobs_{iv} counts_sum_inv_{i}"],
    ["dbnvar", String.raw`\frac{\partial bnvar_inv_{j}}{\partial bnvar_{j}} = −\frac{1}{2} bnvar_{j}^{−3/2}`],
    ["dbndiff2", String.raw`\frac{\partial bnvar_{j}}{\partial bndiff2_{ij}} = \frac{1}{n}`],
    [
      "dh",
      String.raw`\begin{pmatrix} dh_{11} & dh_{12} \\ dh_{21} & dh_{22} \end{pmatrix} = \begin{pmatrix} dlogits_{11} & dlogits_{12} \\ dlogits_{21} & dlogits_{22} \end{pmatrix} \begin{pmatrix} W2_{11} & W2_{12} \\ W2_{21} & W2_{22} \end{pmatrix}`,
    ],
    ["dlogits", "dlogits_{iv} = dnorm_logits_{iv}"],
    ["dC", String.raw`dC_{ve} = \sum_{i} [v = Xb_{it}] demb_{ite}`],
  ])("%s", (name, formula) => {
    expect(() => examine(1, name, { steps: [{ say: "", formula }] })).toThrow(/at /);
  });

  it("exercise 3 without Bessel's factor", () => {
    const { formula } = atOnce.dhprebn;
    const wrong = formula.replace(String.raw`\frac{n}{n − 1} `, "");
    expect(wrong).not.toBe(formula);
    expect(() => examine(3, "dhprebn", { steps: [{ say: "", formula: wrong }] })).toThrow(/at /);
  });
});
