/** Processes that judge operations side by side. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import type { Message, Task } from "./worker.ts";

/** An operation that takes longer than this hangs. */
const PATIENCE_MS = 60_000;
const script = fileURLToPath(new URL("worker.ts", import.meta.url));

export interface Result {
  readonly adapter: string;
  readonly ok: boolean;
  readonly message: string;
}

/**
 * Judges all tasks on an adapter, in so many processes; every result is reported as it comes.
 * @returns the adapter's name, or why there is none
 */
export async function judgeOn(
  choice: AdapterChoice,
  tasks: readonly Task[],
  processes: number,
  onResult: (result: Result) => void,
): Promise<{ adapter: string } | { absent: string }> {
  const queue = [...tasks];
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
        const task = queue.shift();
        if (!task) break;
        child.send(task);
        const said = await answer(child);
        if (said && "ok" in said) onResult({ adapter, ...said });
        else onResult({ adapter, ok: false, message: `${task.op}: its process hung or crashed` });
      } while (queue.length > 0);
    } finally {
      child?.kill("SIGKILL");
    }
    return first && !("ok" in first) ? first : { absent: "its process did not start" };
  };
  const [said] = await Promise.all(Array.from({ length: Math.min(processes, tasks.length) }, workThrough));
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
