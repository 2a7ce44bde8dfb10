/** What a population tells the page. Everything here can be posted from a worker. */
import type { AnyPath } from "../../model/plans.ts";
import type { WordSource } from "../../train/checkpoint.ts";
import type { TrainConfig } from "../../train/config.ts";

/** A population that has been prepared. */
export interface PopulationInfo {
  /** Of each network. */
  readonly configs: readonly TrainConfig[];
  readonly source: WordSource;
  readonly characters: readonly string[];
  readonly path: AnyPath;
  /** Why not all of them train at once, if so. */
  readonly note?: string;
  /** Of one network. */
  readonly parameters: number;
}

/** The losses of a network's next steps. */
export interface MemberLosses {
  readonly member: number;
  readonly losses: Float32Array;
}

/** What is to be seen of one network. */
export interface MemberLook {
  readonly member: number;
  readonly step: number;
  /** Over as many dev examples as are cheap; Infinity where it overflows. */
  readonly devLoss: number;
  readonly names: readonly string[];
  /** C on its first two principal components, (V,2). */
  readonly embedding: Float32Array;
}

export type PopulationEvent =
  | { readonly type: "losses"; readonly of: readonly MemberLosses[]; readonly networkStepsPerSecond: number }
  /** It stands before its step `step`, at its last good weights; the others go on. */
  | { readonly type: "diverged"; readonly member: number; readonly step: number; readonly message: string }
  | ({ readonly type: "look" } & MemberLook);
