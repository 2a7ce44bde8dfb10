/** The notebook's lines (exercise 1): each an expression in WGSL and the same in TypeScript. */
import { EPS } from "../../shaders/batchnorm.wgsl.ts";
import { line as shader } from "../../shaders/elementwise.wgsl.ts";
import { accurateExp, accurateLog } from "../../shaders/math.wgsl.ts";
import { f32 } from "../../shaders/text.ts";
import {
  type Binding,
  type Dims,
  defineOp,
  read,
  readIndex,
  type Tolerance,
  write,
} from "../plan/contract.ts";
import { perItem } from "./grids.ts";

interface Line<K extends string> {
  readonly math: string;
  readonly in: Readonly<Record<K, Binding>>;
  readonly out: "R,C" | "C" | "R";
  /** Operands are `<name>_`; `column` is the class. */
  readonly wgsl: string;
  /** Functions the WGSL calls. */
  readonly helpers?: string;
  readonly cpu: (v: Readonly<Record<K, number>>, d: Dims, column: number) => number;
  readonly tolerance?: Tolerance;
}

const cases = [
  { R: 32, C: 64 },
  { R: 19, C: 53 },
  { R: 2, C: 1 },
];
/** Lengths of one-dimensional outputs; 384 fills an even number of workgroups exactly, and so also a grid folded into two rows. */
const lengths = [53, 1, 384];

function line<K extends string>(name: string, c: Line<K>) {
  const matrix = c.out === "R,C";
  const count = matrix ? "R * C" : c.out;
  const names = Object.keys(c.in) as K[];
  const at = (b: Binding) =>
    !matrix || b.dims.length === 2
      ? ("i" as const)
      : b.dims[0] === "R"
        ? ("row" as const)
        : ("column" as const);
  const elements = (d: Dims) => (matrix ? d.R * d.C : d[c.out]);
  const code = shader({
    count,
    matrix,
    operands: names.map((n) => ({ name: n, at: at(c.in[n]) })),
    expression: c.wgsl,
    helpers: c.helpers ?? "",
  });
  return defineOp<Record<K, Binding> & { y: ReturnType<typeof write> }>({
    name: `elementwise.${name}`,
    math: c.math,
    bindings: { ...c.in, y: write(c.out) },
    plain: (d) => [perItem(code, elements(d))],
    twin: (t, d) => {
      const [rows, columns] = matrix ? [d.R, d.C] : [1, elements(d)];
      const strides = { i: [columns, 1], row: [1, 0], column: [0, 1] } as const;
      const operands = names.map((n) => ({ n, values: t[n], strides: strides[at(c.in[n])] }));
      const v = Object.fromEntries(names.map((n) => [n, 0])) as Record<K, number>;
      const y = t.y;
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          for (const { n, values, strides } of operands)
            v[n] = values[row * strides[0] + column * strides[1]];
          y[row * columns + column] = c.cpu(v, d, column);
        }
    },
    cases: matrix ? cases : lengths.map((n) => ({ [c.out]: n })),
    tolerance: c.tolerance ?? { rtol: 2e-6, atol: 1e-6 },
    flops: (d) => 2 * elements(d),
  });
}

const all = "R,C";

export const subtractRow = line("subtract_row", {
  math: "y = x − r",
  in: { x: read(all), r: read("C") },
  out: all,
  wgsl: "x_ - r_",
  cpu: ({ x, r }) => x - r,
});
export const subtractColumn = line("subtract_column", {
  math: "y = x − k",
  in: { x: read(all), k: read("R") },
  out: all,
  wgsl: "x_ - k_",
  cpu: ({ x, k }) => x - k,
});
export const square = line("square", {
  math: "y = x²",
  in: { x: read(all) },
  out: all,
  wgsl: "x_ * x_",
  cpu: ({ x }) => x * x,
});
export const multiplyRow = line("multiply_row", {
  math: "y = r · x",
  in: { x: read(all), r: read("C") },
  out: all,
  wgsl: "r_ * x_",
  cpu: ({ x, r }) => r * x,
});
export const multiplyColumn = line("multiply_column", {
  math: "y = x · k",
  in: { x: read(all), k: read("R") },
  out: all,
  wgsl: "x_ * k_",
  cpu: ({ x, k }) => x * k,
});
export const multiply = line("multiply", {
  math: "y = x · w",
  in: { x: read(all), w: read(all) },
  out: all,
  wgsl: "x_ * w_",
  cpu: ({ x, w }) => x * w,
});
export const scaleShift = line("scale_shift", {
  math: "y = gain · x + bias",
  in: { x: read(all), gain: read("C"), bias: read("C") },
  out: all,
  wgsl: "gain_ * x_ + bias_",
  cpu: ({ x, gain, bias }) => gain * x + bias,
});
export const inverseStd = line("inverse_std", {
  math: "y = (x + eps)^−½",
  in: { x: read("C", "positive") },
  out: "C",
  wgsl: `inverseSqrt(x_ + ${f32(EPS)})`,
  cpu: ({ x }) => 1 / Math.sqrt(x + EPS),
});
export const inverseStdBackward = line("inverse_std_backward", {
  math: "dx = −½ · (x + eps)^−³⁄₂ · dy",
  in: { x: read("C", "positive"), dy: read("C") },
  out: "C",
  wgsl: `-0.5 * inverseSqrt(x_ + ${f32(EPS)}) / (x_ + ${f32(EPS)}) * dy_`,
  cpu: ({ x, dy }) => -0.5 * (x + EPS) ** -1.5 * dy,
});
export const exp = line("exp", {
  math: "y = exp(x)",
  in: { x: read(all) },
  out: all,
  wgsl: "accurate_exp(x_)",
  helpers: accurateExp,
  cpu: ({ x }) => Math.exp(x),
});
export const log = line("log", {
  math: "y = log(x)",
  in: { x: read(all, "positive") },
  out: all,
  wgsl: "accurate_log(x_)",
  helpers: accurateLog,
  cpu: ({ x }) => Math.log(x),
});
export const reciprocal = line("reciprocal", {
  math: "y = x⁻¹",
  in: { x: read("R", "positive") },
  out: "R",
  wgsl: "1.0 / x_",
  cpu: ({ x }) => 1 / x,
});
export const reciprocalBackward = line("reciprocal_backward", {
  math: "dx = −x⁻² · dy",
  in: { x: read("R", "positive"), dy: read("R") },
  out: "R",
  wgsl: "-(dy_ / (x_ * x_))",
  cpu: ({ x, dy }) => -(dy / (x * x)),
});
export const logBackward = line("log_backward", {
  math: "dx = dy / x",
  in: { x: read(all, "positive"), dy: read(all) },
  out: all,
  wgsl: "dy_ / x_",
  cpu: ({ x, dy }) => dy / x,
});
export const pickBackward = line("pick_backward", {
  math: "y[r, targets[r]] = −1/n, else 0",
  in: { targets: readIndex("R", "C") },
  out: all,
  wgsl: "select(0.0, -1.0 / f32(R), column == targets_)",
  cpu: ({ targets }, { R }, column) => (column === targets ? -1 / R : 0),
});
export const scaleShiftColumn = line("scale_shift_column", {
  math: "y = k · x + b",
  in: { x: read(all), k: read("R"), b: read("R") },
  out: all,
  wgsl: "k_ * x_ + b_",
  cpu: ({ x, k, b }) => k * x + b,
});
export const addAtIndex = line("add_at_index", {
  math: "y = x, with k added where the column is index",
  in: { x: read(all), k: read("R"), index: readIndex("R", "C") },
  out: all,
  wgsl: "x_ + select(0.0, k_, column == index_)",
  cpu: ({ x, k, index }, _, column) => x + (column === index ? k : 0),
});
export const spreadBessel = line("spread_bessel", {
  math: "y = 1/(n−1) · r, for every row",
  in: { r: read("C") },
  out: all,
  wgsl: "1.0 / f32(R - 1u) * r_",
  cpu: ({ r }, { R }) => r / (R - 1),
});
export const differenceBackward = line("difference_backward", {
  math: "y = r · g + 2 · x · s",
  in: { g: read(all), r: read("C"), x: read(all), s: read(all) },
  out: all,
  wgsl: "r_ * g_ + (2.0 * x_) * s_",
  cpu: ({ g, r, x, s }) => r * g + 2 * x * s,
});
export const addMean = line("add_mean", {
  math: "y = x + 1/n · r",
  in: { x: read(all), r: read("C") },
  out: all,
  wgsl: "x_ + (1.0 / f32(R)) * r_",
  cpu: ({ x, r }, { R }) => x + r / R,
});
