/** A sweep's results as a table, and the command that trains its best network alone. */
import { started } from "../../node/started.ts";
import { type Result, tableOf } from "../../sweep/results.ts";
import { DEFAULTS, type TrainConfig } from "../../train/config.ts";
import { optionName, SETTING_KEYS, SETTINGS } from "../../train/settings.ts";
import type { CommonOptions } from "../options.ts";
import type { Output } from "../output.ts";

export function printTable(
  results: readonly Result[],
  { words }: Pick<CommonOptions, "words">,
  out: Output,
): void {
  const rows = tableOf(results);
  const keys = Object.keys(rows[0].settings);
  const fixed = (x: number | null | undefined) =>
    x === null || x === undefined || Number.isNaN(x) ? "–" : x.toFixed(4);
  const lines = rows.map((row) => [
    ...keys.map((key) => String(row.settings[key])),
    fixed(row.mean),
    fixed(row.deviation),
    fixed(row.best?.dev),
    row.best?.checkpoint ?? "–",
    String(row.networks - row.diverged),
    row.diverged > 0 ? String(row.diverged) : "",
  ]);
  const head = [
    ...keys.map((key) => SETTINGS[key as keyof TrainConfig].label.toLowerCase()),
    "dev mean",
    "± sd",
    "best",
    "checkpoint",
    "networks",
    "diverged",
  ];
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i].length)));
  for (const line of [head, ...lines])
    out.result(
      line
        .map((cell, i) => cell.padStart(widths[i]))
        .join("  ")
        .trimEnd(),
    );
  const best = rows[0].best;
  if (best) out.result(`best: ${trainCommandFor(best.config, words)}`);
}

/** What trains this network alone. */
export function trainCommandFor(config: TrainConfig, words?: string): string {
  const options = SETTING_KEYS.filter((key) => config[key] !== DEFAULTS[key]).map((key) =>
    SETTINGS[key].type === "flag"
      ? `--${optionName(key)}`
      : `--${optionName(key)} ${quoted(String(config[key]))}`,
  );
  if (words !== undefined) options.push(`--words ${quoted(words)}`);
  return started("train", options.join(" "));
}

/** As a shell takes it for one word. */
const quoted = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
