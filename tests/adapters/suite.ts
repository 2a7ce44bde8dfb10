/** The judge of an adapter that no test of Node's reaches, in a page's worker or in Deno: each kernel against its CPU twin, each plan against the CPU reference and PyTorch. */
import { cpuMachine } from "../../src/cpu/machine.ts";
import { PATHS, type Path } from "../../src/model/plans.ts";
import { registry } from "../../src/model/registry.ts";
import { PARAMETERS } from "../../src/model/tensors.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { runEvaluation } from "../model/evaluation.ts";
import { runStep, runTrajectory } from "../model/steps.ts";
import { type Comparison, compareTensors, explain, normwise } from "../oracle/compare.ts";
import { readStepFixture } from "../oracle/fixtures.ts";
import { type Extent, judge } from "../support/kernels.ts";
import { FIXTURES, type Fixture, SHARES } from "../support/shares.ts";

export interface Row {
  readonly name: string;
  readonly ok: boolean;
  /** The largest share of its tolerance that anything took; 1 is the limit. */
  readonly used: number;
  /** The comparison that took it. */
  readonly message: string;
}
type Verdict = Omit<Row, "name">;

/**
 * A row for each test, as soon as it ends; a test that throws has failed.
 * @param fixtures whose steps are judged
 */
export async function* suite(
  machine: Machine,
  device: GPUDevice,
  extent: Extent,
  fixtures: readonly Fixture[] = FIXTURES,
): AsyncGenerator<Row> {
  for (const [name, test] of tests(machine, device, extent, fixtures)) {
    try {
      yield { name, ...worst(await test()) };
    } catch (error) {
      yield { name, ok: false, used: Number.POSITIVE_INFINITY, message: (error as Error).message };
    }
  }
}

function tests(
  machine: Machine,
  device: GPUDevice,
  extent: Extent,
  fixtures: readonly Fixture[],
): [string, () => Promise<Verdict[]>][] {
  // PyTorch's ten steps have the sizes of this one, and share its kernels.
  const followed = fixtures.includes("notebook-h64") ? PATHS : [];
  return [
    ...registry.map((op): [string, () => Promise<Verdict[]>] => [
      `kernel ${op.name}`,
      async () => {
        const verdicts: Verdict[] = [];
        for await (const { ok, used, message } of judge(device, op, extent)) {
          verdicts.push({ ok, used, message });
          if (!ok) break;
        }
        return verdicts;
      },
    ]),
    ...fixtures.flatMap((fixture) =>
      PATHS.map((path): [string, () => Promise<Verdict[]>] => [
        `${path} step of ${fixture}`,
        () => judgeStep(machine, fixture, path),
      ]),
    ),
    ...followed.map((path): [string, () => Promise<Verdict[]>] => [
      `${path}, ten steps`,
      () => judgeTrajectory(machine, path),
    ]),
    ["evaluation", () => judgeEvaluation(machine)],
  ];
}

async function judgeStep(machine: Machine, name: Fixture, path: Path): Promise<Verdict[]> {
  const fixture = readStepFixture(name);
  const got = asData(await runStep(machine, fixture, path));
  const want = asData(await runStep(cpuMachine("float64"), fixture, path));
  return [
    ...closeness(got, want, SHARES[name]),
    // PyTorch's values have their own rounding errors.
    ...closeness(got, fixture.expected, 2 * SHARES[name]),
  ];
}

async function judgeTrajectory(machine: Machine, path: Path): Promise<Verdict[]> {
  const { loss, after, wantLoss, wantAfter } = await runTrajectory(machine, path);
  const losses = compareTensors("losses", loss, wantLoss, { rtol: 1e-6, atol: 0 });
  const parameters = (all: object) => Object.fromEntries(PARAMETERS.map((n) => [n, all[n as keyof object]]));
  return [verdict(losses), ...closeness(asData(after), asData(parameters(wantAfter)), 2e-6)];
}

async function judgeEvaluation(machine: Machine): Promise<Verdict[]> {
  const [got, want] = [await runEvaluation(machine), await runEvaluation(cpuMachine("float64"))];
  const statistics = ({ bnmean, bnvar, losses }: typeof got) => asData({ bnmean, bnvar, losses });
  const exact = { rtol: 0, atol: 0 };
  return [
    ...closeness(statistics(got), statistics(want), 1e-6),
    verdict(compareTensors("drawn", got.drawn, want.drawn, exact)),
    verdict(compareTensors("contexts", got.contexts, want.contexts, exact)),
  ];
}

type Data = Record<string, { data: ArrayLike<number> }>;
const asData = (tensors: Record<string, ArrayLike<number>>): Data =>
  Object.fromEntries(Object.entries(tensors).map(([name, data]) => [name, { data }]));

/** Compares every tensor that both have. */
const closeness = (got: Data, want: Data, share: number): Verdict[] =>
  Object.keys(want)
    .filter((name) => name in got)
    .map((name) =>
      verdict(compareTensors(name, got[name].data, want[name].data, normwise(name, want, share))),
    );

const verdict = (c: Comparison): Verdict => ({ ok: c.ok, used: c.used, message: explain(c) });

/** The first that failed, else the one that took most of its tolerance. No verdict at all is a failure. */
function worst(verdicts: readonly Verdict[]): Verdict {
  const none: Verdict = { ok: false, used: 0, message: "nothing was judged" };
  return (
    verdicts.find((v) => !v.ok) ?? verdicts.reduce((a, b) => (b.used > a.used ? b : a), verdicts[0] ?? none)
  );
}
