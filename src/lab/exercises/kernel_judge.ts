/** What the kernels' worker computes, on a device that it opens itself: whatever a text does to that one, the page's own goes on. No DOM. */
import { bundledExamples } from "../../exercises/examples.ts";
import { gradeKernel } from "../../exercises/kernels/judge.ts";
import { type KernelReport, placeOf } from "../../exercises/kernels/report.ts";
import { type KernelTrained, trainKernelBeside } from "../../exercises/kernels/train.ts";
import { type OpenedDevice, openDevice } from "../../gpu/device.ts";
import { gpuMachine } from "../../gpu/machine.ts";
import { targetOf } from "../../gpu/target.ts";
import type { Target } from "../../plan/target.ts";
import { LossMessages, type OnLosses } from "./loss_messages.ts";

export interface KernelQuestion {
  readonly text: string;
  /** The exercise's name. */
  readonly op: string;
}

/** A text with its verdict. */
export interface JudgedKernel {
  readonly text: string;
  readonly report: KernelReport;
  /** What this package's own kernels would be written for on that device. */
  readonly target: Target;
}

/** Milliseconds. The page's network may train on the same processor meanwhile, and a browser compiles for all of its devices in one process. */
const LONGEST = 8000;

export class KernelJudge {
  readonly #open: () => Promise<OpenedDevice>;
  #opened: Promise<OpenedDevice> | undefined;

  /** @param open for tests */
  constructor(open: () => Promise<OpenedDevice> = () => openDevice({ onError: quiet })) {
    this.#open = open;
  }

  /** Opens the device if there is none, or none any more. @throws NoAdapterError */
  async prepare(): Promise<void> {
    await this.#device();
  }

  async judge({ text, op }: KernelQuestion): Promise<JudgedKernel> {
    const { device } = await this.#device();
    const report = await gradeKernel(text, { op, device, longest: LONGEST });
    const target = targetOf(device);
    // It is lost, or still at work on this text: the next one gets another.
    if (report.verdict === "error" && !placeOf(report.message ?? "")) await this.close();
    return { text, report, target };
  }

  /** Trains with a text beside this package's own kernel. @throws Error in one line for a text that is no kernel */
  async train({ text, op }: KernelQuestion, steps: number, onLosses: OnLosses): Promise<KernelTrained> {
    const { device, name, kind } = await this.#device();
    const examples = await bundledExamples();
    const machine = gpuMachine(device, name, kind);
    const losses = new LossMessages(onLosses);
    const trained = await trainKernelBeside(text, {
      ...examples,
      op,
      machine,
      steps,
      onStep: (_, { yours, right }) => losses.add(yours, right),
    });
    losses.send();
    return trained;
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened?.catch(() => undefined))?.close();
  }

  #device(): Promise<OpenedDevice> {
    if (this.#opened) return this.#opened;
    const opening = this.#open();
    this.#opened = opening;
    const forget = (): void => {
      if (this.#opened === opening) this.#opened = undefined;
    };
    opening.then((opened) => opened.lost.then(forget), forget);
    return opening;
  }
}

/** Texts run under error scopes. What comes later is about a text whose verdict did not wait for it. */
const quiet = (): void => {};
