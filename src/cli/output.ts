/** What a command prints: progress and notes to stderr, results to stdout, or with --json one object a line there. */
import { type Bar, type Phase, progress } from "./progress.ts";

export interface Output {
  readonly json: boolean;
  /** A line for people, on stderr; nothing with --quiet. */
  note(line: string): void;
  /** A line that --quiet shows too: what was saved, and whatever is not as it was asked for. */
  notice(line: string): void;
  /** A result for people, on stdout; nothing with --json. */
  result(line: string): void;
  /** An object for programs, on stdout; nothing without --json. */
  event(object: Readonly<Record<string, unknown>>): void;
  /** Progress of work in steps; nothing with --quiet. */
  bar(total: number): Bar;
  /** Does `work`, with its progress if it takes longer than two seconds. */
  phase: Phase;
}

export const integer = (n: number): string => Math.round(n).toLocaleString("en-US");

export function output({ json, quiet }: { readonly json: boolean; readonly quiet?: boolean }): Output {
  const shown = progress(process.stderr, { quiet });
  const write = (line: string): void => {
    if (process.stdout.isTTY) shown.clear();
    process.stdout.write(`${line}\n`);
  };
  return {
    json,
    note: (line) => {
      if (!quiet) shown.note(line);
    },
    notice: shown.note,
    result: (line) => {
      if (!json) write(line);
    },
    event: (object) => {
      if (json) write(JSON.stringify(object));
    },
    bar: shown.bar,
    phase: shown.phase,
  };
}
