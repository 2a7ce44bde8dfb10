/** How the whole step of these sizes is cut up for one workgroup, and where it keeps what. */

import type { Update } from "../../../shaders/optimizers.ts";
import type { Area, AreaName, StepLayout } from "../../../shaders/single/layout.ts";
import { areaOf } from "../../../shaders/single/text.ts";
import { count } from "../../plan/count.ts";
import { LANES, type Target } from "../../plan/target.ts";
import { arena } from "../arena.ts";
import type { Sizes } from "../tensors.ts";

/** Most invocations of a workgroup that every device allows. */
const MAX_INVOCATIONS = 256;
/** The most rows of the batch that an invocation owns. */
const ROWS = 32;
/** SwiftShader's subgroup size. No other device has it. */
const SWIFTSHADER = 4;
/**
 * Columns of the hidden layer that an invocation owns. What the invocations of a subgroup read together serves all columns of each, so twice as
 * many make a step a fifth faster on SwiftShader; on lavapipe a tenth, but the text then takes twice as long to compile.
 */
const ownOf = (lanes: number): number => (lanes === SWIFTSHADER ? 4 : 2);
/** Rows per invocation where each loads its operands itself, so that more invocations have work. */
const FEW_ROWS = 8;

/** Of more positions than this, dC is summed in parts. */
const FEW_POSITIONS = 512;

/** Invocations that own all columns, whole subgroups. */
const ownersOf = (hidden: number, lanes: number): number => Math.ceil(hidden / ownOf(lanes) / lanes) * lanes;

function blocksOf({ batch, hidden }: Sizes, { lanes, rows = FEW_ROWS }: Target): number {
  const fewest = Math.ceil(batch / ROWS);
  if (lanes > 1) return fewest;
  const room = Math.floor(MAX_INVOCATIONS / ownersOf(hidden, lanes));
  return Math.max(fewest, Math.min(Math.ceil(batch / rows), room));
}

/** The layout, with the bytes of workgroup memory that it takes. */
export function layoutOf(s: Sizes, update: Update, target: Target): { layout: StepLayout; bytes: number } {
  const { lanes } = target;
  // SwiftShader fills workgroup memory with zeros once for every subgroup, in code without loops: 16 KiB take it a second to compile and 0.4 ms
  // whenever a workgroup starts. Its storage buffers are as fast.
  const workgroupBytes = lanes === SWIFTSHADER ? 0 : target.workgroupBytes;
  const quads = Math.ceil(s.batch / blocksOf(s, target) / 4);
  // Whole vec4s may leave no row for the last ones.
  const rowBlocks = Math.ceil(s.batch / (4 * quads));
  const owners = ownersOf(s.hidden, lanes);
  const inputs = Math.ceil((s.context * s.embedding + 1) / 4);
  const classes = Math.ceil(s.vocabulary / 4);
  const own = ownOf(lanes);
  const [batch, columns] = [rowBlocks * quads, own * owners];
  const table = Math.ceil((s.vocabulary * s.embedding) / 4);
  const weights = (inputs + classes + 1) * columns;
  // Most often read for its size first: workgroup memory takes what fits, in this order.
  const wanted: readonly (readonly [AreaName, number])[] = [
    ["operands", 4 * (inputs + classes) * batch],
    ["product", 4 * Math.max(inputs, classes) * batch],
    ["partials", Math.ceil((3 * rowBlocks * columns) / 4)],
    ["hidden", 2 * columns * batch],
    ["table", table],
    ...(s.batch * s.context > FEW_POSITIONS ? [["sums", table] as const] : []),
  ];
  // The parameters come from the arena and go back there at the end of a dispatch.
  const stored = [undefined, ...update.state].flatMap((kept): (readonly [AreaName, number])[] => [
    [areaOf("weights", kept), weights],
    [areaOf("b2", kept), classes],
  ]);
  let bytes = 4 * s.batch;
  let scratch = 0;
  const areas: Record<string, Area> = {};
  for (const [name, size] of [...wanted, ...stored]) {
    const inWorkgroup = wanted.some(([w]) => w === name) && bytes + 16 * size <= workgroupBytes;
    areas[name] = { size, inWorkgroup, base: scratch };
    if (inWorkgroup) bytes += 16 * size;
    else scratch += size;
  }
  const { offsets } = arena(s);
  const layout = {
    lanes,
    rowBlocks,
    quads,
    own,
    owners,
    inputs,
    classes,
    offsets,
    areas,
    scratch,
    update,
  };
  return { layout, bytes };
}

/** Why a step of these sizes does not fit one workgroup, on any device; undefined if it does. */
export function whyNotSingle({ batch, hidden }: Sizes): string | undefined {
  const lanes = Math.max(...LANES);
  const tiles = Math.ceil(batch / ROWS) * ownersOf(hidden, lanes);
  return tiles > MAX_INVOCATIONS
    ? `batch ${count(batch)} × hidden ${count(hidden)} makes ${count(tiles)} tiles of ${ROWS}×${ownOf(lanes)}, and a workgroup holds ${MAX_INVOCATIONS}`
    : undefined;
}
