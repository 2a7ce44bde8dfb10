/** A process that tries the mutants it is sent, one by one; if one hangs, the parent kills the process. */
import { openDevice } from "../../src/gpu/device.ts";
import { registry } from "../../src/model/registry.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { picksOf } from "./picked.ts";
import { tryMutant } from "./run.ts";

export interface Task {
  readonly op: string;
  readonly id: string;
}

const known = new Map<string, ReadonlyMap<string, Mutant>>();

function find({ op, id }: Task): Mutant {
  if (!known.has(op)) {
    const found = registry.find((o) => o.name === op)!;
    known.set(op, new Map([...picksOf(found), ...mutantsOf(found)].map((m) => [m.id, m])));
  }
  return known.get(op)!.get(id)!;
}

process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
const opened = await openDevice();
process.on("message", async (task: Task) => process.send!(await tryMutant(opened.device, find(task))));
process.send!({ ready: opened.name });
