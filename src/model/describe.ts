/** Every tensor that a plan can name, with its shape, its role and where it is stored. */
import type { ElementType } from "../plan/contract.ts";
import type { Role, Tensor } from "../plan/plan.ts";
import { arena } from "./arena.ts";
import { coefficientCount, stateOf, type UpdateRule } from "./optimizers.ts";
import { axes, type CmpName, isParameter, resolve, SHAPES, type Sizes, symbols } from "./tensors.ts";

/** Tensors without a gradient that a training step reads or returns. */
const OF_A_STEP = {
  Xb: { shape: "N,T", role: "input", type: "u32" },
  Yb: { shape: "N", role: "input", type: "u32" },
  /** The optimiser's coefficients for this step: see shaders/optimizers.ts. */
  coefficients: { shape: "Q", role: "input", type: "f32" },
  loss: { shape: "", role: "output", type: "f32" },
} as const satisfies Record<string, { shape: string; role: Role; type: ElementType }>;

/** And all others. */
const OTHERS = {
  logit_argmax: { shape: "N", role: "activation", type: "u32" },
  /** Calibration: rows of a batch that count; their mean and summed squared deviations. */
  rows: { shape: "", role: "input", type: "u32" },
  batch_mean: { shape: "1,H", role: "output", type: "f32" },
  batch_m2: { shape: "1,H", role: "output", type: "f32" },
  row_loss: { shape: "N", role: "output", type: "f32" },
  /** Statistics of a whole split. */
  bnmean: { shape: "1,H", role: "state", type: "f32" },
  bnvar_all: { shape: "1,H", role: "state", type: "f32" },
  /** Sampling: the contexts so far, a uniform draw per name, the characters drawn. */
  contexts: { shape: "N,T", role: "state", type: "u32" },
  uniforms: { shape: "N", role: "input", type: "f32" },
  drawn: { shape: "N", role: "output", type: "u32" },
  /** What sampling may do to logits before it draws: 1 / temperature for every name, and how many characters may be drawn. */
  inverse_temperature: { shape: "N", role: "state", type: "f32" },
  tempered: { shape: "N,V", role: "activation", type: "f32" },
  top_k: { shape: "", role: "state", type: "u32" },
  kept: { shape: "N,V", role: "activation", type: "f32" },
} as const satisfies Record<string, { shape: string; role: Role; type: ElementType }>;

/** A tensor of the network, its gradient, one of the arenas, or what a step reads and returns. */
export type TensorName =
  | CmpName
  | `d${CmpName}`
  | keyof typeof OF_A_STEP
  | keyof typeof OTHERS
  | "parameters"
  | "gradients";

/** How a plan trains. */
export interface Training {
  readonly update: UpdateRule;
  /**
   * Training steps in one run of the plan, and networks that train side by side: leading axes of `Xb`, `Yb`, `coefficients` and `loss`, and
   * the latter of the arenas too. Undefined where a plan has no such axes.
   */
  readonly steps?: number;
  readonly networks?: number;
  /** The arena whose windows are called `dC`, `dW1`, …: the whole step leaves gradients in the parameters' places. */
  readonly gradients: "gradients" | "parameters";
}

const STEP: Training = { update: "sgd", gradients: "gradients" };

/** Every tensor there can be; a plan keeps those its calls name. */
export function describeTensors(s: Sizes, training: Partial<Training> = {}): ReadonlyMap<string, Tensor> {
  const { update, steps, networks, gradients } = { ...STEP, ...training };
  const Q = coefficientCount(update);
  const leading = { ...(steps && { S: steps }), ...(networks && { M: networks }) };
  const sizes = { ...symbols(s), ...leading, ...(Q > 1 ? { Q } : {}) };
  const { offsets, length } = arena(s);
  const tensors = new Map<string, Tensor>();
  const put = (name: string, shape: string, role: Role, type: ElementType, view?: Tensor["view"]) =>
    tensors.set(name, { name, shape: resolve(shape, sizes), symbols: axes(shape), role, type, view });

  const arenas: readonly (readonly [name: string, role: Role])[] = [
    ["parameters", "parameter"],
    ["gradients", "gradient"],
    ...stateOf(update).map((name) => [name, "state"] as const),
  ];
  for (const [name, role] of arenas)
    tensors.set(name, {
      name,
      shape: networks ? [networks, length] : [length],
      symbols: networks ? ["M", "P"] : ["P"],
      role,
      type: "f32",
    });
  // Of several networks, only the arenas as a whole have names.
  const alone = networks === undefined || networks === 1;

  for (const [name, shape] of Object.entries(SHAPES) as [CmpName, string][]) {
    if (isParameter(name) && alone) {
      const window = (of: string) => ({ of, offset: offsets[name] });
      put(name, shape, "parameter", "f32", window("parameters"));
      put(`d${name}`, shape, "gradient", "f32", window(gradients));
      for (const kept of stateOf(update)) put(`${kept}.${name}`, shape, "state", "f32", window(kept));
    } else if (!isParameter(name)) {
      const view = (prefix: "" | "d") => (name === "embcat" ? { of: `${prefix}emb`, offset: 0 } : undefined);
      put(name, shape, "activation", "f32", view(""));
      put(`d${name}`, shape, "gradient", "f32", view("d"));
    }
  }
  for (const [name, o] of Object.entries(OF_A_STEP)) {
    const one = o.shape === "Q" && Q === 1 ? "1" : o.shape;
    put(name, [...Object.keys(leading), ...axes(one)].join(), o.role, o.type);
  }
  for (const [name, o] of Object.entries(OTHERS)) put(name, o.shape, o.role, o.type);
  return tensors;
}
