import { cat, checkedShape, oneHot, repeat, stack, triangle } from "../creation.ts";
import { indexSelect } from "../gather.ts";
import { define, type Entry } from "../registry.ts";
import { axisOf, tensorOf } from "../tensor.ts";
import * as views from "../views.ts";

export const JOINS: readonly Entry[] = [
  define("torch.cat torch.concat torch.concatenate", "tensors, dim=0", (args) =>
    cat(args.what, args.tensors("tensors"), args.int("dim"), args.ctx),
  ),
  define("torch.stack", "tensors, dim=0", (args) =>
    stack(args.what, args.tensors("tensors"), args.int("dim"), args.ctx),
  ),
  define("torch.hstack", "tensors", (args) => {
    const tensors = args
      .tensors("tensors")
      .map((tensor) => (tensor.ndim === 0 ? tensor.as([1], [1]) : tensor));
    return cat(args.what, tensors, tensors[0]?.ndim === 1 ? 0 : 1, args.ctx);
  }),
  define("torch.vstack", "tensors", (args) => {
    const tensors = args.tensors("tensors").map((tensor) => {
      const row = tensor.ndim === 0 ? tensor.as([1], [1]) : tensor;
      return row.ndim === 1 ? views.unsqueeze(row, 0) : row;
    });
    return cat(args.what, tensors, 0, args.ctx);
  }),
  define(".repeat", "input, *sizes", (args) => repeat(args.tensor("input"), args.ints("sizes"), args.ctx)),
  define(".tile torch.tile", "input, *dims", (args) => {
    const input = args.tensor("input");
    const dims = args.ints("dims");
    return repeat(input, [...Array(Math.max(0, input.ndim - dims.length)).fill(1), ...dims], args.ctx);
  }),
  define("torch.repeat_interleave .repeat_interleave", "input, repeats, dim=None", (args) => {
    const times = args.int("repeats");
    const dim = args.optionalInt("dim");
    const input =
      dim === undefined ? views.flatten(args.tensor("input"), 0, -1, args.ctx) : args.tensor("input");
    const axis = axisOf(dim ?? 0, input);
    checkedShape(args.what, [times]);
    args.ctx.allocate(input.shape[axis] * times);
    const rows = Array.from({ length: input.shape[axis] * times }, (_, i) => Math.floor(i / times));
    return indexSelect(input, axis, tensorOf("int64", [rows.length], rows, args.ctx), args.ctx);
  }),
  define(".flip torch.flip", "input, *dims", (args) => {
    let out = args.tensor("input");
    for (const dim of args.ints("dims")) {
      const extent = out.shape[axisOf(dim, out)] ?? 1;
      const rows = Array.from({ length: extent }, (_, i) => extent - 1 - i);
      out = indexSelect(out, dim, tensorOf("int64", [extent], rows, args.ctx), args.ctx);
    }
    return out;
  }),
  define("torch.tril .tril torch.triu .triu", "input, diagonal=0", (args) => {
    const shift = args.int("diagonal");
    const lower = args.what.endsWith("tril");
    const keeps = (row: number, column: number) => (lower ? column - row <= shift : column - row >= shift);
    return triangle(args.what, args.tensor("input"), keeps, args.ctx);
  }),
  define("F.one_hot", "input, num_classes=-1", (args) =>
    oneHot(args.what, args.tensor("input"), args.int("num_classes"), args.ctx),
  ),
];
