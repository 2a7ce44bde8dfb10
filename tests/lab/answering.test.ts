/** The page's half of a worker; the worker here is a port. */
import { afterEach, expect, it } from "vitest";
import { Answering } from "../../src/lab/answering.ts";
import { alive } from "../support/memory.ts";
import { PortWorker } from "./port_worker.ts";

let worker: PortWorker;
afterEach(() => worker.terminate());

function start(): Answering<{ values(): Float32Array }> {
  worker = new PortWorker({ values: () => new Float32Array(1000) });
  return new Answering(worker as unknown as Worker, { does: "computes", again: "reload the page" });
}

it("keeps no answer while the worker lives", async () => {
  const answering = start();
  const refs: WeakRef<object>[] = [];
  for (let i = 0; i < 20; i++) refs.push(new WeakRef(await answering.wait(answering.remote.values())));
  expect(await alive(refs)).toBe(0);
  expect(answering.ended).toBe(false);
});

it("fails whoever waits, now and later", async () => {
  const answering = start();
  const waits = answering.wait(new Promise(() => {}));
  worker.onerror?.({ message: "out of order", preventDefault: () => {} });
  const line = /^the worker that computes has failed: out of order; reload the page$/;
  await expect(waits).rejects.toThrow(line);
  await expect(answering.wait(answering.remote.values())).rejects.toThrow(line);
});
