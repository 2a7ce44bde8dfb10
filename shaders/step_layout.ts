/** How the single-dispatch step is cut up, and how its text names what lies where. */
import { type Operand, operand } from "./exchange.ts";

/** An array of vec4 in workgroup memory, or a part of `scratch`. */
export interface Area {
  /** Vec4s. */
  readonly size: number;
  readonly inWorkgroup: boolean;
  /** Where it begins in `scratch`. */
  readonly base: number;
}

/**
 * Everything that is a matrix lies column by column, a column of the batch being `rowBlocks` × `quads` vec4s and a column of the weights
 * `inputs` + `classes` + 1 of them; what fills up a vec4, a block or a subgroup is zero.
 */
export type AreaName =
  /** For each hidden column: W1 and b1 (the weight of a column of ones), W2ᵀ, and bngain with bnbias; written back at the end. */
  | "weights"
  | "b2"
  /** embcat with its column of ones, then dlogits: what the products with weights, and their gradients, sum over. */
  | "operands"
  /** h, then dhprebn. */
  | "hidden"
  /** logits, later demb. */
  | "product"
  /** Two sums of each column in each block of rows. */
  | "partials"
  /** dC, row by row; zero between steps. */
  | "table";

/** Sizes of a step and where things lie; all baked into the text. */
export interface StepLayout {
  /** Invocations that exchange operands: see exchange.ts. */
  readonly lanes: number;
  /** Blocks of rows of the batch, and vec4s of a column in each. */
  readonly rowBlocks: number;
  readonly quads: number;
  /** An invocation owns `own` columns of the hidden layer in one block of rows; `owners` of them own them all. */
  readonly own: number;
  readonly owners: number;
  /** Vec4s of a row of embcat with its one, and of a row of logits. */
  readonly inputs: number;
  readonly classes: number;
  /** Offsets in `tail` of what follows W1 in the arena of parameters. */
  readonly offsets: Readonly<Record<"b1" | "W2" | "b2" | "bngain" | "bnbias", number>>;
  readonly areas: Readonly<Record<AreaName, Area>>;
  /** Replace every parameter by its gradient instead of updating it: what `check` looks at. */
  readonly gradients: boolean;
}

/** What a layout comes to in WGSL. */
export interface StepText {
  readonly workgroup: number;
  /** Hidden columns; vec4s of a column of the batch, and of the weights. */
  readonly columns: number;
  readonly batchQuads: number;
  readonly weightQuads: number;
  /** A vec4 of an area, and one of its floats. */
  vec(area: AreaName, index: string): string;
  float(area: AreaName, index: string): string;
  /** Row `row` of owned column `column` of the weights, four rows a vec4. */
  weight(column: string, row: string): string;
  /** A column of the batch within one block of rows. */
  column(name: string, area: "operands" | "hidden", column: string, block: string): Operand;
  /** Makes what was written to these areas seen by all. Software devices compile every barrier at length, so only the kind it takes. */
  barrier(...written: readonly (AreaName | "rowLoss")[]): string;
  /** Spreads `count` indices `i` over the workgroup. */
  strided(count: number, body: string): string;
  /** `parameter` takes its step, or its gradient's place. */
  apply(parameter: string, gradient: string): string;
}

export function stepText(l: StepLayout): StepText {
  const workgroup = l.rowBlocks * l.owners;
  const batchQuads = l.rowBlocks * l.quads;
  const weightQuads = l.inputs + l.classes + 1;
  const vec = (area: AreaName, index: string): string => {
    const { inWorkgroup, base } = l.areas[area];
    return inWorkgroup ? `${area}[${index}]` : `scratch[${base}u + ${index}]`;
  };
  return {
    workgroup,
    columns: l.own * l.owners,
    batchQuads,
    weightQuads,
    vec,
    float: (area, index) => `${vec(area, `(${index}) / 4u`)}[(${index}) % 4u]`,
    weight: (column, row) => vec("weights", `(${column}) * ${weightQuads}u + ${row}`),
    column: (name, area, column, block) =>
      operand(name, l.quads, l.lanes, (quad) =>
        vec(area, `(${column}) * ${batchQuads}u + ${block} * ${l.quads}u + ${quad}`),
      ),
    barrier: (...written) => {
      const kinds = written.map((name) =>
        name === "rowLoss" || l.areas[name].inWorkgroup ? "workgroupBarrier();" : "storageBarrier();",
      );
      return [...new Set(kinds)].join(" ");
    },
    strided: (count, body) => `for (var i = index; i < ${count}u; i += ${workgroup}u) {${body}}`,
    apply: (parameter, gradient) =>
      l.gradients ? `${parameter} = ${gradient};` : `${parameter} -= rate * (${gradient});`,
  };
}
