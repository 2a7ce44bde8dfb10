/** Which adapter the tests use: SwiftShader where it comes with the development dependencies, unless another is asked for. */
import type { AdapterChoice } from "../../src/gpu/adapters.ts";

/** Where SwiftShader comes through npm, having no device is a failure, not a reason to skip. */
export const embedded = process.platform === "linux" && process.arch === "x64";

const fallback: AdapterChoice = embedded ? "swiftshader" : "auto";

/** The environment of a process that is to open the adapter that the tests use. */
export const adapterEnv = { BACKPROP_NINJA_ADAPTER: process.env.BACKPROP_NINJA_ADAPTER || fallback };
