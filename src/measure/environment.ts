/** What a result was measured on: without it a figure means nothing. Command line and page each add what only they know. */
import type { MachineKind } from "../plan/machine.ts";

export interface MeasuredOn {
  /** In ISO 8601. */
  readonly date: string;
  readonly adapter: string;
  readonly kind: MachineKind;
  readonly platform: string;
  readonly cores: number;
  /** Of this project. */
  readonly version: string;
}
