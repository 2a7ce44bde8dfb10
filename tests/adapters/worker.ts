/** The suite in a worker, which is where the page computes, and where a file can be waited for. */
import { openDevice } from "../../src/gpu/device.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { suite } from "./suite.ts";

const errors: string[] = [];
try {
  const { device, name, kind } = await openDevice({ onError: (e) => errors.push(e.message) });
  postMessage({ adapter: name });
  for await (const row of suite(gpuMachine(device, name, kind), device)) {
    const [error] = errors.splice(0);
    postMessage({ row: error === undefined ? row : { ...row, ok: false, message: error } });
  }
  postMessage({ done: true });
} catch (error) {
  postMessage({ failure: (error as Error).message });
}
