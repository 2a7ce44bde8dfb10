/** Verdicts on kernels and trainings with them, as signals. A kernel runs when the reader says so, and at no other time. No DOM. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { KernelTrained } from "../../exercises/kernels/train.ts";
import type { Diagnostic } from "./editor/diagnostics.ts";
import type { JudgedKernel, KernelQuestion } from "./kernel_judge.ts";
import { kernelMarks } from "./kernel_words.ts";
import type { OnLosses } from "./loss_messages.ts";
import type { KernelKey, KernelSheet } from "./sheets.ts";
import type { Exercises } from "./state.ts";
import { type Compared, type Trainee, Training, type UnderWay } from "./training.ts";

/** {@link JudgeKernels}, or a stand-in. */
export interface KernelJudges {
  judge(question: KernelQuestion): Promise<JudgedKernel | undefined>;
}

/** {@link trainKernel}, or a stand-in. */
export type KernelTrains = (
  question: KernelQuestion,
  steps: number,
  onLosses: OnLosses,
) => UnderWay<KernelTrained>;

/** What there is of one exercise. */
export interface KernelState {
  readonly judged?: JudgedKernel;
  /** What stands at the lines of the text that was judged. */
  readonly marks: readonly Diagnostic[];
  readonly checking: boolean;
  /** Why there is no verdict. */
  readonly problem?: string;
}

/** The kernel of an exercise that trains. */
interface KernelTrainee extends Trainee {
  readonly key: KernelKey;
}

export type KernelRun = KernelTrainee & Compared<KernelTrained>;

const NOTHING: KernelState = { marks: [], checking: false };

export class Kernels {
  readonly #texts: Pick<Exercises, "text" | "saved" | "record">;
  readonly #judges: KernelJudges;
  readonly #trains: KernelTrains;
  readonly #states = signal<Readonly<Record<string, KernelState>>>({});
  readonly #training = new Training<KernelTrainee, KernelTrained>();
  #newest = 0;

  /** Why no kernel can run in this browser; undefined if they can, or as long as nobody knows. */
  readonly noDevice: ReadonlySignal<string | undefined>;
  /** Leads to what can be done about that. */
  readonly help: () => void;

  constructor(o: {
    texts: Pick<Exercises, "text" | "saved" | "record">;
    judges: KernelJudges;
    trains: KernelTrains;
    noDevice: ReadonlySignal<string | undefined>;
    help: () => void;
  }) {
    this.noDevice = o.noDevice;
    this.help = o.help;
    this.#texts = o.texts;
    this.#judges = o.judges;
    this.#trains = o.trains;
  }

  of(key: KernelKey): KernelState {
    return this.#states.value[key] ?? NOTHING;
  }

  /** The last training, of whichever exercise. */
  get run(): ReadonlySignal<KernelRun | undefined> {
    return this.#training.run;
  }

  /** Judges the text of the open exercise, which is stored before it runs. */
  async check({ key, task }: KernelSheet): Promise<void> {
    const mine = ++this.#newest;
    const text = this.#texts.text.value;
    for (const [other, state] of Object.entries(this.#states.value))
      if (state.checking) this.#set(other, { ...state, checking: false });
    this.#set(key, { ...this.of(key), checking: true, problem: undefined });
    try {
      await this.#texts.saved();
      const judged = await this.#judges.judge({ text, op: task.name });
      if (!judged || mine !== this.#newest) return;
      this.#set(key, { judged, marks: kernelMarks(judged.report), checking: false });
      this.#texts.record(key, { [task.name]: judged.report.verdict });
    } catch (error) {
      if (mine === this.#newest)
        this.#set(key, { marks: [], checking: false, problem: (error as Error).message });
    }
  }

  /** The text of the open exercise in a network's training; the training before it ends. */
  async train({ key, task }: KernelSheet, steps: number): Promise<void> {
    this.stop();
    const text = this.#texts.text.value;
    await this.#texts.saved();
    await this.#training.start({ key, text, steps }, (onLosses) =>
      this.#trains({ text, op: task.name }, steps, onLosses),
    );
  }

  /** What there is of the training stays. */
  stop(): void {
    this.#training.stop();
  }

  #set(key: string, state: KernelState): void {
    this.#states.value = { ...this.#states.value, [key]: state };
  }
}
