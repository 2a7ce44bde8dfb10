/** The verdict on right steps and on steps with a mistake in them: what rounding explains, what it does not, and what cannot be judged. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { ALL_PATHS, type AnyPath, PATHS, type Path, shownBy, stepPlan } from "../../src/model/plans.ts";
import { batchnormTanh, embedding, elementwise as ew, linear, reduce } from "../../src/ops/index.ts";
import type { Bindings, Dims, FloatArray, Op, TwinArgs } from "../../src/plan/contract.ts";
import { type Machine, withPlan } from "../../src/plan/machine.ts";
import { eachOperation } from "../../src/train/bisect.ts";
import {
  type CheckReport,
  check,
  type Expected,
  judgeStep,
  referenceOf,
  rowsOf,
  withNote,
} from "../../src/train/check.ts";
import { runStep, type Step } from "../../src/train/step.ts";
import { readStepFile } from "../../src/train/step_file.ts";
import { describeOnGpu } from "../support/device.ts";
import { wrongMachine } from "../support/wrong_machine.ts";

const read = (name: string): Step =>
  readStepFile(readFileSync(new URL(`../fixtures/${name}.safetensors`, import.meta.url)), name).step;

const ordinary = read("notebook-h64");
/** Columns far from zero, where E[x²] − E[x]² has no digit left. BatchNorm takes the distance away again. */
const distant: Step = {
  ...ordinary,
  parameters: { ...ordinary.parameters, b1: ordinary.parameters.b1.map((x) => x + 1000) },
};

/** The step with output weights so large that the least likely character's logit is `distance` below its row's largest. */
function steep(distance: number): Step {
  const { want } = referenceOf(ordinary, "chunked", ["norm_logits"]).get("norm_logits")!;
  const least = Math.min(...want);
  const { W2, b2 } = ordinary.parameters;
  const times = (x: number) => (x * distance) / -least;
  return { ...ordinary, parameters: { ...ordinary.parameters, W2: W2.map(times), b2: b2.map(times) } };
}

/** All rows of a step, those of the forward pass too. */
async function board(machine: Machine, step: Step, path: AnyPath): Promise<CheckReport> {
  const values = await withPlan(
    machine,
    stepPlan(step.sizes, path, { update: false }),
    async (executable) => {
      const loss = await runStep(executable, step);
      const names = rowsOf(executable.plan).filter((name) => name !== "loss");
      return new Map([...Object.entries(await executable.download(names)), ["loss", loss]]) as Expected;
    },
  );
  const shown = shownBy(path);
  return withNote(judgeStep(values, referenceOf(step, shown), step.sizes), step, shown);
}

const wrongRows = ({ rows }: CheckReport) => rows.filter((r) => r.within === false).map((r) => r.name);
const wrongOperations = async (machine: Machine, step: Step, path: Path) => [
  ...new Set((await eachOperation(machine, step, path)).filter((r) => r.within === false).map((r) => r.op)),
];

/** A row of mistakes: the operation that has it, and what computes in its twin's place. */
interface Mistake {
  readonly op: string;
  readonly twin: Op["twin"];
}
const mistake = <B extends Bindings>(op: Op<B>, twin: (t: TwinArgs<B>, d: Dims) => void): Mistake => ({
  op: op.name,
  twin: twin as Op["twin"],
});

/** The CPU reference in float32 with a mistake in one operation. */
const planted = ({ op, twin }: Mistake): Machine =>
  wrongMachine((c) => (c.op.name === op ? { ...c, op: { ...c.op, twin } } : c));

/** Changes what the right twin computed. */
const after = <B extends Bindings>(op: Op<B>, change: (t: TwinArgs<B>, d: Dims) => void): Mistake =>
  mistake(op, (t, d) => {
    op.twin(t, d);
    change(t, d);
  });
const scale = (values: FloatArray, factor: number) => {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
};

/** BatchNorm with this of a column's values for one over its standard deviation. */
const normalise = (invStdOf: (column: readonly number[]) => number): Mistake =>
  mistake(batchnormTanh.forward, ({ x, gain, bias, invStd, y }, { N, H }) => {
    for (let h = 0; h < H; h++) {
      const column = Array.from({ length: N }, (_, n) => x[n * H + h]);
      const mean = column.reduce((a, b) => a + b) / N;
      invStd[h] = invStdOf(column);
      for (const [n, value] of column.entries())
        y[n * H + h] = Math.tanh(gain[h] * (value - mean) * invStd[h] + bias[h]);
    }
  });
const squaresOf = (column: readonly number[]): number => {
  const mean = column.reduce((a, b) => a + b) / column.length;
  return column.reduce((sum, x) => sum + (x - mean) ** 2, 0);
};
const withEpsilon = (eps: number) =>
  normalise((column) => 1 / Math.sqrt(squaresOf(column) / (column.length - 1) + eps));

const { fround } = Math;
/** Sums in float32 as kernels do: in blocks of 16, rounded after every addition. */
function sum32(terms: readonly number[]): number {
  let sum = 0;
  for (let first = 0; first < terms.length; first += 16) {
    const block = terms.slice(first, first + 16).reduce((a, b) => fround(a + fround(b)), 0);
    sum = fround(sum + block);
  }
  return sum;
}
const differenceOfSquares = normalise((column) => {
  const n = column.length;
  const mean = fround(sum32(column) / n);
  const meanOfSquares = fround(sum32(column.map((x) => x * x)) / n);
  const variance = fround(fround(meanOfSquares - fround(mean * mean)) * fround(n / (n - 1)));
  return 1 / Math.sqrt(Math.max(variance, 0) + 1e-5);
});

/** A position whose character stood before it, and does not count. */
const lostDuplicate = mistake(embedding.backward, ({ tokens, dy, dtable }, d) => {
  const lost = tokens.findLastIndex((token, p) => tokens.indexOf(token) < p);
  const rest = dy.slice().fill(0, lost * d.E, (lost + 1) * d.E);
  embedding.backward.twin({ tokens, dy: rest, dtable }, d);
});

/** By path: a sum over the batch, db, and a product, dw. */
const lastRowDropped: Readonly<Record<Path, { readonly ofASum: Mistake; readonly ofAProduct: Mistake }>> = {
  chunked: {
    ofASum: mistake(reduce.sumBatch, ({ x, y }, { R, C }) =>
      reduce.sumBatch.twin({ x: x.subarray(0, (R - 1) * C), y }, { R: R - 1, C }),
    ),
    ofAProduct: mistake(linear.backwardWeight, ({ x, dy, dw }, { N, I, O }) =>
      linear.backwardWeight.twin(
        { x: x.subarray(0, (N - 1) * I), dy: dy.subarray(0, (N - 1) * O), dw },
        { N: N - 1, I, O },
      ),
    ),
  },
  fused: {
    ofASum: after(linear.backward, ({ dy, db }, { N, O }) => {
      for (let o = 0; o < O; o++) db[o] -= dy[(N - 1) * O + o];
    }),
    ofAProduct: after(linear.backward, ({ x, dy, dw }, { N, I, O }) => {
      for (let i = 0; i < I * O; i++) dw[i] -= x[(N - 1) * I + Math.floor(i / O)] * dy[(N - 1) * O + (i % O)];
    }),
  },
};

const inverseStdWith = (eps: number) =>
  mistake(ew.inverseStd, ({ x, y }) => {
    for (let i = 0; i < y.length; i++) y[i] = 1 / Math.sqrt(x[i] + eps);
  });

/** By path; the tensor is the first that comes out wrong. */
const mistakes: readonly (readonly [title: string, path: Path, tensor: string, Mistake])[] = [
  ...PATHS.flatMap((path) => [
    ["the last row dropped from a sum", path, "db2", lastRowDropped[path].ofASum] as const,
    ["the last row dropped from a product", path, "dW2", lastRowDropped[path].ofAProduct] as const,
    ["a duplicate lost in dC", path, "dC", lostDuplicate] as const,
  ]),
  [
    "n for n − 1, forward",
    "chunked",
    "bnvar",
    after(reduce.besselBatch, ({ y }, { R }) => scale(y, (R - 1) / R)),
  ],
  [
    "n for n − 1, forward",
    "fused",
    "bnvar_inv",
    normalise((column) => 1 / Math.sqrt(squaresOf(column) / column.length + 1e-5)),
  ],
  [
    "n for n − 1, backward",
    "chunked",
    "dbndiff2",
    after(ew.spreadBessel, ({ y }, { R }) => scale(y, (R - 1) / R)),
  ],
  [
    "n for n − 1, backward",
    "fused",
    "dhprebn",
    // dx lacks 1/(n−1) of its last term.
    after(batchnormTanh.backward, ({ x, gain, invStd, dx, dgain }, { N, H }) => {
      for (let h = 0; h < H; h++) {
        const column = Array.from({ length: N }, (_, n) => x[n * H + h]);
        const mean = column.reduce((a, b) => a + b) / N;
        for (const [n, value] of column.entries())
          dx[n * H + h] += (gain[h] * invStd[h] ** 2 * (value - mean) * dgain[h]) / N / (N - 1);
      }
    }),
  ],
  ...[1e-3, 1e-4].flatMap((eps) => [
    [`${eps} for 1e-5`, "chunked", "bnvar_inv", inverseStdWith(eps)] as const,
    [`${eps} for 1e-5`, "fused", "bnvar_inv", withEpsilon(eps)] as const,
  ]),
];

describe("the verdict on the CPU", () => {
  it.each(PATHS)("passes a right %s step with room to spare", async (path) => {
    for (const step of [ordinary, distant, steep(60)]) {
      const { ok, rows } = await board(cpuMachine(), step, path);
      expect(ok).toBe(true);
      for (const { name, roundings } of rows) expect(roundings, name).toBeLessThanOrEqual(32);
      for (const { op, used } of await eachOperation(cpuMachine(), step, path))
        expect(used, op).toBeLessThanOrEqual(0.5);
    }
  });

  it.each(mistakes)("sees %s (%s)", async (_, path, tensor, planting) => {
    const machine = planted(planting);
    const report = await board(machine, ordinary, path);
    expect(report.ok).toBe(false);
    expect(wrongRows(report)[0]).toBe(tensor);
    expect(await wrongOperations(machine, ordinary, path)).toEqual([planting.op]);
    // The board of gradients alone.
    const { ok, rows } = await check(machine, ordinary, { path });
    expect(ok).toBe(false);
    expect(rows).toEqual(report.rows.filter((r) => rows.some(({ name }) => name === r.name)));
  });

  it("sees E[x²] − E[x]² where columns are far from zero, and cannot where it is as exact as anything else", async () => {
    const machine = planted(differenceOfSquares);
    const near = await board(machine, ordinary, "fused");
    expect(near.ok).toBe(true);
    expect(await wrongOperations(machine, ordinary, "fused")).toEqual([]);
    const far = await board(machine, distant, "fused");
    expect(far.ok).toBe(false);
    expect(wrongRows(far)[0]).toBe("bnvar_inv");
    expect(await wrongOperations(machine, distant, "fused")).toEqual([differenceOfSquares.op]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "never passes %d where the reference is finite",
    async (value) => {
      const machine = planted(
        after(batchnormTanh.forward, ({ y }) => {
          y[5] = value;
        }),
      );
      const report = await board(machine, ordinary, "fused");
      expect(report.ok).toBe(false);
      expect(report.note).toBeUndefined();
      expect(report.rows.find((r) => r.name === "h")).toMatchObject({
        within: false,
        roundings: Number.POSITIVE_INFINITY,
        worst: { index: [0, 5], got: value },
      });
      expect(report.rows.every((r) => r.within !== null)).toBe(true);
    },
  );
});

const LOG_0 = "log(0): the unfused chain overflows on these weights; the fused step does not";

describe("weights on which the unfused chain overflows", () => {
  // e^−120 is 0 in float32. e^−95 is not, but devices may take it for 0; the CPU does not.
  const [zero, denormal] = [steep(120), steep(95)];

  it.each([
    ["0", zero],
    ["below the normal numbers", denormal],
  ])("leave out rows where a character's probability is %s, and judge the others", async (_, step) => {
    const { ok, rows, note } = await board(cpuMachine(), step, "chunked");
    expect(ok).toBe(true);
    expect(note).toBe(LOG_0);
    const row = (name: string) => rows.find((r) => r.name === name);
    for (const name of ["logprobs", "dprobs", "dlogits", "dW2", "dC"])
      expect(row(name), name).toMatchObject({ within: null, roundings: null });
    for (const name of ["emb", "logits", "probs", "loss", "dlogprobs"])
      expect(row(name), name).toMatchObject({ within: true });
    const fused = await board(cpuMachine(), step, "fused");
    expect(fused.ok).toBe(true);
    expect(fused.note).toBeUndefined();
    expect(fused.rows.map((r) => r.within)).toEqual(fused.rows.map(() => true));
  });

  it("leave rows out whatever the device makes of them, and no others", async () => {
    const finite = planted(
      mistake(ew.log, ({ x, y }) => {
        for (let i = 0; i < y.length; i++) y[i] = Math.log(Math.max(x[i], 1e-30));
      }),
    );
    const report = await board(finite, zero, "chunked");
    const logprobs = report.rows.find((r) => r.name === "logprobs");
    expect(logprobs).toMatchObject({ within: null, roundings: null });
    // With normal numbers all rows are judged, and a device on which they overflow is wrong.
    const overflowing = planted(
      after(ew.log, ({ y }) => {
        y[3] = Number.NEGATIVE_INFINITY;
      }),
    );
    const wrong = await board(overflowing, steep(60), "chunked");
    expect(wrong.ok).toBe(false);
    expect(wrong.note).toBeUndefined();
    expect(wrong.rows.find((r) => r.name === "logprobs")).toMatchObject({ within: false });
  });

  it("do not make an operation wrong", async () => {
    const reports = await eachOperation(cpuMachine(), zero, "chunked");
    expect(reports.filter((r) => r.within === false)).toEqual([]);
    expect(reports.find((r) => r.op === ew.log.name)).toMatchObject({ within: null, roundings: null });
    expect(reports.find((r) => r.op === ew.exp.name)).toMatchObject({ within: true });
  });

  it("are not right where nothing can be judged", async () => {
    const b2 = ordinary.parameters.b2.slice().fill(Number.NaN);
    const step = { ...ordinary, parameters: { ...ordinary.parameters, b2 } };
    const { ok, rows, note } = await check(cpuMachine(), step, { path: "fused" });
    expect(ok).toBe(false);
    expect(rows.map((r) => r.within)).toEqual(Array(12).fill(null));
    expect(note).toBe("float32 overflows on these weights: 12 rows cannot be judged");
  });
});

describeOnGpu("the verdict", ({ device, name }) => {
  const machine = gpuMachine(device, name);

  it.each(ALL_PATHS)("passes a right %s step with room to spare", async (path) => {
    for (const step of [ordinary, distant, steep(60)]) {
      const { ok, rows } = await board(machine, step, path);
      expect(ok).toBe(true);
      for (const { name, roundings } of rows) expect(roundings, name).toBeLessThanOrEqual(32);
      if (path === "single") continue;
      for (const { op, used } of await eachOperation(machine, step, path))
        expect(used, op).toBeLessThanOrEqual(0.5);
    }
  });

  it.each(ALL_PATHS)("judges what can be judged at log(0) (%s)", async (path) => {
    const { ok, rows, note } = await board(machine, steep(120), path);
    expect({ ok, note }).toEqual({ ok: true, note: path === "chunked" ? LOG_0 : undefined });
    expect(rows.some((r) => r.within === null)).toBe(path === "chunked");
  });
});
