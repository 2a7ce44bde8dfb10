import { Command } from "commander";
import { type AnyPath, type Path, shownBy } from "../model/plans.ts";
import { readBytes } from "../node/files.ts";
import type { Tolerance } from "../plan/contract.ts";
import { MOST_ROUNDINGS } from "../plan/rounding.ts";
import { eachOperation, type OperationReport } from "../train/bisect.ts";
import {
  type CheckReport,
  type CheckRow,
  check as checkStep,
  type Expected,
  requireReferenceMemory,
} from "../train/check.ts";
import { ConfigError, sizesOf, type TrainConfig, trainConfig } from "../train/config.ts";
import { optionName, SETTING_KEYS, SETTINGS, type SettingKey } from "../train/settings.ts";
import { initialState } from "../train/state.ts";
import { firstStep, type Step } from "../train/step.ts";
import { readStepFile } from "../train/step_file.ts";
import { openFor } from "./machine.ts";
import {
  type CommonOptions,
  givenConfig,
  number,
  settingOption,
  withCommonOptions,
  withSettings,
} from "./options.ts";
import { type Output, output } from "./output.ts";
import { likeOption, loadTrained, noteBroken } from "./trained.ts";
import { loadCheckpointWords, loadDataset } from "./words.ts";

interface CheckOptions extends CommonOptions, Partial<TrainConfig> {
  readonly against?: string;
  readonly checkpoint?: string;
  readonly like?: string;
  readonly rtol?: number;
  readonly atol?: number;
  readonly eachOp: boolean;
}

/** The settings that decide the first step's network and minibatch. */
const FIRST_STEP = SETTING_KEYS.filter((key) => SETTINGS[key].firstStep);

export const checkCommand = (): Command =>
  withCommonOptions(withSettings(new Command("check"), FIRST_STEP))
    .description(
      `The notebook's cmp table: every gradient of one step, on the device, against the CPU reference in float64 or a file. A row is right if rounding to float32 explains it: at most ${MOST_ROUNDINGS} times what the reference scatters by when each of its numbers is rounded at random.`,
    )
    .addOption(settingOption("path", "chunked, all 26 gradients"))
    .option(
      "--against <file>",
      "step file to compare with: parameters, Xb, Yb, any intermediates, loss, grad.NAME",
    )
    .option(
      "--checkpoint <file>",
      "judge these trained weights, on the minibatch that comes next; with its words, unless --words gives others",
    )
    .addOption(likeOption())
    .option(
      "--rtol <x>",
      "judge by torch.allclose's rule instead, with this relative tolerance (1e-5 if only --atol is given)",
      number,
    )
    .option(
      "--atol <x>",
      "the same, with this absolute tolerance of every row (1e-8 if only --rtol is given); forward tensors are allowed at least 2^-19 of their largest value",
      number,
    )
    .option(
      "--each-op",
      "judge every operation on its own inputs instead, and name the first that is wrong",
      false,
    )
    .action(check);

async function check(o: CheckOptions): Promise<void> {
  const out = output(o);
  for (const key of ["rtol", "atol"] as const)
    if (o[key] !== undefined && o[key] < 0)
      throw new ConfigError(`--${key} is ${o[key]}; it must be 0 or more`);
  const { step, expected, path } = await prepare(o, out);
  const machine = await openFor(o, out);
  try {
    const tolerance = toleranceOf(o);
    if (o.eachOp) {
      const each = eachOpPath(path);
      const operations = await out.phase("judging every operation", (onFraction) =>
        eachOperation(machine, step, each, tolerance, onFraction),
      );
      return reportEachOperation(operations, tolerance, out);
    }
    const report = await out.phase("computing the step and its reference", (onFraction) =>
      checkStep(machine, step, { path, expected, tolerance, onFraction }),
    );
    out.event({ ...report });
    const want = o.against ?? "the CPU reference in float64";
    out.note(
      `${machine.name}${machine.kind === "software" ? " (software)" : ""}, ${path} path, against ${want}`,
    );
    for (const line of formatReport(report, tolerance)) out.result(line);
    if (!report.ok) process.exitCode = 1;
  } finally {
    machine.close();
  }
}

/** torch.allclose's rule, if it is asked for. */
const toleranceOf = ({ rtol, atol }: CheckOptions): Partial<Tolerance> | undefined =>
  rtol === undefined && atol === undefined ? undefined : { rtol, atol };

/** @throws ConfigError for a path that keeps nothing between its operations */
function eachOpPath(path: AnyPath): Path {
  const shown = shownBy(path);
  if (shown !== path)
    throw new ConfigError(`--each-op works with --path chunked or fused: the ${path} path is one operation`);
  return shown;
}

/** A line per operation, then the first whose outputs are not its twin's. */
function reportEachOperation(
  operations: readonly OperationReport[],
  tolerance: Partial<Tolerance> | undefined,
  out: Output,
): void {
  const first = operations.find((r) => r.used > 1);
  const left = operations.filter((r) => r.within === null).length;
  const ok = !first && left < operations.length;
  out.event({ ok, operations });
  for (const r of operations)
    out.result(
      `${String(r.position).padStart(3)} ${r.op.padEnd(32)} ${r.tensor.padEnd(16)} ${usedText(r, tolerance)}`,
    );
  const agree = left > 0 ? `${operations.length - left} of` : "all";
  const notJudged = left > 0 ? `; float32 overflows in ${left}` : "";
  out.result(
    first
      ? `NOT ok: ${first.op} (#${first.position}) is the first that is wrong: ${first.tensor}[${first.index}] is ${first.got}, want ${first.want}`
      : `${ok ? "ok" : "NOT ok"}: ${agree} ${operations.length} operations agree with their CPU twins${notJudged}`,
  );
  if (!ok) process.exitCode = 1;
}

function usedText({ roundings, used }: OperationReport, tolerance: Partial<Tolerance> | undefined): string {
  if (roundings === null) return "not judged: float32 overflows";
  return tolerance
    ? `${(100 * used).toFixed(1)} % of the tolerance`
    : `${short(roundings)} of ${MOST_ROUNDINGS} roundings`;
}

/** A number of roundings to read: 3.1, 57, 1.2e+5. */
const short = (x: number): string => (x < 10 ? x.toFixed(1) : x < 10_000 ? x.toFixed(0) : x.toExponential(1));

async function prepare(
  o: CheckOptions,
  out: Output,
): Promise<{ step: Step; expected?: Expected; path: AnyPath }> {
  const config = trainConfig(givenConfig({ ...o }));
  const path = o.path === undefined || config.path === "auto" ? "chunked" : config.path;
  refuseWithFile(o);
  if (o.against !== undefined) return { ...readStepFile(readBytes(o.against, "step file"), o.against), path };
  if (o.checkpoint !== undefined) {
    const checkpoint = loadTrained(o.checkpoint, o.like);
    noteBroken(checkpoint, out);
    const { dataset } = await loadCheckpointWords(o.words, checkpoint, out);
    const sizes = sizesOf(checkpoint.config, dataset.vocabulary.size);
    return { step: firstStep(sizes, checkpoint, dataset.train), path };
  }
  const { dataset } = await loadDataset(o.words, config, out);
  const vocabulary = dataset.vocabulary.size;
  const sizes = sizesOf(config, vocabulary);
  // Checked before a big network is drawn.
  requireReferenceMemory(sizes, path);
  return { step: firstStep(sizes, initialState(config, vocabulary), dataset.train), path };
}

/** @throws ConfigError for an option that the file of another decides */
function refuseWithFile(o: CheckOptions): void {
  const file = (["against", "checkpoint"] as const).find((key) => o[key] !== undefined);
  const decided = {
    against: [...FIRST_STEP, "words", "checkpoint", "like"] as const,
    checkpoint: FIRST_STEP,
  };
  if (file === undefined && o.like !== undefined)
    throw new ConfigError("--like lends what the weights of --checkpoint lack; give --checkpoint FILE too");
  const given = file && decided[file].find((key) => o[key] !== undefined);
  if (given)
    throw new ConfigError(
      `--${optionName(given as SettingKey)} cannot go with --${file}, which takes everything from its file; leave one of them out`,
    );
}

/** The table for people, a line per row, and the verdict. */
function formatReport(report: CheckReport, tolerance: Partial<Tolerance> | undefined): string[] {
  const cells = report.rows.map((r) => [
    r.name,
    r.shape.join("×") || "scalar",
    String(r.exact),
    String(r.approximate),
    r.maxdiff.toExponential(2),
    r.roundings === null ? "–" : short(r.roundings),
    String(r.within ?? "–"),
    `[${r.worst.index.join(",")}] ${r.worst.got.toPrecision(8)} want ${r.worst.want.toPrecision(8)}`,
  ]);
  const head = ["tensor", "shape", "exact", "approximate", "maxdiff", "roundings", "within", "worst element"];
  const table = [head, ...cells];
  const widths = head.map((_, i) => Math.max(...table.map((row) => row[i].length)));
  return [
    ...table.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    ),
    ...(report.note === undefined ? [] : [report.note]),
    verdict(report, tolerance !== undefined),
  ];
}

/** One line: what decided, and which rows were wrong. */
function verdict({ ok, loss, rows }: CheckReport, byTolerance: boolean): string {
  const wrong = (r: CheckRow) => (byTolerance ? !r.approximate : r.within === false);
  const off = (r: CheckRow) =>
    byTolerance ? `maxdiff ${r.maxdiff.toExponential(2)}` : `${short(r.roundings ?? 0)} roundings`;
  const bad = rows.filter(wrong).map((r) => `${r.name} (${off(r)})`);
  if (bad.length > 0) return `NOT ok: ${bad.join(", ")}`;
  const judged = byTolerance ? rows : rows.filter((r) => r.within);
  if (!ok) return `NOT ok: ${rows.length === 0 ? "nothing to compare" : "no row can be judged"}`;
  const count =
    judged.length < rows.length ? `${judged.length} of ${rows.length} rows` : `all ${rows.length} rows`;
  return `ok: ${count} ${byTolerance ? "approximate" : `within ${MOST_ROUNDINGS} roundings`}, loss ${loss.toFixed(6)}`;
}
