import type { Arguments } from "../arguments.ts";
import { assign, broadcastAll } from "../elementwise.ts";
import { DialectError } from "../error.ts";
import { define, type Entry } from "../registry.ts";
import { axisOf, clone, filled, type Tensor } from "../tensor.ts";
import { Tuple } from "../values.ts";
import * as views from "../views.ts";

/** Another tensor over the same storage. `.cpu()` and the like do nothing, and return the tensor itself. */
function alias(args: Arguments): Tensor {
  const input = args.tensor("input");
  return args.what.endsWith("detach") ? input.as(input.shape, input.strides) : input;
}

/** A matrix's diagonal, or the matrix with this diagonal; both are copies. */
function diag(args: Arguments): Tensor {
  const input = args.tensor("input");
  const shift = args.int("diagonal");
  if (input.ndim === 2) return clone(views.diagonal(input, shift, 0, 1), args.ctx);
  if (input.ndim !== 1) throw new DialectError(`${args.what} needs one or two dimensions, not ${input}`);
  const size = input.shape[0] + Math.abs(shift);
  const out = filled(input.dtype, [size, size], 0, args.ctx);
  assign(views.diagonal(out, shift, 0, 1), input, args.ctx, args.what);
  return out;
}

function pieces(args: Arguments, sections: readonly number[] | undefined, size: number): Tuple {
  const input = args.tensor("input");
  const axis = axisOf(args.int("dim"), input);
  const extent = input.shape[axis] ?? 1;
  if (!sections && size < 1)
    throw new DialectError(`${args.what}: the size of a piece must be positive, not ${size}`);
  const lengths =
    sections ??
    Array.from({ length: Math.max(1, Math.ceil(extent / size)) }, (_, i) =>
      Math.min(size, extent - i * size),
    );
  if (lengths.reduce((sum, length) => sum + length, 0) !== extent) {
    throw new DialectError(
      `${args.what}: the pieces (${lengths.join(", ")}) do not add up to the ${extent} of ${input}`,
    );
  }
  let start = 0;
  return new Tuple(
    lengths.map((length) => {
      const piece = views.narrow(args.what, input, axis, start, length);
      start += length;
      return piece;
    }),
  );
}

export const VIEWS: readonly Entry[] = [
  define(".view", "input, *size", (args) => views.view(args.tensor("input"), args.ints("size"))),
  define(".view_as", "input, other", (args) => views.view(args.tensor("input"), args.tensor("other").shape)),
  define(".reshape", "input, *shape", (args) =>
    views.reshape(args.tensor("input"), args.ints("shape"), args.ctx),
  ),
  define("torch.reshape", "input, shape", (args) =>
    views.reshape(args.tensor("input"), args.ints("shape"), args.ctx),
  ),
  define(".reshape_as", "input, other", (args) =>
    views.reshape(args.tensor("input"), args.tensor("other").shape, args.ctx),
  ),
  define("torch.flatten .flatten", "input, start_dim=0, end_dim=-1", (args) =>
    views.flatten(args.tensor("input"), args.int("start_dim"), args.int("end_dim"), args.ctx),
  ),
  define("torch.ravel .ravel", "input", (args) => views.flatten(args.tensor("input"), 0, -1, args.ctx)),
  define(".expand", "input, *size", (args) =>
    views.expand(args.what, args.tensor("input"), args.ints("size"), args.ctx),
  ),
  define(".expand_as", "input, other", (args) =>
    views.expand(args.what, args.tensor("input"), args.tensor("other").shape, args.ctx),
  ),
  define("torch.broadcast_to .broadcast_to", "input, size", (args) =>
    views.expand(args.what, args.tensor("input"), args.ints("size"), args.ctx),
  ),
  define(
    "torch.broadcast_tensors",
    "*tensors",
    (args) => new Tuple(broadcastAll(args.what, args.tensors("tensors"), args.ctx)),
  ),
  define("torch.t .t", "input", (args) => views.transposed(args.tensor("input"))),
  define(
    "torch.transpose .transpose torch.swapaxes .swapaxes torch.swapdims .swapdims",
    "input, dim0, dim1",
    (args) => views.transpose(args.tensor("input"), args.int("dim0"), args.int("dim1")),
  ),
  define(".permute", "input, *dims", (args) => views.permute(args.tensor("input"), args.ints("dims"))),
  define("torch.permute", "input, dims", (args) => views.permute(args.tensor("input"), args.ints("dims"))),
  define("torch.unsqueeze .unsqueeze", "input, dim", (args) =>
    views.unsqueeze(args.tensor("input"), args.int("dim")),
  ),
  define("torch.squeeze .squeeze", "input, dim=None", (args) => {
    const dim = args.optionalInt("dim");
    return views.squeeze(args.tensor("input"), dim === undefined ? undefined : [dim]);
  }),
  define("torch.narrow .narrow", "input, dim, start, length", (args) =>
    views.narrow(args.what, args.tensor("input"), args.int("dim"), args.int("start"), args.int("length")),
  ),
  define("torch.select .select", "input, dim, index", (args) =>
    views.select(args.what, args.tensor("input"), args.int("dim"), args.int("index")),
  ),
  define("torch.diagonal .diagonal", "input, offset=0, dim1=0, dim2=1", (args) =>
    views.diagonal(args.tensor("input"), args.int("offset"), args.int("dim1"), args.int("dim2")),
  ),
  define("torch.diag .diag", "input, diagonal=0", diag),
  define("torch.unbind .unbind", "input, dim=0", (args) => {
    const input = args.tensor("input");
    const axis = axisOf(args.int("dim"), input);
    const length = input.shape[axis] ?? 0;
    return new Tuple(Array.from({ length }, (_, i) => views.select(args.what, input, axis, i)));
  }),
  define("torch.split .split", "input, split_size_or_sections, dim=0", (args) => {
    const sections = args.dims("split_size_or_sections")!;
    const whole = typeof args.value("split_size_or_sections") === "bigint";
    return pieces(args, whole ? undefined : sections, sections[0]);
  }),
  define("torch.chunk .chunk", "input, chunks, dim=0", (args) => {
    const input = args.tensor("input");
    const chunks = args.int("chunks");
    if (chunks < 1) throw new DialectError(`${args.what}: chunks must be positive, not ${chunks}`);
    return pieces(args, undefined, Math.ceil((input.shape[axisOf(args.int("dim"), input)] ?? 1) / chunks));
  }),
  define(".detach torch.detach .cpu .requires_grad_", "input, *args", alias),
  define("torch.clone .clone", "input, *, memory_format=None", (args) =>
    clone(args.tensor("input"), args.ctx),
  ),
  define(".contiguous", "input", (args) => {
    const input = args.tensor("input");
    return input.contiguous ? input : clone(input, args.ctx);
  }),
];
