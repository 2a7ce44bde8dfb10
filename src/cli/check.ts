import { Command } from "commander";
import { type AnyPath, type Path, shownBy, stepPlan } from "../model/plans.ts";
import { readBytes } from "../node/files.ts";
import { requireMemoryOf } from "../plan/memory.ts";
import { eachOperation, type OperationReport } from "../train/bisect.ts";
import { type CheckReport, check as checkStep, type Expected } from "../train/check.ts";
import { ConfigError, sizesOf, type TrainConfig, trainConfig } from "../train/config.ts";
import { openMachine } from "../train/open.ts";
import { optionName, SETTING_KEYS, SETTINGS } from "../train/settings.ts";
import { initialState } from "../train/state.ts";
import { firstStep, type Step } from "../train/step.ts";
import { readStepFile } from "../train/step_file.ts";
import {
  type CommonOptions,
  givenConfig,
  number,
  settingOption,
  withCommonOptions,
  withSettings,
} from "./options.ts";
import { type Output, output } from "./output.ts";
import { loadDataset } from "./words.ts";

interface CheckOptions extends CommonOptions, Partial<TrainConfig> {
  readonly against?: string;
  readonly rtol?: number;
  readonly atol?: number;
  readonly eachOp: boolean;
}

/** The settings that decide the first step's network and minibatch. */
const FIRST_STEP = SETTING_KEYS.filter((key) => SETTINGS[key].firstStep);

export const checkCommand = (): Command =>
  withCommonOptions(withSettings(new Command("check"), FIRST_STEP))
    .description(
      "The notebook's cmp table: every gradient of one step, on the device, against the CPU reference in float64 or a file.",
    )
    .addOption(settingOption("path", "chunked, all 26 gradients"))
    .option(
      "--against <file>",
      "step file to compare with: parameters, Xb, Yb, any intermediates, loss, grad.NAME",
    )
    .option("--rtol <x>", "relative tolerance (default: 1e-5, as torch.allclose)", number)
    .option(
      "--atol <x>",
      "absolute tolerance of every row (default: 1e-8; 2^-19 of the largest value for forward tensors)",
      number,
    )
    .option(
      "--each-op",
      "judge every operation on its own inputs instead, and name the first that is wrong",
      false,
    )
    .action(check);

async function check(o: CheckOptions): Promise<void> {
  const out = output(o.json);
  for (const key of ["rtol", "atol"] as const)
    if (o[key] !== undefined && o[key] < 0)
      throw new ConfigError(`--${key} is ${o[key]}; it must be 0 or more`);
  const { step, expected, path } = await prepare(o, out);
  const machine = await openMachine(o.backend, { onNote: out.note });
  try {
    if (o.eachOp) return reportEachOperation(await eachOperation(machine, step, eachOpPath(path)), out);
    const tolerance = {
      ...(o.rtol === undefined ? {} : { rtol: o.rtol }),
      ...(o.atol === undefined ? {} : { atol: o.atol }),
    };
    const report = await checkStep(machine, step, { path, expected, tolerance });
    const { ok, loss, rows } = report;
    out.event({ ok, loss, rows });
    const want = o.against ?? "the CPU reference in float64";
    out.note(
      `${machine.name}${machine.kind === "software" ? " (software)" : ""}, ${path} path, against ${want}`,
    );
    for (const line of formatReport(report)) out.result(line);
    if (!ok) process.exitCode = 1;
  } finally {
    machine.close();
  }
}

/** @throws ConfigError for a path that keeps nothing between its operations */
function eachOpPath(path: AnyPath): Path {
  const shown = shownBy(path);
  if (shown !== path)
    throw new ConfigError(`--each-op works with --path chunked or fused: the ${path} path is one operation`);
  return shown;
}

/** A line per operation, then the first whose outputs are not its twin's. */
function reportEachOperation(operations: readonly OperationReport[], out: Output): void {
  const first = operations.find((r) => !(r.used <= 1));
  out.event({ ok: !first, operations });
  for (const r of operations)
    out.result(
      `${String(r.position).padStart(3)} ${r.op.padEnd(32)} ${r.tensor.padEnd(16)} ${(100 * r.used).toFixed(1)} % of its tolerance`,
    );
  out.result(
    first
      ? `NOT ok: ${first.op} (#${first.position}) is the first that is wrong: ${first.tensor}[${first.index}] is ${first.got}, want ${first.want}`
      : `ok: all ${operations.length} operations agree with their CPU twins`,
  );
  if (first) process.exitCode = 1;
}

async function prepare(
  o: CheckOptions,
  out: Output,
): Promise<{ step: Step; expected?: Expected; path: AnyPath }> {
  const config = trainConfig(givenConfig({ ...o }));
  const path = o.path === undefined || config.path === "auto" ? "chunked" : config.path;
  const sized = ([...FIRST_STEP, "words"] as const).find((key) => o[key] !== undefined);
  if (o.against !== undefined && sized)
    throw new ConfigError(
      `--${optionName(sized)} cannot go with --against, which takes everything from its file; leave one of them out`,
    );
  if (o.against !== undefined) return { ...readStepFile(readBytes(o.against, "step file"), o.against), path };
  const { dataset } = await loadDataset(o.words, { context: config.context }, out);
  const vocabulary = dataset.vocabulary.size;
  const sizes = sizesOf(config, vocabulary);
  // Checked before a big network is drawn.
  requireMemoryOf(stepPlan(sizes, "chunked", { update: false }), Float64Array.BYTES_PER_ELEMENT);
  return {
    step: firstStep(sizes, initialState(config, vocabulary), dataset.train),
    path,
  };
}

/** The table for people, a line per row. */
function formatReport({ ok, loss, rows }: CheckReport): string[] {
  const cells = rows.map((r) => [
    r.name,
    r.shape.join("×") || "scalar",
    String(r.exact),
    String(r.approximate),
    r.maxdiff.toExponential(2),
    `[${r.worst.index.join(",")}] ${r.worst.got.toPrecision(8)} want ${r.worst.want.toPrecision(8)}`,
  ]);
  const table = [["tensor", "shape", "exact", "approximate", "maxdiff", "worst element"], ...cells];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const bad = rows
    .filter((r) => !r.approximate)
    .map((r) => `${r.name} (maxdiff ${r.maxdiff.toExponential(2)})`);
  return [
    ...table.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    ),
    ok
      ? `ok: all ${rows.length} rows approximate, loss ${loss.toFixed(6)}`
      : `NOT ok: ${rows.length === 0 ? "nothing to compare" : bad.join(", ")}`,
  ];
}
