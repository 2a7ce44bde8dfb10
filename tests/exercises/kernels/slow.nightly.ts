/** Texts that are slow to compile: the driver works on for seconds after their verdict. */
import { expect, it } from "vitest";
import { gradeKernel } from "../../../src/exercises/kernels/judge.ts";
import { testKernel } from "../../../src/gpu/selftest.ts";
import { tanh } from "../../../src/ops/index.ts";
import { describeOnGpu, openTestDevice } from "../../support/device.ts";

const RULE = "if (id.x < N * H) { dx[id.x] = (1.0 - y[id.x] * y[id.x]) * dy[id.x]; }";

/** A kernel for `tanh.backward`. */
const kernel = (body: string) =>
  `@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {\n${body}\n}`;

describeOnGpu("a kernel", ({ device }) => {
  it("a text that keeps the driver's compiler busy has its verdict in three seconds, and so has the next", async () => {
    const opened = await openTestDevice();
    const slow = kernel(
      `var m = mat4x4f(y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7], y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7]);\n${"m = m * m + transpose(m);".repeat(300)} dx[id.x] = m[0][0];`,
    );
    for (const text of [slow, kernel(RULE)]) {
      const start = performance.now();
      const { verdict } = await gradeKernel(text, { op: "tanh.backward", device: opened.device });
      // The timer may be late where other processes compute.
      expect(performance.now() - start).toBeLessThan(4000);
      expect(["error", "wrong", "right"]).toContain(verdict);
    }
    // Not by a verdict, which may be late as long as the compiler works on.
    const other = await testKernel(device, tanh.backward, { N: 19, H: 53 }, 1);
    expect(other.ok, other.message).toBe(true);
    opened.close();
  });
});
