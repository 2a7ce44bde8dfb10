/** The suite in a worker, because the page computes in one, and because only there a file can be read synchronously. */
import { openDevice } from "../../src/gpu/device.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { ALL_PATHS, type AnyPath } from "../../src/model/plans.ts";
import type { Extent } from "../support/kernels.ts";
import { lossesOf } from "./losses.ts";
import { type Row, suite } from "./suite.ts";

/** Some steps of training. */
export interface Trained {
  readonly path: AnyPath;
  readonly losses: readonly number[];
  readonly submits: number;
}

/** What the worker tells the server. */
export type Message =
  | { adapter: string }
  | { row: Row }
  | { trained: Trained }
  | { failure: string }
  | { done: true };

const report = (message: Message): Promise<unknown> =>
  fetch("/report", { method: "POST", body: JSON.stringify(message) });

const errors: string[] = [];
try {
  const { device, name, kind } = await openDevice({ onError: (e) => errors.push(e.message) });
  await report({ adapter: name });
  const asked = new URLSearchParams(location.hash.slice(1));
  const machine = gpuMachine(device, name, kind);
  for await (const row of suite(machine, device, asked.get("extent") as Extent)) {
    const [error] = errors.splice(0);
    await report({ row: error === undefined ? row : { ...row, ok: false, message: error } });
  }
  if (asked.has("training"))
    for (const path of ALL_PATHS) {
      let submits = 0;
      const losses = await lossesOf(machine, path, () => submits++);
      await report({ trained: { path, losses, submits } });
    }
  await report({ done: true });
} catch (error) {
  await report({ failure: (error as Error).message });
}
