import type { Arguments } from "../arguments.ts";
import { elementwise } from "../elementwise.ts";
import { DialectError } from "../error.ts";
import { einsum, matmul } from "../linear.ts";
import { sum } from "../reductions.ts";
import { define, type Entry } from "../registry.ts";
import type { Tensor } from "../tensor.ts";
import * as views from "../views.ts";

function dot(args: Arguments): Tensor {
  const [a, b] = [args.tensor("input"), args.tensor("other")];
  if (a.ndim !== 1 || b.ndim !== 1)
    throw new DialectError(`${args.what} needs two vectors, not ${a} and ${b}`);
  return matmul(a, b, args.ctx);
}

function ofDims(args: Arguments, second: string, dims: readonly [number, number]): Tensor {
  const [a, b] = [args.tensor("input"), args.tensor(second)];
  if (a.ndim !== dims[0] || b.ndim !== dims[1]) {
    throw new DialectError(
      `${args.what} needs ${dims[0]} and ${dims[1]} dimensions, and gets ${a} and ${b}; @ takes any`,
    );
  }
  if (dims[0] === 3 && a.shape[0] !== b.shape[0]) {
    throw new DialectError(`${args.what} needs as many matrices on both sides, and gets ${a} and ${b}`);
  }
  return matmul(a, b, args.ctx);
}

export const LINEAR: readonly Entry[] = [
  define("torch.matmul .matmul", "input, other", (args) =>
    matmul(args.tensor("input"), args.tensor("other"), args.ctx),
  ),
  define("torch.mm .mm", "input, mat2", (args) => ofDims(args, "mat2", [2, 2])),
  define("torch.bmm .bmm", "input, mat2", (args) => ofDims(args, "mat2", [3, 3])),
  define("torch.mv .mv", "input, vec", (args) => ofDims(args, "vec", [2, 1])),
  define("torch.dot .dot torch.inner .inner", "input, other", dot),
  define("torch.outer .outer torch.ger .ger", "input, vec2", (args) => {
    const [a, b] = [args.tensor("input"), args.tensor("vec2")];
    if (a.ndim !== 1 || b.ndim !== 1)
      throw new DialectError(`${args.what} needs two vectors, not ${a} and ${b}`);
    return elementwise("mul", views.unsqueeze(a, 1), views.unsqueeze(b, 0), args.ctx);
  }),
  define("torch.einsum", "equation, *operands", (args) =>
    einsum(args.string("equation"), args.tensors("operands"), args.ctx),
  ),
  define("F.linear", "input, weight, bias=None", (args) => {
    const out = matmul(args.tensor("input"), views.transposed(args.tensor("weight")), args.ctx);
    return args.has("bias") ? elementwise("add", out, args.tensor("bias"), args.ctx) : out;
  }),
  define("torch.trace .trace", "input", (args) =>
    sum(views.diagonal(args.tensor("input"), 0, 0, 1), undefined, false, args.ctx),
  ),
];
