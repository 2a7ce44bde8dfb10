/** What `doctor --kernel` shows: an operation's texts as a device gets them, the plain one first. */
import { expect, it } from "vitest";
import { eventsOf, newFolder, run, succeed } from "../support/cli.ts";

const folder = newFolder();
const show = (name: string, ...more: string[]) => ["doctor", "--backend", "cpu", "--kernel", name, ...more];

it("shows the plain kernel, and the fast one behind it", async () => {
  const { stdout, stderr } = await succeed(folder, show("linear.forward"));
  expect(stderr).toBe("");
  const [plain, fast] = stdout.split(/^\/\/ fast, for CPU reference \(float32\)$/m);
  expect(plain).toMatch(/^\/\/ plain\n\/\/ linear\.forward\n\/\/ y = x · w \+ b\n@group\(0\) @binding\(0\) /);
  expect(plain).not.toContain("workgroupBarrier");
  expect(fast).toContain("workgroupBarrier");
});

it("shows the only one that there is", async () => {
  expect((await succeed(folder, show("sample.draw"))).stdout).not.toMatch(/^\/\/ fast/m);
  expect((await succeed(folder, show("train_step.single"))).stdout).toMatch(/^\/\/ fast, for .*\n/);
});

it("gives programs the texts, each with its sizes", async () => {
  const events = eventsOf(await succeed(folder, show("cross_entropy.fused", "--json")));
  expect(events.map(({ op, rung, dims }) => ({ op, rung, dims }))).toEqual([
    { op: "cross_entropy.fused", rung: "plain", dims: { N: 32, V: 27 } },
    { op: "cross_entropy.fused", rung: "fast", dims: { N: 32, V: 27 } },
  ]);
  // The fast one takes the mean where it takes the rows' losses.
  expect(events.map(({ kernels }) => (kernels as string[]).length)).toEqual([2, 1]);
});

it("refuses what is no operation, and says which there are", async () => {
  const { code, stdout, stderr } = await run(folder, show("relu.forward"));
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^error: --kernel is "relu\.forward"; it must be one of embedding\.backward, .*\n$/);
});
