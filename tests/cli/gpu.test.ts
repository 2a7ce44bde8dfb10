/** The commands on a WebGPU device: that they use it, and end well. */
import { expect, it, vi } from "vitest";
import { registry } from "../../src/model/registry.ts";
import type { Op } from "../../src/plan/contract.ts";
import { adapterEnv } from "../support/adapter.ts";
import { eventsOf, newFolder, run, runProcess, succeed, succeeding, WORDS } from "../support/cli.ts";
import { describeOnGpu } from "../support/device.ts";

// `doctor` tests all that is in the registry: here one operation of each family. The kernels themselves are judged in tests/gpu.
vi.mock(import("../../src/model/registry.ts"), async (original) => {
  const { registry } = await original();
  const family = ({ name }: Op) => name.split(".")[0];
  const first = (op: Op) => registry.find((o) => family(o) === family(op)) === op;
  return { registry: registry.filter((op) => first(op) && family(op) !== "train_step") };
});

describeOnGpu("commands", ({ name }) => {
  const folder = newFolder();
  const gpu = async (how: typeof run, ...args: string[]) =>
    eventsOf(await succeeding(how(folder, [...args, "--backend", "gpu", "--json"], { env: adapterEnv })));
  const size = ["--hidden", "12", "--batch", "32"];

  it("trains, evaluates and samples on it", async () => {
    const events = await gpu(runProcess, "train", ...size, ...WORDS, "--steps", "50", "--out", "g");
    const [start, step, evaluated, sampled, done] = events.filter((e) => e.event !== "dev");
    expect(start).toMatchObject({ event: "start", adapter: name, backend: "gpu", path: "single" });
    expect(step).toMatchObject({ event: "step", step: 0 });
    expect(evaluated).toMatchObject({ event: "eval", step: 50 });
    expect(sampled.names).toHaveLength(20);
    expect(done).toMatchObject({ event: "done", steps: 50, checkpoint: "g" });

    // The CPU reference gets the same losses from the same file.
    const cpu = eventsOf(
      await succeed(folder, ["evaluate", "--backend", "cpu", "--checkpoint", "g", "--json"]),
    );
    for (const split of ["train", "dev", "test"])
      expect(cpu[0][split]).toBeCloseTo(evaluated[split] as number, 5);
  });

  it("passes check, all 26 rows", async () => {
    const [report] = await gpu(run, "check", ...size, ...WORDS);
    expect(report.ok).toBe(true);
    expect(report.rows).toHaveLength(26);
  });

  it("passes doctor, every kernel of the registry", async () => {
    const [report] = await gpu(run, "doctor", ...WORDS);
    expect(report).toMatchObject({
      ok: true,
      node: process.version,
      chosen: { name, why: expect.any(String) },
    });
    const names = [...new Set((report.kernels as { op: string }[]).map((k) => k.op))];
    expect(names).toEqual(registry.map((op) => op.name));
    expect(names.length).toBeGreaterThan(8);
    expect(report.limits).toMatchObject({ maxBufferSize: expect.any(Number) });
  });
});
