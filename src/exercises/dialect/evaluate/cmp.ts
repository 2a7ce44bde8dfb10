import type { Context } from "../context.ts";
import { repr, str } from "../display.ts";
import { DialectError } from "../error.ts";
import { binary, compare } from "../operators.ts";
import { shapeText, Tensor } from "../tensor.ts";
import { typeName, type Value } from "../values.ts";
import type { Options } from "./outcome.ts";

/** What `cmp('probs', dprobs, probs)` writes; null if no gradient is there to compare with. */
export function cmp(args: readonly Value[], options: Options, ctx: Context): string | null {
  const [label, mine, forward] = args;
  if (args.length !== 3 || !(forward instanceof Tensor))
    throw new DialectError(
      "`cmp` takes a title, your gradient and the forward tensor: `cmp('probs', dprobs, probs)`",
    );
  const title = str(label).padEnd(15);
  if (mine === null) return `${title} | not yet\n`;
  if (!(mine instanceof Tensor)) throw new DialectError(`\`cmp\` compares a tensor, not a ${typeName(mine)}`);
  const gradient = gradientOf(forward, options);
  return gradient ? `${title} | ${compared(mine, gradient, ctx)}\n` : null;
}

/** The notebook's row: whether every value equals PyTorch's, whether all are close, and the largest difference. */
function compared(mine: Tensor, gradient: Tensor, ctx: Context): string {
  const equal = compare("==", mine, gradient, ctx) as Tensor;
  const difference = binary("-", mine, gradient, ctx) as Tensor;
  const right = binary("+", gradient, binary("*", mine, 0n, ctx), ctx) as Tensor;
  const { approximate, maxdiff } = closeness(difference.read(), right.read());
  const exact = equal.read().every((value) => value !== 0);
  const bool = (value: boolean): string => (value ? "True" : "False").padEnd(5);
  return `exact: ${bool(exact)} | approximate: ${bool(approximate)} | maxdiff: ${repr(maxdiff)}`;
}

/** What torch.allclose says of differences from right values, and the largest of them, which is NaN if one is. */
export function closeness(
  differences: ArrayLike<number>,
  rights: ArrayLike<number>,
): { readonly approximate: boolean; readonly maxdiff: number } {
  let [approximate, maxdiff] = [true, 0];
  for (let i = 0; i < differences.length; i++) {
    const size = Math.abs(differences[i]);
    if (Number.isNaN(size) || size > maxdiff) maxdiff = Number.isNaN(maxdiff) ? maxdiff : size;
    if (!(size <= 1e-8 + 1e-5 * Math.abs(rights[i]))) approximate = false;
  }
  return { approximate, maxdiff };
}

function gradientOf(forward: Tensor, { given, gradients }: Options): Tensor | undefined {
  for (const [name, value] of given) if (value === forward) return gradients?.get(name);
  throw new DialectError(
    `\`cmp\` knows no gradient of ${forward.name ? `\`${forward.name}\`` : shapeText(forward.shape)}`,
  );
}
