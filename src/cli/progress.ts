/** What goes on now, on stderr: on a terminal its last line, which is kept up to date; elsewhere a line every few seconds. */
import { duration, rough, Speed } from "./speed.ts";

export interface Progress {
  /** A line that stays, above the one that changes. */
  note(line: string): void;
  /** Before something else is written to the terminal. */
  clear(): void;
  /** Of work in steps. */
  bar(total: number): Bar;
  /** Does `work`, and says that it goes on, and how far it is, once it has taken two seconds. */
  phase: Phase;
}

/** @param onFraction takes the share that is done, 0 to 1; it may be called from work that never yields */
export type Phase = <T>(
  what: string,
  work: (onFraction: (fraction: number) => void) => T | Promise<T>,
) => Promise<T>;

export interface Bar {
  /** @param text shown after the numbers, such as the loss */
  update(done: number, text: string): void;
  /** Something in between that is no part of the steps, such as a save: no forecast counts its time. */
  aside: Phase;
  stop(): void;
}

/** Milliseconds until what goes on is first mentioned. */
const SILENCE = 2000;
/** Milliseconds from one plain line, and from one picture of a bar, to the next. */
const PLAIN = 5000;
const FRAME = 100;

/** Something that is shown. */
interface Shown {
  /** The line as it is now. */
  line(): string;
  /** When it is to be written next. */
  due: number;
  /** Whether it ever was. */
  seen: boolean;
}

/**
 * @param quiet shows nothing
 * @param now milliseconds
 */
export function progress(
  stderr: Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">,
  { quiet = false, now = () => performance.now() }: { quiet?: boolean; now?: () => number } = {},
): Progress {
  const terminal = Boolean(stderr.isTTY);
  /** What goes on, in what it is a part of. */
  const shown: Shown[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;
  /** What is in the terminal's last line now, and what was last written elsewhere. */
  let drawn = "";

  const clear = (): void => {
    if (terminal && drawn) stderr.write("\r\u001b[K");
    if (terminal) drawn = "";
  };
  const write = (line: string): void => {
    const fitting = terminal ? line.slice(0, (stderr.columns || 80) - 1) : line;
    if (fitting === drawn) return;
    stderr.write(terminal ? `\r${fitting}\u001b[K` : `${fitting}\n`);
    drawn = fitting;
  };
  const look = (): void => {
    const top = shown.at(-1);
    if (quiet || !top || now() < top.due) return;
    top.due = now() + (terminal ? FRAME : PLAIN);
    top.seen = true;
    write(top.line());
  };
  const begin = (line: () => string, due: number): Shown => {
    const one = { line, due, seen: false };
    shown.push(one);
    timer ??= setInterval(look, FRAME);
    look();
    return one;
  };
  /** @param keep whether the line stays as it was at the end */
  const end = (one: Shown, keep: boolean): void => {
    shown.splice(shown.indexOf(one), 1);
    if (keep && !quiet) {
      write(one.line());
      if (terminal) stderr.write("\n");
      drawn = "";
    } else if (one.seen) clear();
    if (shown.length > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  const phase: Phase = async (what, work) => {
    const start = now();
    const speed = new Speed();
    let share = 0;
    const one = begin(() => {
      const left = speed.secondsTo(1);
      const time = left === undefined ? duration((now() - start) / 1000) : `${duration(left)} left`;
      return `${what} | ${share > 0 ? `${Math.floor(100 * share)} % | ` : ""}${time}`;
    }, start + SILENCE);
    try {
      return await work((fraction) => {
        share = fraction;
        speed.mark(fraction, now());
        look();
      });
    } finally {
      end(one, false);
    }
  };

  return {
    note: (line) => {
      const again = drawn;
      clear();
      stderr.write(`${line}\n`);
      if (terminal && again) write(again);
    },
    clear,
    phase,
    bar: (total) => {
      const start = now();
      const speed = new Speed();
      let [aside, done, text] = [0, 0, ""];
      let first: number | undefined;
      let ended = false;
      const one = begin(
        () => {
          const rate = speed.perSecond;
          const left = speed.secondsTo(total);
          return [
            terminal ? `${picture(done / total)} ${Math.floor((100 * done) / total)} %` : "",
            `${rough(done)}${terminal ? "/" : " of "}${rough(total)}`,
            first === undefined ? `the first steps, ${duration((now() - start) / 1000)}` : "",
            rate === undefined ? "" : `${rough(rate)} steps/s`,
            text,
            left === undefined || ended ? "" : `${duration(left)} left`,
          ]
            .filter(Boolean)
            .join(" | ");
        },
        terminal ? start : start + SILENCE,
      );
      return {
        update: (steps, what) => {
          first ??= steps;
          [done, text] = [steps, what];
          speed.mark(done, now() - aside);
          look();
        },
        aside: async (what, work) => {
          const before = now();
          try {
            return await phase(what, work);
          } finally {
            aside += now() - before;
          }
        },
        stop: () => {
          ended = true;
          end(one, terminal || first !== undefined);
        },
      };
    },
  };
}

/** A bar of 16 characters. */
function picture(share: number): string {
  const full = Math.round(16 * share);
  return "█".repeat(full) + "░".repeat(16 - full);
}
