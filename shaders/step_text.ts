/** How the text of the single-dispatch step names what lies where, and what its phases have in common. */
import { lines, range } from "./common.ts";
import { type Operand, operand } from "./exchange.ts";
import type { AreaName, StepLayout } from "./step_layout.ts";

/** The tile that an invocation owns: columns `j` of the hidden layer, and vec4s `q` of each. */
export interface Tile {
  readonly own: readonly number[];
  readonly quads: readonly number[];
}

export const two = [0, 1];
export const four = [0, 1, 2, 3];
export const component = (i: number): string => "xyzw"[i];
/** Names of a tile's vec4s, column by column: `y00`, `y01`, …, `y10`, … */
export const named = (prefix: string, columns: readonly number[], quads: readonly number[]): string[] =>
  columns.flatMap((j) => quads.map((q) => `${prefix}${j}${q}`));
export const sum = (quads: readonly number[], term: (q: number) => string): string =>
  quads.map(term).join(" + ");
/** The sum of a vec4's components. */
export const total = (v: string): string => `(${v}.x + ${v}.y) + (${v}.z + ${v}.w)`;

/** The vec4s of every column move up by one, the first becoming the last: so a loop has one store for all of them. */
export const turn = (prefix: string, columns: readonly number[], quads: number): string =>
  lines(
    columns,
    (j) => `        let top${j} = ${prefix}${j}0;
${lines(range(quads - 1), (q) => `        ${prefix}${j}${q} = ${prefix}${j}${q + 1};`)}
        ${prefix}${j}${quads - 1} = top${j};`,
  );

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
