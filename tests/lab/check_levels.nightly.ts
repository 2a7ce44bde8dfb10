/** The check at the fast levels on a device, whose kernels take seconds to compile. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { inspectTensor, runBoard } from "../../src/lab/check/engine.ts";
import { Judge } from "../../src/lab/check/judge.ts";
import { withVerdict } from "../../src/lab/check/status.ts";
import { readStepFile } from "../../src/train/step_file.ts";
import { describeOnGpu } from "../support/device.ts";

const file = readFileSync(new URL("../fixtures/notebook-h64.safetensors", import.meta.url));
const { step } = readStepFile(file, "notebook-h64");

describeOnGpu("on a device", ({ device, name }) => {
  it.each(["fused", "single"] as const)(
    "the %s level is right, and its tensors are explained",
    async (level) => {
      const machine = gpuMachine(device, name);
      const { board, values } = await runBoard(machine, { ...step, at: 0, level });
      const { gradients, verdict } = withVerdict(board, await new Judge().board(step, level, values));
      expect(verdict).toMatchObject({ ok: true, culprit: undefined });
      expect(gradients).toHaveLength(level === "fused" ? 12 : 7);
      const { inspection } = await inspectTensor(machine, { ...step, at: 0, level }, "dW1");
      expect(inspection.making!.rung).toBe("fast");
      expect(inspection.got).not.toEqual(step.parameters.W1);
      expect(board.whole === undefined).toBe(level === "fused");
    },
  );
});
