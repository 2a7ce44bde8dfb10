/**
 * The device of a nightly test that computes a lot: lavapipe if there is one, since SwiftShader takes several times as long;
 * BACKPROP_NINJA_ADAPTER names another.
 */
import { afterAll } from "vitest";
import { listAdapters, openDevice } from "../../src/gpu/device.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";

const lavapipe = (await listAdapters()).some((a) => a.name.startsWith("llvmpipe"));
const adapter = process.env.BACKPROP_NINJA_ADAPTER ? undefined : lavapipe ? "lavapipe" : "auto";

/** GPU errors that no error scope caught. */
export const errors: string[] = [];
export const opened = await openDevice({ adapter, onError: (e) => errors.push(e.message) });
export const machine = gpuMachine(opened.device, opened.name, opened.kind);
afterAll(() => opened.close());
