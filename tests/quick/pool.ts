/** Processes that judge operations side by side. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import type { Extent } from "../support/kernels.ts";
import type { Message, Task } from "./worker.ts";

/** An operation that takes longer than this hangs. */
const PATIENCE_MS = 60_000;
const script = fileURLToPath(new URL("worker.ts", import.meta.url));

export interface Result extends Task {
  readonly adapter: string;
  readonly ok: boolean;
  readonly message: string;
}

/**
 * Judges operations on an adapter, in so many processes; every result is reported as it comes.
 * @param extentOf asked when an operation's turn comes
 * @returns the adapter's name, or why there is none
 */
export async function judgeOn(
  choice: AdapterChoice,
  ops: readonly string[],
  { processes, extentOf }: { processes: number; extentOf: (op: string) => Extent },
  onResult: (result: Result) => void,
): Promise<{ adapter: string } | { absent: string }> {
  const queue = [...ops];
  const workThrough = async () => {
    let child: ChildProcess | undefined;
    let first: Message | undefined;
    let adapter: string = choice;
    try {
      do {
        if (!child?.connected) {
          child = start(choice);
          first = await answer(child);
          if (!first || !("adapter" in first)) break;
          adapter = first.adapter;
        }
        const op = queue.shift();
        if (op === undefined) break;
        const task: Task = { op, extent: extentOf(op) };
        child.send(task);
        const said = await answer(child);
        if (said && "ok" in said) onResult({ ...task, adapter, ...said });
        else onResult({ ...task, adapter, ok: false, message: `${op}: its process hung or crashed` });
      } while (queue.length > 0);
    } finally {
      child?.kill("SIGKILL");
    }
    return first && !("ok" in first) ? first : { absent: "its process did not start" };
  };
  const [said] = await Promise.all(Array.from({ length: Math.min(processes, ops.length) }, workThrough));
  return said;
}

const start = (adapter: AdapterChoice): ChildProcess =>
  fork(script, {
    env: { ...process.env, BACKPROP_NINJA_ADAPTER: adapter },
    execArgv: ["--import", "tsx"],
    // Drivers print warnings.
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });

/** The next message, or undefined if the process ends first; it is ended if it takes too long. */
function answer(child: ChildProcess): Promise<Message | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    const done = (message?: unknown) => {
      clearTimeout(timer);
      child.off("message", done);
      child.off("exit", ended);
      resolve(message as Message | undefined);
    };
    const ended = () => done();
    child.once("message", done);
    child.once("exit", ended);
  });
}
