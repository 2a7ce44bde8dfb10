import type { Context } from "./context.ts";
import { DialectError } from "./error.ts";
import { empty, expanded, offsetsOf, shapeText, sizeOf, type Tensor } from "./tensor.ts";

const named = (tensor: Tensor, side: string) => (tensor.title ? `\`${tensor.title}\`` : `the ${side} tensor`);

function checkTypes(what: string, a: Tensor, b: Tensor): void {
  if (a.dtype === "bool" || b.dtype === "bool" || a.dtype !== b.dtype) {
    throw new DialectError(
      `${what} needs two tensors of one type, and ${named(a, "left")} is ${a.dtype}, ${named(b, "right")} ${b.dtype}; use .float()`,
    );
  }
}

/** `a @ b` of vectors, matrices, and batches of matrices whose leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor, ctx: Context): Tensor {
  if (a.ndim === 0 || b.ndim === 0) {
    const scalar = a.ndim === 0 ? named(a, "left") : named(b, "right");
    throw new DialectError(`@ needs tensors of at least one dimension, and ${scalar} has none; use *`);
  }
  checkTypes("@", a, b);
  const left = a.ndim === 1 ? a.as([1, ...a.shape], [0, ...a.strides]) : a;
  const right = b.ndim === 1 ? b.as([...b.shape, 1], [...b.strides, 0]) : b;
  const [rows, inner] = left.shape.slice(-2);
  const [innerB, columns] = right.shape.slice(-2);
  if (inner !== innerB) {
    const across = a.ndim === 1 ? `${inner} elements` : `${inner} columns`;
    const down = b.ndim === 1 ? `${innerB} elements` : `${innerB} rows`;
    throw new DialectError(
      `@: mat1 and mat2 shapes cannot be multiplied (${a.shape.join("x")} and ${b.shape.join("x")}): ` +
        `${named(a, "left")} has ${across} and ${named(b, "right")} has ${down}`,
    );
  }
  const batch = batchShape(left, right);
  const operandA = expanded(left, [...batch, rows, inner])!;
  const operandB = expanded(right, [...batch, inner, columns])!;
  const shape = [...batch, rows, columns];
  ctx.compute(sizeOf(shape) * Math.max(inner, 1));
  const out = empty(a.dtype, shape, ctx);
  const into = out.storage.values;
  const starts = (tensor: Tensor) => offsetsOf(batch, tensor.strides.slice(0, -2), tensor.offset);
  const startsA = starts(operandA);
  const startsB = starts(operandB);
  const [rowA, stepA] = operandA.strides.slice(-2);
  const [stepB, columnB] = operandB.strides.slice(-2);
  const valuesA = operandA.storage.values;
  const valuesB = operandB.storage.values;
  let at = 0;
  for (let i = 0; i < startsA.length; i++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        let fromA = startsA[i] + row * rowA;
        let fromB = startsB[i] + column * columnB;
        for (let k = 0; k < inner; k++, fromA += stepA, fromB += stepB)
          sum += valuesA[fromA] * valuesB[fromB];
        into[at++] = sum;
      }
    }
  }
  const result = [...batch];
  if (a.ndim > 1) result.push(rows);
  if (b.ndim > 1) result.push(columns);
  return out.as(
    result,
    result.map((_, axis) => sizeOf(result.slice(axis + 1))),
  );
}

function batchShape(a: Tensor, b: Tensor): number[] {
  const ndim = Math.max(a.ndim, b.ndim) - 2;
  return Array.from({ length: ndim }, (_, axis) => {
    const ofA = a.shape[axis - ndim + a.ndim - 2] ?? 1;
    const ofB = b.shape[axis - ndim + b.ndim - 2] ?? 1;
    if (ofA !== ofB && ofA !== 1 && ofB !== 1) {
      throw new DialectError(
        `@: the batches of ${named(a, "left")} and ${named(b, "right")} differ at dimension ${axis}: ` +
          `their shapes are ${shapeText(a.shape)} and ${shapeText(b.shape)}`,
      );
    }
    return ofA === 1 ? ofB : ofA;
  });
}

/** `einsum("ij,jk->ik", a, b)`: one letter is one axis; those that the result lacks are summed over. */
export function einsum(equation: string, operands: readonly Tensor[], ctx: Context): Tensor {
  const text = equation.replaceAll(" ", "");
  const match = /^([A-Za-z]*(?:,[A-Za-z]*)*)(?:->([A-Za-z]*))?$/.exec(text);
  if (!match) {
    throw new DialectError(`einsum: "${equation}" is not understood; write letters, as in "ij,jk->ik"`);
  }
  const inputs = match[1].split(",");
  if (inputs.length !== operands.length) {
    throw new DialectError(
      `einsum: "${equation}" names ${inputs.length} tensors and ${operands.length} are given`,
    );
  }
  const extents = new Map<string, number>();
  const firsts = new Map<string, Tensor>();
  for (const [i, letters] of inputs.entries()) {
    const operand = operands[i];
    if (i > 0) checkTypes("einsum", operands[0], operand);
    if (letters.length !== operand.ndim) {
      throw new DialectError(
        `einsum: "${letters}" has ${letters.length} letters, and ${operand} has ${operand.ndim} dimensions`,
      );
    }
    for (const [axis, letter] of [...letters].entries()) {
      const known = extents.get(letter);
      const extent = operand.shape[axis];
      if (known !== undefined && known !== extent && known !== 1 && extent !== 1) {
        throw new DialectError(
          `einsum: ${letter} is ${known} in ${firsts.get(letter)}, and ${extent} in ${operand}`,
        );
      }
      if (known === undefined || known === 1) {
        extents.set(letter, extent);
        firsts.set(letter, operand);
      }
    }
  }
  const all = [...inputs.join("")];
  // Without "->", the letters that occur once make the result, in alphabetical order.
  const output =
    match[2] ??
    [...extents.keys()]
      .sort()
      .filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter))
      .join("");
  for (const letter of output) {
    if (!extents.has(letter) || output.indexOf(letter) !== output.lastIndexOf(letter)) {
      throw new DialectError(`einsum: the result's ${letter} must be one of the tensors' letters, once`);
    }
  }
  const summed = [...extents.keys()].filter((letter) => !output.includes(letter));
  const kept = [...output].map((letter) => extents.get(letter)!);
  const inner = summed.map((letter) => extents.get(letter)!);
  // Reading the equation takes as long as some hundred elements.
  ctx.compute(sizeOf(kept) * Math.max(sizeOf(inner), 1) * operands.length + 200);
  ctx.allocate(sizeOf(inner));
  const out = empty(operands[0].dtype, kept, ctx);
  const along = (operand: Tensor, letters: string, letter: string) => {
    let stride = 0;
    for (const [axis, own] of [...letters].entries()) {
      if (own === letter && operand.shape[axis] !== 1) stride += operand.strides[axis];
    }
    return stride;
  };
  const outer = operands.map((operand, i) =>
    offsetsOf(
      kept,
      [...output].map((letter) => along(operand, inputs[i], letter)),
      operand.offset,
    ),
  );
  const inside = operands.map((operand, i) =>
    offsetsOf(
      inner,
      summed.map((letter) => along(operand, inputs[i], letter)),
      0,
    ),
  );
  const into = out.storage.values;
  const terms = sizeOf(inner);
  for (let at = 0; at < into.length; at++) {
    let sum = 0;
    for (let k = 0; k < terms; k++) {
      let product = 1;
      for (let i = 0; i < operands.length; i++)
        product *= operands[i].storage.values[outer[i][at] + inside[i][k]];
      sum += product;
    }
    into[at] = sum;
  }
  return out;
}
