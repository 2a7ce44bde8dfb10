/** The initial values of the seven parameters: how the notebook draws each of them, and what it is for. */
import type { TorchGenerator } from "../random/torch.ts";
import type { Line } from "./line.ts";
import { elementCount, PARAMETERS, type ParameterName, type Parameters, type Sizes } from "./tensors.ts";

/** A parameter's line in the notebook, and how its values come from draws of the standard normal distribution. */
interface Initial extends Line {
  /** The notebook draws bngain and bnbias from torch's default generator, and the rest from a seeded one, `g`. */
  readonly from: "generator" | "bnGenerator";
  /** One value from one draw, in float32 after each operation and in the notebook's order, as torch rounds. */
  readonly value: (draw: number, s: Sizes) => number;
}

const { fround, sqrt } = Math;
const tenth = (x: number): number => fround(x * fround(0.1));
const r = String.raw;

export const INITIAL: Readonly<Record<ParameterName, Initial>> = {
  C: {
    torch: "C = torch.randn((V, E), generator=g)",
    from: "generator",
    value: (x) => x,
    formula: r`C_{ve} \sim N(0, 1) \text{ at first}`,
    why: "The embedding table: a row of E floats for every character.",
  },
  W1: {
    torch: "W1 = torch.randn((T*E, H), generator=g) * (5/3) / (T*E)**0.5",
    from: "generator",
    value: (x, s) => fround(x * fround(5 / 3)) / fround(sqrt(s.context * s.embedding)),
    formula: r`W1_{kj} \sim \frac{5/3}{\sqrt{TE}} N(0, 1) \text{ at first}`,
    why: "Weights of the hidden layer, scaled (Kaiming, with the gain for tanh) so that its sums start with a suitable spread.",
  },
  b1: {
    torch: "b1 = torch.randn(H, generator=g) * 0.1",
    from: "generator",
    value: tenth,
    formula: r`b1_{j} \sim 0.1 N(0, 1) \text{ at first}`,
    why: "Useless, on purpose: BatchNorm subtracts it again with the mean, and its gradient is nothing but rounding.",
  },
  W2: {
    torch: "W2 = torch.randn((H, V), generator=g) * 0.1",
    from: "generator",
    value: tenth,
    formula: r`W2_{jv} \sim 0.1 N(0, 1) \text{ at first}`,
    why: "Weights of the output layer, small at first, so that no character starts as a favourite.",
  },
  b2: {
    torch: "b2 = torch.randn(V, generator=g) * 0.1",
    from: "generator",
    value: tenth,
    formula: r`b2_{v} \sim 0.1 N(0, 1) \text{ at first}`,
    why: "How likely each character is, whatever the context. Not 0 at first, because zeros hide wrong gradients.",
  },
  bngain: {
    torch: "bngain = torch.randn((1, H)) * 0.1 + 1.0",
    from: "bnGenerator",
    value: (x) => tenth(x) + 1,
    formula: r`bngain_{j} \sim 1 + 0.1 N(0, 1) \text{ at first}`,
    why: "The scale that BatchNorm learns, one per neuron. Not exactly 1 at first, because ones hide wrong gradients.",
  },
  bnbias: {
    torch: "bnbias = torch.randn((1, H)) * 0.1",
    from: "bnGenerator",
    value: tenth,
    formula: r`bnbias_{j} \sim 0.1 N(0, 1) \text{ at first}`,
    why: "The shift that BatchNorm learns, one per neuron. It does what b1 cannot.",
  },
};

/**
 * Draws the notebook's initial parameters: `C`, `W1`, `b1`, `W2`, `b2` from `generator`, in this order, then `bngain` and
 * `bnbias` from `bnGenerator`.
 */
export function drawParameters(s: Sizes, generator: TorchGenerator, bnGenerator: TorchGenerator): Parameters {
  const generators = { generator, bnGenerator };
  const drawn = PARAMETERS.map((name) => {
    const { from, value } = INITIAL[name];
    const draws = generators[from].randn(elementCount(name, s));
    return [name, draws.map((x) => value(x, s))];
  });
  return Object.fromEntries(drawn) as Record<ParameterName, Float32Array>;
}
