/** The suite in a worker, because the page computes in one, and because only there a file can be read synchronously. */
import { openDevice } from "../../src/gpu/device.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import type { Extent } from "../support/kernels.ts";
import { suite } from "./suite.ts";

const errors: string[] = [];
try {
  const { device, name, kind } = await openDevice({ onError: (e) => errors.push(e.message) });
  postMessage({ adapter: name });
  const extent = location.hash.slice(1) as Extent;
  for await (const row of suite(gpuMachine(device, name, kind), device, extent)) {
    const [error] = errors.splice(0);
    postMessage({ row: error === undefined ? row : { ...row, ok: false, message: error } });
  }
  postMessage({ done: true });
} catch (error) {
  postMessage({ failure: (error as Error).message });
}
