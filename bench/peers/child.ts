/** A contender in its own process: if it crashes or hangs, the others go on. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface Answer {
  readonly milliseconds: number;
  /** The last step's, of each network. */
  readonly losses: readonly number[];
  /** In the first answer only. */
  readonly on?: string;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<string>;
  readonly #patience: number;
  #stderr = "";

  /** @param patience seconds that an answer may take */
  constructor(command: readonly string[], env: NodeJS.ProcessEnv, patience: number) {
    this.#patience = patience;
    const [program, ...args] = command;
    this.#process = spawn(program, args, { env, stdio: ["pipe", "ignore", "pipe", "pipe"] });
    // If the process is gone, the missing answer says so.
    this.#process.stdin!.on("error", () => {});
    this.#process.stderr!.on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-10_000);
    });
    this.#lines = createInterface({ input: this.#process.stdio[3] as Readable })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      this.#process.on("error", (error) => resolve(error.message));
      this.#process.on("close", (code, signal) =>
        resolve(reason(this.#stderr, signal ?? `exit code ${code}`)),
      );
    });
  }

  /** @throws Error with a line saying why there is no answer; the process has then ended */
  async answer(): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const tooLate = () => reject(new Error(`no answer within ${this.#patience} s`));
      timer = setTimeout(tooLate, 1000 * this.#patience);
    });
    try {
      const { value, done } = await Promise.race([this.#lines.next(), late]);
      if (done) throw new Error(await this.#ended);
      return JSON.parse(value);
    } catch (error) {
      this.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  run(steps: number): Promise<Answer> {
    this.#process.stdin!.write(`${JSON.stringify({ steps })}\n`);
    return this.answer();
  }

  /** At once: an orderly release of the device is not needed. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }
}

/** How the process ended, and the line of stderr that names an error, else its last one. */
function reason(stderr: string, ending: string): string {
  // Node's version and stack, and Dawn's warnings about every adapter.
  const noise = /^(\s*$|\s+at |Node\.js v|Warning: )/;
  const lines = stderr.split("\n").filter((line) => !noise.test(line));
  const line = lines.findLast((text) => /^\S*(Error|Exception)\b/.test(text)) ?? lines.at(-1);
  return line ? `${line} (${ending})` : ending;
}
