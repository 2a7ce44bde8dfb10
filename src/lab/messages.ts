/** The engine's messages to the page: everything here can be posted from a worker. */
import type { AnyPath } from "../model/plans.ts";
import type { Broken } from "../train/broken.ts";
import type { WordSource } from "../train/checkpoint.ts";
import type { TrainConfig } from "../train/config.ts";
import type { OpenedMachine } from "../train/open.ts";
import type { StepEvent } from "./charts/chart.ts";
import type { SessionEvent } from "./train/events.ts";

export interface MachineInfo {
  readonly name: string;
  readonly kind: OpenedMachine["kind"];
  readonly backend: OpenedMachine["backend"];
  /** What the user should know about opening it, such as why it is the CPU. */
  readonly note?: string;
  /** It is the CPU for lack of a device, but the browser answers: it may have one later. */
  readonly mayHaveOne: boolean;
}

/** A run that has been prepared. */
export interface RunInfo {
  /** Numbers the runs: it stays the same as long as a run goes on, even with changed settings. */
  readonly id: number;
  readonly config: TrainConfig;
  readonly source: WordSource;
  readonly characters: readonly string[];
  readonly step: number;
  readonly path: AnyPath;
  readonly pathNote?: string;
  readonly parameters: number;
  readonly dispatchesPerStep: number;
  /** What was changed while it ran, so that its settings alone make another run. */
  readonly changes: readonly StepEvent[];
  /** Steps with a gradient that was broken on purpose. */
  readonly broken: Broken;
  /** Of how many of the dev examples the page shows the loss while it trains. */
  readonly dev: { readonly sampled: number; readonly of: number };
}

export type EngineEvent =
  /** Of the run with this id. */
  | (SessionEvent & { readonly run: number })
  /** The device was lost and another one opened, as its note says; the run, if there is one, goes on. */
  | { readonly type: "reopened"; readonly machine: MachineInfo };
