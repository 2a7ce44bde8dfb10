/** What a process does when its terminal or the reader of its output goes away, or the disk that holds it is full. */
import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { reason } from "./files.ts";

type Stream = Pick<NodeJS.WriteStream, "write" | "on" | "isTTY">;

/** The part of `process` that this needs. */
interface Host {
  readonly stdout: Stream;
  readonly stderr: Stream;
  exitCode?: number | string | null | undefined;
  on(event: "exit" | "SIGHUP", listener: () => void): unknown;
}

const GONE: Readonly<Record<string, string>> = {
  EPIPE: "nobody reads it any more",
  EIO: "the terminal is gone",
};

/** Whether a terminal was there at the start: if it goes away, its user is gone. */
export const onTerminal = ({ stdout, stderr }: Pick<Host, "stdout" | "stderr"> = process): boolean =>
  Boolean(stdout.isTTY || stderr.isTTY);

/**
 * From now on no failure to write to standard output or error ends the process: the first of each is noted where that
 * can be read. Without a terminal SIGHUP does not end it either: Node gives SIGHUP its default effect at the start, also
 * where `nohup` had it ignored, and all that is left to see of `nohup` is that output goes elsewhere.
 * @param result whether standard output is what the process is for, as opposed to a file that it writes: then the exit
 *   code is 1 if it could not be written. A reader that has had enough, such as `head`, is no failure.
 */
export function outliveTerminal({ result }: { readonly result: boolean }, host: Host = process): void {
  const names = { stdout: "standard output", stderr: "standard error" };
  let incomplete = false;
  for (const [stream, other] of [
    ["stdout", "stderr"],
    ["stderr", "stdout"],
  ] as const) {
    let noted = false;
    host[stream].on("error", (error: NodeJS.ErrnoException) => {
      const enough = result && error.code === "EPIPE";
      incomplete ||= stream === "stdout" && !enough;
      if (noted || enough) return;
      noted = true;
      // Results may go to a program, which expects nothing else there.
      if (other === "stdout" && !host.stdout.isTTY) return;
      const line = `cannot write to ${names[stream]}: ${GONE[error.code ?? ""] ?? reason(error)}`;
      host[other].write(
        stream === "stdout" && result ? `error: ${line}\n` : `${line}; going on without it\n`,
      );
    });
  }
  if (!onTerminal(host)) host.on("SIGHUP", () => {});
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  host.on("exit", () => {
    if (incomplete && result) host.exitCode ||= 1;
    for (const fd of terminals) if (!isatty(fd)) replace(fd);
  });
}

/** Puts the null device in the place of a terminal that is gone: Node gives terminals their settings back at its end, and aborts where it cannot. */
function replace(fd: number): void {
  try {
    closeSync(fd);
    // The lowest number that is free.
    openSync("/dev/null", "r+");
  } catch {
    // Then the exit code is that of an abort, and nothing else is lost.
  }
}
