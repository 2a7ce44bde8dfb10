/** The report on the machine: on the CPU and on the test device, and its text. */
import { expect, test } from "vitest";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { describeMachine, type SelfTestRow, selfTest } from "../../src/lab/device/engine.ts";
import { amount, reportText } from "../../src/lab/device/report.ts";
import { registry } from "../../src/model/registry.ts";
import { elementwise, tanh } from "../../src/ops/index.ts";
import { defineOp } from "../../src/plan/contract.ts";
import { openMachine } from "../../src/train/open.ts";
import { describeOnGpu } from "../support/device.ts";

test("on the CPU there are no kernels to test", async () => {
  const machine = await openMachine("cpu");
  const report = await describeMachine(machine);
  expect(report).toMatchObject({ kind: "cpu", name: machine.name, kernels: [], limits: [], features: [] });
  const rows: SelfTestRow[] = [];
  await selfTest(machine, (row) => rows.push(row));
  expect(rows).toEqual([]);
  expect(reportText(report, rows, "agent")).toMatch(
    /^browser {2}agent\nadapter {2}CPU reference \(float32\) \(cpu\)\n[\s\S]*self-test not run$/,
  );
});

describeOnGpu("on a device", (opened) => {
  const { device, name, kind } = opened;
  const machine = { ...gpuMachine(device, name, kind), opened };

  test("every limit has room for exercise 4, whose needs come from the kernels", async () => {
    const { limits, kernels, absence } = await describeMachine(machine);
    expect(absence).toBeUndefined();
    expect(kernels).toHaveLength(registry.length);
    for (const { name, value, need } of limits) {
      expect(value, name).toBe(opened.device.limits[name as "maxBufferSize"]);
      expect(need, name).toBeGreaterThan(0);
      expect(need, name).toBeLessThanOrEqual(value);
    }
    // W1 is 30×200 and h is 32×200, but dh's ring or a padded product may be larger: never smaller.
    const largest = limits.find((l) => l.name === "maxStorageBufferBindingSize")!;
    expect(largest.need).toBeGreaterThanOrEqual(4 * 32 * 200);
  });

  test("a row per kernel as soon as it is judged, and a wrong kernel is named with its shape and worst index", async () => {
    const wrong = defineOp({ ...elementwise.exp, name: "test.wrong", twin: tanh.forward.twin as never });
    const rows: SelfTestRow[] = [];
    await selfTest(machine, (row) => rows.push(row), { ops: [elementwise.exp, wrong] });
    const all = elementwise.exp.cases.length;
    expect(rows[0]).toMatchObject({ kernel: "elementwise.exp", ok: true, cases: all, of: all });
    expect(rows[0].used).toBeLessThan(1);
    expect(rows[1]).toMatchObject({ kernel: "test.wrong", ok: false, cases: 1, of: all });
    expect(rows[1].used).toBeGreaterThan(1);
    expect(rows[1].message).toMatch(/^test\.wrong \(.*\): y\[\d+\] is .*, want /);

    const text = reportText(await describeMachine(machine), rows, "agent");
    expect(text).toContain(`kernel   FAIL 1 of ${all} test.wrong (`);
    expect(text).toContain(`1 of ${registry.length} kernels agree`);
    expect(text).toMatch(/limit {4}maxBufferSize \d+ \(needs \d+\)/);
  });

  test("a slow kernel is tried at one shape only", async () => {
    const rows: SelfTestRow[] = [];
    await selfTest(machine, (row) => rows.push(row), { ops: [elementwise.exp], enoughMs: -1 });
    expect(rows[0]).toMatchObject({ ok: true, cases: 1, of: elementwise.exp.cases.length });
  });
});

test.each([
  [8, "", "8"],
  [65535, "", "65,535"],
  [1000, "bytes", "1,000 bytes"],
  [16384, "bytes", "16 KiB"],
  [134217728, "bytes", "128 MiB"],
  [4294967292, "bytes", "4 GiB"],
  [2 ** 53, "bytes", "8,388,608 GiB"],
] as const)("%d%s is %s", (n, unit, text) => {
  expect(amount(n, unit)).toBe(text);
});
