/** 200 steps of a path: implementations must agree on these losses to the last bit, on one driver and at one target. */
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { ALL_PATHS, type AnyPath } from "../../src/model/plans.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { ANY_DEVICE } from "../../src/plan/target.ts";
import { trainConfig } from "../../src/train/config.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { dataset } from "../train/data.ts";
import type { Row } from "./suite.ts";

export const STEPS = 200;

/** The loss of every step, of a network so small that a software device is soon done. */
export async function lossesOf(
  machine: Machine,
  path: AnyPath,
  onSubmit: () => void = () => {},
): Promise<number[]> {
  const config = trainConfig({ hidden: 16, steps: STEPS, path });
  const trainer = await Trainer.create({
    machine,
    config,
    train: dataset.train,
    vocabulary: dataset.vocabulary.size,
  });
  const all: number[] = [];
  await trainer.run((_, losses) => {
    all.push(...Array.from(losses));
    onSubmit();
  });
  return all;
}

/** What Dawn computes under Node for a device that has no subgroups. */
export async function dawnsLosses(adapter: AdapterChoice): Promise<Record<AnyPath, number[]>> {
  const { device, name, kind, close } = await openDevice({ adapter });
  try {
    const machine = gpuMachine(device, name, kind, ANY_DEVICE);
    const losses: Partial<Record<AnyPath, number[]>> = {};
    for (const path of ALL_PATHS) losses[path] = await lossesOf(machine, path);
    return losses as Record<AnyPath, number[]>;
  } finally {
    close();
  }
}

export function sameBits(path: AnyPath, got: readonly number[], want: readonly number[]): Row {
  const name = `${want.length} steps, ${path}`;
  const at = want.findIndex((loss, step) => !Object.is(loss, got[step]));
  if (at >= 0 || got.length !== want.length)
    return {
      name,
      ok: false,
      used: Number.POSITIVE_INFINITY,
      message: `step ${at} has loss ${got[at]}, and ${want[at]} with Dawn; ${got.length} steps of ${want.length}`,
    };
  return {
    name,
    ok: true,
    used: 0,
    message: `every loss has the bits of Dawn's, the last is ${want.at(-1)}`,
  };
}
