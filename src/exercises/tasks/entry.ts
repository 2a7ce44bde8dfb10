/** Short ways to write a task's entries, and the sentences that many of them share. */
import { NOTEBOOK } from "../../model/notebook.ts";
import type { CaseSizes, Mistake } from "../types.ts";

type Says = string | Mistake["says"];

/** A line whose values are wrong, whether or not this network shows it. */
export const wrong = (id: string, line: string, says: Says): Mistake => ({
  id,
  line,
  says: typeof says === "string" ? () => says : says,
  verdict: "wrong",
});

/** A line that is true in this network, for the reason `why`, but is not the step that is asked for: the one from any values of `given`. */
export const rightHere = (id: string, line: string, given: readonly string[], why: string): Mistake => {
  const [name] = id.split(".");
  const from = given.map((each) => `\`${each}\``).join(" and ");
  return {
    id,
    line,
    says: () => `True here, because ${why}. The step asked for is \`${name}\` from any ${from}.`,
    verdict: "right-here",
  };
};

/** The notebook's lines that make these tensors. */
export const lines = (...names: readonly string[]): string[] => names.map((name) => NOTEBOOK[name].torch);

export const tooLarge = (size: keyof CaseSizes) => (sizes: CaseSizes) =>
  `Every number of yours is ${sizes[size]} times too large, and ${size} is ${sizes[size]} here.`;

export const tooSmall = (size: keyof CaseSizes) => (sizes: CaseSizes) =>
  `Every number of yours is ${sizes[size]} times too small, and ${size} is ${sizes[size]} here.`;

/** Made of the forward pass alone. */
export const noLoss = (name: string): string =>
  `Yours would be the same whatever the targets are: \`${name}\` is a value of the forward pass, and nothing in it comes from the loss.`;

export const lastExample = ({ n }: CaseSizes): string =>
  `Yours is what the last example gives; what the other ${n - 1} give is lost.`;

/** Wrong all the same: what would show it is 0 in this network, but for rounding. */
export const unseen = (vanishing: string): string =>
  `\`cmp\` cannot see it, because \`${vanishing}\` is 0 in this network.`;

/**
 * How the sum over the batch goes wrong for the gradient of a tensor that is one row, with a number for `each` of something. `terms` is
 * what is to be summed, a row for each example.
 */
export function sumOverBatch(
  gradient: string,
  terms: string,
  {
    each = "neuron",
    size = "n_hidden",
    keepdim = true,
    vanishes = false,
  }: { each?: string; size?: keyof CaseSizes; keepdim?: boolean; vanishes?: boolean } = {},
): Mistake[] {
  const sum = /^\w+$/.test(terms) ? terms : `(${terms})`;
  const row = `\`${gradient.slice(1)}\``;
  const keep = keepdim ? ", keepdim=True" : "";
  const hidden = vanishes ? ` ${unseen(gradient)}` : "";
  const entry = (what: string, result: string, says: Mistake["says"]): Mistake =>
    wrong(`${gradient}.${what}`, `${gradient} = ${result}`, says);
  return [
    entry(
      "no-sum",
      terms,
      ({ n }) =>
        `Yours has ${n} rows, one for each example; there is only one row ${row}, and it can move in only one way.`,
    ),
    entry(
      "wrong-axis",
      `${sum}.sum(1${keep})`,
      (sizes) =>
        `Yours has ${sizes.n} numbers, one for each example; ${row} has ${sizes[size]}, one for each ${each}.`,
    ),
    entry(
      "everything",
      `${sum}.sum()`,
      (sizes) =>
        `Yours is a single number for all ${sizes[size]} ${each}s, so it cannot tell them apart.${hidden}`,
    ),
    entry("mean", `${sum}.mean(0${keep})`, (sizes) => `${tooSmall("n")(sizes)}${hidden}`),
    entry("last-example", `${sum}[${keepdim ? "-1:" : "-1"}]`, lastExample),
  ];
}
