/** A process that judges the operations it is sent, one after another, on one adapter. */
import { openDevice } from "../../src/gpu/device.ts";
import { registry } from "../../src/model/registry.ts";
import { type Extent, judge } from "../support/kernels.ts";

export interface Task {
  readonly op: string;
  readonly extent: Extent;
}

/** What a process says: first its adapter, or why it has none; then a result for each task. */
export type Message =
  | { readonly adapter: string }
  | { readonly absent: string }
  | { readonly ok: boolean; readonly message: string };

const say = (message: Message) => process.send!(message);
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

try {
  const errors: string[] = [];
  const { device, name } = await openDevice({ onError: (e) => errors.push(e.message) });
  process.on("message", async ({ op, extent }: Task) => {
    try {
      const message = await worst(registry.find((o) => o.name === op)!, extent);
      if (errors.length > 0) throw new Error(`${op}: ${errors.splice(0)[0]}`);
      say({ ok: true, message });
    } catch (error) {
      say({ ok: false, message: (error as Error).message });
    }
  });
  say({ adapter: name });

  /** The verdict that took most of its tolerance. @throws Error with the first that is against the operation */
  async function worst(op: (typeof registry)[number], extent: Extent): Promise<string> {
    let most = { used: -1, message: `${op.name}: nothing was judged` };
    for await (const verdict of judge(device, op, extent)) {
      if (!verdict.ok) throw new Error(verdict.message);
      if (verdict.used > most.used) most = verdict;
    }
    if (most.used < 0) throw new Error(most.message);
    return most.message;
  }
} catch (error) {
  say({ absent: (error as Error).message });
}
