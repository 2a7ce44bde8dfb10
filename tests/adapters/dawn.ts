/** What Dawn computes under Node, to compare with what another implementation did with the same kernels. */
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { ALL_PATHS, type AnyPath } from "../../src/model/plans.ts";
import { ANY_DEVICE } from "../../src/plan/target.ts";
import { lossesOf } from "./losses.ts";
import type { Row } from "./suite.ts";

/** The losses of each path, without subgroups, which naga does not know. */
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
