import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { perItem } from "./grid.ts";

/** A product: its bindings and sizes, by their WGSL names. The same body serves all three of a linear layer. */
export interface Product {
  /** Bindings of the left and right factor and of the product. */
  readonly left: string;
  readonly right: string;
  readonly out: string;
  /** out is (rows, cols), the sum runs over inner. */
  readonly rows: string;
  readonly inner: string;
  readonly cols: string;
  /** The left factor is stored (inner, rows): xᵀ·dy. */
  readonly leftTransposed?: boolean;
  /** The right factor is stored (cols, inner): dy·wᵀ. */
  readonly rightTransposed?: boolean;
  /** Binding added to every row: the forward pass's b (cols). */
  readonly bias?: string;
  /**
   * The left factor, stored transposed, has a column of ones behind its own, and this binding (cols) gets the product's row of them: Σ dy, the
   * gradient of b, beside xᵀ·dy.
   */
  readonly ones?: string;
}

/** WGSL of the product's rows, with that of the ones. */
export const rowsOf = ({ rows, ones }: Product): string => (ones ? `(${rows} + 1u)` : rows);

/**
 * out[r,c] = Σ_k left[r,k]·right[k,c] (+ bias[c]): x·w + b forward, dy·wᵀ for the input's gradient, xᵀ·dy for the weight's.
 *
 * left (rows, inner) · right (inner, cols) → out (rows, cols), row-major, each factor possibly stored transposed. One invocation per
 * element of out. Terms are summed in blocks of about √inner, and then the blocks: a chain of n additions makes up to n rounding errors,
 * blocks of √n up to 2√n. The logits and the weights' gradients, whose terms nearly cancel, need that. Writes with `=`.
 * @param inner terms of a sum
 */
export function matmul(p: Product, inner: number): string {
  const stored = p.leftTransposed ? `${p.left}[k * ${p.rows} + r]` : `${p.left}[r * ${p.inner} + k]`;
  const right = p.rightTransposed ? `${p.right}[c * ${p.inner} + k]` : `${p.right}[k * ${p.cols} + c]`;
  // The last row's factors are ones.
  const add = p.ones
    ? `if (r < ${p.rows}) { block += ${stored} * ${right}; } else { block += ${right}; }`
    : `block += ${stored} * ${right};`;
  const write = p.ones
    ? `if (r < ${p.rows}) { ${p.out}[i] = sum; } else { ${p.ones}[c] = sum; }`
    : `${p.out}[i] = sum${p.bias ? ` + ${p.bias}[c]` : ""};`;
  return wgsl`const BLOCK = ${Math.ceil(Math.sqrt(inner))}u; // about √${inner}

${perItem("i", `${rowsOf(p)} * ${p.cols}`)}
  let r = i / ${p.cols};
  let c = i % ${p.cols};
  var sum = 0.0;
  for (var first = 0u; first < ${p.inner}; first += BLOCK) {
    var block = 0.0;
    for (var k = first; k < min(first + BLOCK, ${p.inner}); k++) {
      ${add}
    }
    sum += block;
  }
  ${write}
}`;
}
