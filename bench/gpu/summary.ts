/** What a run found, part by part: as a table, and as JSON. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../environment.ts";
import { headerText } from "../report.ts";
import { table } from "../table.ts";
import type { Result } from "./runner.ts";

export interface Summary {
  readonly environment: Environment;
  readonly quick: boolean;
  readonly seconds: number;
  readonly parts: readonly Result[];
}

export const SUMMARY_JSON = "summary.json";
const SUMMARY_TEXT = "summary.txt";

/** Written anew after each part, so that a run that is cut off keeps what it has. */
export function writeSummary(folder: string, summary: Summary): void {
  writeFileSync(join(folder, SUMMARY_JSON), `${JSON.stringify(summary, null, 1)}\n`);
  writeFileSync(join(folder, SUMMARY_TEXT), `${summaryText(summary)}\n`);
}

export const summaryText = ({ environment, parts, seconds }: Summary): string =>
  [
    headerText(environment),
    "",
    table(
      ["part", "s", "limit", "ended", "found"],
      parts.flatMap(({ part, seconds, limit, ended, why, figures }) => {
        const [first = "", ...more] = [...(why === undefined ? [] : [why]), ...figures];
        return [
          [part, seconds.toFixed(1), String(limit), ended, first],
          ...more.map((line) => ["", "", "", "", line]),
        ];
      }),
    ),
    "",
    `${parts.length} parts in ${seconds.toFixed(0)} s`,
  ].join("\n");
