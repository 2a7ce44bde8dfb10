/** How optimisers update a parameter. The same text serves one element (f32) and four (vec4f), in a buffer or in the whole step. */
import { lines, plus } from "./text.ts";

export interface Update {
  /** What the host computes for each step, in this order. All parameters share it. */
  readonly coefficients: readonly string[];
  /** What is kept for every parameter from step to step, under torch's names. */
  readonly state: readonly string[];
  /** WGSL that updates the parameter `p` and its state by the gradient `g`; `kept` is WGSL of a state's element. */
  text(p: string, g: string, kept: (state: string) => string): string;
}

/** WGSL that reads a step's coefficients; `from` is where they begin in a buffer that holds those of several steps. */
export const readCoefficients = ({ coefficients }: Update, from = ""): string =>
  lines(coefficients, (name, i) => `let ${name} = coefficients[${from ? plus(from, i) : i}];`);

/** p −= lr·g */
export const sgd: Update = {
  coefficients: ["lr"],
  state: [],
  text: (p, g) => `${p} -= lr * ${g};`,
};

/** buf = momentum·buf + g, p −= lr·buf. torch.optim.SGD's, without dampening and Nesterov; buf starts at 0. */
export const momentum: Update = {
  coefficients: ["lr", "momentum"],
  state: ["momentum_buffer"],
  text: (p, g, kept) => {
    const buffer = kept("momentum_buffer");
    return `${buffer} = momentum * ${buffer} + ${g};
${p} -= lr * ${buffer};`;
  },
};

/**
 * m += (1−β₁)·(g−m), v = β₂·v + (1−β₂)·g², p = (1−lr·λ)·p − lr/(1−β₁ᵗ)·m/(√v/√(1−β₂ᵗ) + ε). torch.optim.AdamW's; m and v start at 0.
 * Source: Loshchilov & Hutter 2019, algorithm 2. The coefficients are 1−β₁, β₂, 1−β₂, 1−lr·λ, lr/(1−β₁ᵗ), √(1−β₂ᵗ) and ε in step t.
 */
export const adamw: Update = {
  coefficients: ["step_size", "keep", "new_mean", "old_square", "new_square", "correction", "eps"],
  state: ["exp_avg", "exp_avg_sq"],
  text: (p, g, kept) => {
    const [mean, square] = [kept("exp_avg"), kept("exp_avg_sq")];
    return `${mean} += new_mean * (${g} - ${mean});
${square} = old_square * ${square} + new_square * ${g} * ${g};
${p} = keep * ${p} - step_size * ${mean} / (sqrt(${square}) / correction + eps);`;
  },
};

/** p = g: not an optimiser, but how the whole step returns its gradients. */
export const gradients: Update = {
  coefficients: ["lr"],
  state: [],
  text: (p, g) => `${p} = ${g};`,
};
