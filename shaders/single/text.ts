/** Names and pieces that the phases of the whole step's text have in common. */
import { type Operand, operand } from "../fast/exchange.ts";
import { lines, plus, range } from "../text.ts";
import { type AreaName, PHASES, type PhaseName, type StepLayout } from "./layout.ts";

/** The tile that an invocation owns: columns `c` of the hidden layer, and vec4s `q` of each, four examples of the batch. */
export interface Tile {
  readonly columns: readonly number[];
  readonly vec4s: readonly number[];
}

export const two = [0, 1];
export const four = [0, 1, 2, 3];
export const component = (i: number): string => "xyzw"[i];
/** Vec4 `q` of column `c` of a tile: `h_c0_q1`. */
export const vec4 = (tile: string, c: number, q: number): string => `${tile}_c${c}_q${q}`;
/** Names of a tile's vec4s, column by column. */
export const named = (tile: string, columns: readonly number[], vec4s: readonly number[]): string[] =>
  columns.flatMap((c) => vec4s.map((q) => vec4(tile, c, q)));
export const sum = (vec4s: readonly number[], term: (q: number) => string): string =>
  vec4s.map(term).join(" + ");
/** The sum of a vec4's components. */
export const total = (v: string): string => `(${v}.x + ${v}.y) + (${v}.z + ${v}.w)`;

/**
 * `sum` = Σ of `count` terms, in blocks of 16, whose rounding errors grow with the number of blocks and not of terms. `add` is WGSL that adds
 * term `i` to the block it is given.
 */
export const inBlocks = (
  sum: string,
  i: string,
  count: string,
  add: (block: string) => string,
  type: "f32" | "vec4f" = "f32",
): string =>
  `var ${sum} = ${type}();
for (var ${i}0 = 0u; ${i}0 < ${count}; ${i}0 += 16u) {
var block = ${type}();
for (var ${i} = ${i}0; ${i} < min(${i}0 + 16u, ${count}) * one; ${i}++) {
${add("block")}
}
${sum} += block;
}`;

/** The vec4s of every column move up by one, the first becoming the last: so a loop has one store for all of them. */
export const turn = (tile: string, columns: readonly number[], quads: number): string =>
  lines(
    columns,
    (c) => `let top_c${c} = ${vec4(tile, c, 0)};
${lines(range(quads - 1), (q) => `${vec4(tile, c, q)} = ${vec4(tile, c, q + 1)};`)}
${vec4(tile, c, quads - 1)} = top_c${c};`,
  );

/** A layout in WGSL: its sizes, and how its areas are read and written. */
export interface StepText {
  readonly workgroup: number;
  /** Hidden columns; vec4s of a column of the batch, and of the weights. */
  readonly columns: number;
  readonly batchQuads: number;
  readonly weightQuads: number;
  /** A vec4 of an area, and one of its floats. */
  vec(area: AreaName, index: string): string;
  float(area: AreaName, index: string): string;
  /** Row `row` of owned column `column` of the weights (or of what the optimiser keeps for them), four rows a vec4. */
  weight(column: string, row: string, kept?: string): string;
  /** A column of the batch within one block of rows. */
  column(name: string, area: "operands" | "hidden", column: string, block: string): Operand;
  /** Makes writes to these areas visible to all. Software devices take long to compile a barrier, so only the kinds that are needed. */
  barrier(...written: readonly (AreaName | "rowLoss")[]): string;
  /** Spreads `count` indices `i` over the workgroup. */
  strided(count: number, body: string): string;
  /** A phase's statements; where phases are timed, as often as they are to run. All of them may run again on what they left behind. */
  phase(name: PhaseName, body: string): string;
  /** The optimiser updates the parameter at `at()` by a gradient; `at(state)` is what it keeps for that parameter. */
  apply(at: (kept?: string) => string, gradient: string): string;
}

/** The area of a parameter, or of what the optimiser keeps for it. */
export const areaOf = <N extends "weights" | "b2">(name: N, kept?: string): N | `${N}_${string}` =>
  kept === undefined ? name : `${name}_${kept}`;

export function stepText(l: StepLayout): StepText {
  const workgroup = l.rowBlocks * l.owners;
  const batchQuads = l.rowBlocks * l.quads;
  const weightQuads = l.inputs + l.classes + 1;
  const vec = (area: AreaName, index: string): string => {
    const { inWorkgroup, base } = l.areas[area];
    return inWorkgroup ? `${area}[${index}]` : `scratch[${plus(`own_scratch + ${index}`, base)}]`;
  };
  const phase = (name: PhaseName, body: string): string =>
    l.runs === undefined
      ? body
      : `for (var run = 0u; run < u32(coefficients[${l.runs + PHASES.indexOf(name)}]); run++) {\n${body}\n}`;
  return {
    workgroup,
    columns: l.own * l.owners,
    batchQuads,
    weightQuads,
    vec,
    float: (area, index) => `${vec(area, `(${index}) / 4u`)}[(${index}) % 4u]`,
    weight: (column, row, kept) => vec(areaOf("weights", kept), `(${column}) * ${weightQuads}u + ${row}`),
    column: (name, area, column, block) =>
      operand(name, l.quads, l.lanes, (quad) =>
        vec(area, `(${column}) * ${batchQuads}u + ${block} * ${l.quads}u + ${quad}`),
      ),
    barrier: (...written) => {
      const kinds = written.map((name) =>
        name === "rowLoss" || l.areas[name].inWorkgroup ? "workgroupBarrier();" : "storageBarrier();",
      );
      return phase("barriers", [...new Set(kinds)].join(" "));
    },
    strided: (count, body) => `for (var i = index; i < ${count}u; i += ${workgroup}u) {\n${body}\n}`,
    phase,
    apply: (at, gradient) => `{
let gradient = ${gradient};
${l.update.text(at(), "gradient", at)}
}`,
  };
}
