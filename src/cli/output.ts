/** What a command prints: progress and notes to stderr, results to stdout, or with --json one object a line there. */
import { MultiBar, type SingleBar } from "cli-progress";

export interface Output {
  readonly json: boolean;
  /** A line for people, on stderr. */
  note(line: string): void;
  /** A result for people, on stdout; nothing with --json. */
  result(line: string): void;
  /** An object for programs, on stdout; nothing without --json. */
  event(object: Readonly<Record<string, unknown>>): void;
  /** A bar on a terminal, elsewhere a line every few seconds. */
  bar(total: number): Bar;
}

export interface Bar {
  /** @param text shown after the numbers, such as the loss */
  update(done: number, text: string): void;
  stop(): void;
}

/** Milliseconds between plain progress lines. */
const PLAIN_INTERVAL = 5000;

export const integer = (n: number): string => Math.round(n).toLocaleString("en-US");

export function output(json: boolean): Output {
  let bars: MultiBar | undefined;
  const note = (line: string) => {
    // A line written straight to stderr would tear the bar.
    if (bars?.isActive) bars.log(`${line}\n`);
    else process.stderr.write(`${line}\n`);
  };
  return {
    json,
    note,
    result: (line) => {
      if (!json) process.stdout.write(`${line}\n`);
    },
    event: (object) => {
      if (json) process.stdout.write(`${JSON.stringify(object)}\n`);
    },
    bar: (total) => {
      if (!process.stderr.isTTY) return plainBar(total, note);
      bars = new MultiBar({
        stream: process.stderr,
        format: "{bar} {percentage} % | {value}/{total} | {text} | {eta_formatted} left",
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: 16,
        hideCursor: true,
        etaBuffer: 50,
      });
      return terminalBar(bars, bars.create(total, 0, { text: "" }));
    },
  };
}

const terminalBar = (bars: MultiBar, bar: SingleBar): Bar => ({
  update: (done, text) => bar.update(done, { text }),
  stop: () => {
    bar.stop();
    bars.stop();
  },
});

function plainBar(total: number, note: (line: string) => void): Bar {
  const start = performance.now();
  let last = start;
  let first: number | undefined;
  let unsaid = "";
  return {
    update: (done, text) => {
      first ??= done;
      const now = performance.now();
      unsaid = `${integer(done)} of ${integer(total)} | ${text}`;
      if (now - last < PLAIN_INTERVAL) return;
      last = now;
      const left = ((now - start) / 1000) * ((total - done) / Math.max(1, done - first));
      note(`${integer(done)} of ${integer(total)} | ${text} | ${integer(left)} s left`);
      unsaid = "";
    },
    stop: () => {
      if (unsaid) note(unsaid);
    },
  };
}
