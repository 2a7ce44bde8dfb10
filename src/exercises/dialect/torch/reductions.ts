import type { Arguments } from "../arguments.ts";
import { elementwise, mapped, wrapped } from "../elementwise.ts";
import { DialectError } from "../error.ts";
import { gather } from "../gather.ts";
import * as reductions from "../reductions.ts";
import { define, type Entry } from "../registry.ts";
import { axisOf, Tensor } from "../tensor.ts";
import { Tuple, type Value } from "../values.ts";
import * as views from "../views.ts";
import { asked } from "./dtypes.ts";

function named(fields: readonly string[], values: readonly Tensor[], what: string): Tuple {
  return new Tuple(values, fields, what.replace(/^.*\./, ""));
}

function extreme(args: Arguments, largest: boolean): Value {
  const input = args.tensor("input");
  const what = args.what;
  if (args.value("dim") instanceof Tensor) {
    return elementwise(largest ? "maximum" : "minimum", input, args.tensor("dim"), args.ctx);
  }
  if (!args.has("dim")) return reductions.extremes(what, input, undefined, false, largest, args.ctx);
  const dim = args.int("dim");
  const keepdim = args.bool("keepdim");
  const values = reductions.extremes(what, input, [dim], keepdim, largest, args.ctx);
  const indices = reductions.extremeIndices(what, input, dim, keepdim, largest, args.ctx);
  return named(["values", "indices"], [values, indices], what);
}

/** `x.var(False)` means the second parameter of the other form, `unbiased`. */
function spread(args: Arguments): Tensor {
  const first = args.value("dim");
  const unbiased = typeof first === "boolean" ? first : args.bool("unbiased");
  const dims = typeof first === "boolean" ? undefined : args.dims("dim");
  const correction = args.optionalInt("correction") ?? (unbiased ? 1 : 0);
  return reductions.variance(args.tensor("input"), dims, args.bool("keepdim"), correction, args.ctx);
}

const REDUCE = "input, dim=None, keepdim=False, *, dtype=None";
const SPREAD = "input, dim=None, unbiased=True, keepdim=False, *, correction=None";

/** What `F.softmax` takes for `dim` where a text leaves it out. */
function softmaxDim(args: Arguments, input: Tensor): number {
  if (args.has("dim")) return args.int("dim");
  return input.ndim === 0 || input.ndim === 1 || input.ndim === 3 ? 0 : 1;
}

function sorted(args: Arguments, width?: number): Value {
  const input = args.tensor("input");
  const descending = args.bool(width === undefined ? "descending" : "largest");
  const indices = reductions.sortedIndices(input, args.int("dim"), descending, args.ctx, width);
  if (args.what.endsWith("argsort")) return indices;
  return named(
    ["values", "indices"],
    [gather(input, args.int("dim"), indices, args.ctx), indices],
    args.what,
  );
}

function reduced(loss: Tensor, args: Arguments, weight = loss.numel): Tensor {
  const reduction = args.string("reduction");
  if (reduction === "none") return loss;
  const sum = reductions.sum(loss, undefined, false, args.ctx);
  if (reduction === "sum") return sum;
  if (reduction !== "mean") throw new DialectError(`${args.what}: reduction is "mean", "sum" or "none"`);
  return elementwise("div", sum, wrapped(weight, args.ctx), args.ctx);
}

function nllLoss(logprobs: Tensor, args: Arguments): Tensor {
  const target = args.tensor("target");
  if (logprobs.ndim !== 2 || target.ndim !== 1 || target.shape[0] !== logprobs.shape[0]) {
    throw new DialectError(`${args.what} takes (N, classes) and N targets, not ${logprobs} and ${target}`);
  }
  const picked = gather(logprobs, 1, views.unsqueeze(target, 1), args.ctx);
  return reduced(mapped("neg", views.squeeze(picked, [1]), args.ctx), args);
}

export const REDUCTIONS: readonly Entry[] = [
  define("torch.sum .sum", REDUCE, (args) =>
    reductions.sum(asked(args, args.tensor("input")), args.dims("dim"), args.bool("keepdim"), args.ctx),
  ),
  define("torch.mean .mean", REDUCE, (args) =>
    reductions.mean(asked(args, args.tensor("input")), args.dims("dim"), args.bool("keepdim"), args.ctx),
  ),
  define("torch.prod .prod", REDUCE, (args) => {
    const dim = args.optionalInt("dim");
    const dims = dim === undefined ? undefined : [dim];
    return reductions.product(asked(args, args.tensor("input")), dims, args.bool("keepdim"), args.ctx);
  }),
  define("torch.var .var", SPREAD, spread),
  define("torch.std .std", SPREAD, (args) => mapped("sqrt", spread(args), args.ctx)),
  define("torch.norm .norm", "input, p=2, dim=None, keepdim=False", (args) => {
    if (Number(args.number("p")) !== 2)
      throw new DialectError(`${args.what}: the norm with p=2 only is understood`);
    return reductions.norm(args.tensor("input"), args.dims("dim"), args.bool("keepdim"), args.ctx);
  }),
  define("torch.max .max", "input, dim=None, keepdim=False", (args) => extreme(args, true)),
  define("torch.min .min", "input, dim=None, keepdim=False", (args) => extreme(args, false)),
  define("torch.amax .amax", "input, dim=None, keepdim=False", (args) =>
    reductions.extremes(
      args.what,
      args.tensor("input"),
      args.dims("dim"),
      args.bool("keepdim"),
      true,
      args.ctx,
    ),
  ),
  define("torch.amin .amin", "input, dim=None, keepdim=False", (args) =>
    reductions.extremes(
      args.what,
      args.tensor("input"),
      args.dims("dim"),
      args.bool("keepdim"),
      false,
      args.ctx,
    ),
  ),
  ...[true, false].map((largest) =>
    define(
      largest ? "torch.argmax .argmax" : "torch.argmin .argmin",
      "input, dim=None, keepdim=False",
      (args) =>
        reductions.extremeIndices(
          args.what,
          args.tensor("input"),
          args.optionalInt("dim"),
          args.bool("keepdim"),
          largest,
          args.ctx,
        ),
    ),
  ),
  ...[true, false].map((every) =>
    define(every ? "torch.all .all" : "torch.any .any", "input, dim=None, keepdim=False", (args) => {
      const dim = args.optionalInt("dim");
      const dims = dim === undefined ? undefined : [dim];
      return reductions.some(args.tensor("input"), dims, args.bool("keepdim"), every, args.ctx);
    }),
  ),
  define("torch.count_nonzero .count_nonzero", "input, dim=None", (args) =>
    reductions.countNonzero(args.tensor("input"), args.dims("dim"), args.ctx),
  ),
  define("torch.cumsum .cumsum", "input, dim, *, dtype=None", (args) =>
    reductions.cumsum(asked(args, args.tensor("input")), args.int("dim"), args.ctx),
  ),
  define("torch.logsumexp .logsumexp", "input, dim, keepdim=False", (args) =>
    reductions.logsumexp(args.tensor("input"), args.dims("dim"), args.bool("keepdim"), args.ctx),
  ),
  define("torch.softmax .softmax", "input, dim, dtype=None", (args) =>
    reductions.softmax(asked(args, args.tensor("input")), args.int("dim"), args.ctx),
  ),
  define("torch.log_softmax .log_softmax", "input, dim, dtype=None", (args) =>
    reductions.logSoftmax(asked(args, args.tensor("input")), args.int("dim"), args.ctx),
  ),
  define("F.softmax", "input, dim=None, _stacklevel=3, dtype=None", (args) => {
    const input = asked(args, args.tensor("input"));
    return reductions.softmax(input, softmaxDim(args, input), args.ctx);
  }),
  define("F.log_softmax", "input, dim=None, _stacklevel=3, dtype=None", (args) => {
    const input = asked(args, args.tensor("input"));
    return reductions.logSoftmax(input, softmaxDim(args, input), args.ctx);
  }),
  define("F.cross_entropy", "input, target, *, reduction='mean'", (args) =>
    nllLoss(reductions.logSoftmax(args.tensor("input"), 1, args.ctx), args),
  ),
  define("F.nll_loss", "input, target, *, reduction='mean'", (args) => nllLoss(args.tensor("input"), args)),
  define("F.mse_loss", "input, target, *, reduction='mean'", (args) => {
    const difference = elementwise("sub", args.tensor("input"), args.tensor("target"), args.ctx);
    return reduced(mapped("square", difference, args.ctx), args);
  }),
  define("torch.sort .sort torch.argsort .argsort", "input, dim=-1, descending=False", (args) =>
    sorted(args),
  ),
  define("torch.topk .topk", "input, k, dim=-1, largest=True, sorted=True", (args) => {
    const input = args.tensor("input");
    const k = args.int("k");
    const extent = input.shape[axisOf(args.int("dim"), input)] ?? 1;
    if (k < 0 || k > extent)
      throw new DialectError(`${args.what}: k is ${k}, and there are ${extent} elements`);
    return sorted(args, k);
  }),
];
