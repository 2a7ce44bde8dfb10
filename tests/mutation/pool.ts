/** Processes that try mutants in parallel; one that a mutant hangs or crashes is replaced. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Result } from "./run.ts";
import type { Task } from "./worker.ts";

/** A mutant that takes longer than this hangs. Most take a second, those of the whole step up to half of this, for the texts of all devices. */
const patienceFor = ({ op }: Task): number => (op.startsWith("train_step.") ? 300_000 : 60_000);
/** How many mutants one process tries: drivers keep memory for every kernel they have compiled. */
const LIFETIME = 300;

const script = fileURLToPath(new URL("worker.ts", import.meta.url));

/**
 * Tries all tasks; reports every result as it comes.
 * @returns the adapter's name
 * @throws Error if no device can be opened
 */
export async function tryAll(
  tasks: readonly Task[],
  { jobs, adapter, patience }: { jobs: number; adapter: string; patience?: number },
  onResult: (result: Result, adapter: string) => void,
): Promise<string> {
  const queue = [...tasks];
  let name = "";
  const workThrough = async () => {
    while (queue.length > 0) {
      const worker = await open(adapter);
      name = worker.name;
      for (let tried = 0; tried < LIFETIME && queue.length > 0 && worker.alive(); tried++) {
        const task = queue.shift()!;
        onResult(await worker.run(task, patience ?? patienceFor(task)), name);
      }
      worker.close();
    }
  };
  await Promise.all(Array.from({ length: jobs }, workThrough));
  return name;
}

interface Worker {
  readonly name: string;
  run(task: Task, patience: number): Promise<Result>;
  alive(): boolean;
  close(): void;
}

async function open(adapter: string): Promise<Worker> {
  const child = fork(script, {
    env: { ...process.env, BACKPROP_NINJA_ADAPTER: adapter },
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr!.on("data", (text) => {
    said = (said + text).slice(-2000);
  });
  const first = await answer(child);
  if (!first) throw new Error(`could not start a process to try mutants: ${said.trim()}`);
  const { ready } = first as { ready: string };
  const alive = () => child.exitCode === null && child.signalCode === null;
  return {
    name: ready,
    alive,
    close: () => child.kill("SIGKILL"),
    run: async (task, patience) => {
      let hung = false;
      const timer = setTimeout(() => {
        hung = true;
        child.kill("SIGKILL");
      }, patience);
      child.send(task);
      const result = await answer(child);
      clearTimeout(timer);
      return (result as Result | undefined) ?? { id: task.id, outcome: hung ? "hung" : "crashed" };
    },
  };
}

/** The next message, or undefined if the process ends without one. */
const answer = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => {
    const done = (message?: unknown) => {
      child.off("message", done);
      child.off("exit", ended);
      resolve(message);
    };
    const ended = () => done();
    child.once("message", done);
    child.once("exit", ended);
  });
