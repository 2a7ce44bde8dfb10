/** Machines on which something goes wrong on purpose. */
import { cpuMachine } from "../../src/cpu/machine.ts";
import type { Machine } from "../../src/plan/machine.ts";
import type { BoundCall } from "../../src/plan/plan.ts";

/** The CPU reference in float32 with other calls than the plan's: as with a wrong kernel, the plan is right and what runs is not. */
export const wrongMachine = (change: (call: BoundCall) => BoundCall): Machine => ({
  ...cpuMachine(),
  compile: async (plan) => {
    const wrong = await cpuMachine().compile({ ...plan, calls: plan.calls.map(change) });
    return {
      plan,
      capacity: wrong.capacity,
      dispatches: wrong.dispatches,
      latency: wrong.latency,
      upload: (name, values) => wrong.upload(name, values),
      download: (names) => wrong.download(names),
      run: (steps, fill, keep) => wrong.run(steps, fill, keep),
      close: () => wrong.close(),
    };
  },
});
