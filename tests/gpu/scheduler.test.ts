/** The scheduler's promises: a run equals its steps one by one, bit for bit, and creates no objects per step. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { PATHS, type Path, stepPlan } from "../../src/model/plans.ts";
import { PARAMETERS } from "../../src/model/tensors.ts";
import { defineOp, read, write } from "../../src/plan/contract.ts";
import type { Executable, StepInputs } from "../../src/plan/executable.ts";
import { bindPlan, call, type Tensor } from "../../src/plan/plan.ts";
import { namedSizes, uploadParameters } from "../model/steps.ts";
import { parametersOf, readFixture, sizesOf } from "../oracle/fixtures.ts";
import { describeOnGpu } from "../support/device.ts";
import { alive } from "../support/memory.ts";

/** Guards against an extra dispatch that nobody notices: change a number here only on purpose. */
const DISPATCHES: Record<Path, number> = { chunked: 45, fused: 12 };

const fixture = readFixture("trajectory");
const sizes = sizesOf(fixture);
const STEPS = fixture.losses.data.length;
const fill = (inputs: StepInputs, step: number) => {
  inputs.Xb.set(fixture.Xb.data.subarray(step * sizes.N * sizes.T, (step + 1) * sizes.N * sizes.T));
  inputs.Yb.set(fixture.Yb.data.subarray(step * sizes.N, (step + 1) * sizes.N));
  inputs.coefficients[0] = 0.1 / (step + 1);
};

/** The words of float32 values, so that equal means equal in every bit. */
const words = (values: ArrayLike<number>) => new Uint32Array(Float32Array.from(values).buffer);

describeOnGpu("scheduler", ({ device, name }) => {
  const machine = gpuMachine(device, name);

  /** Trains from the fixture's parameters, in runs of these many steps; losses and parameters in words. */
  async function train(
    executable: Executable,
    runs: readonly number[],
  ): Promise<Record<string, Uint32Array>> {
    uploadParameters(executable, parametersOf(fixture));
    const losses: number[] = [];
    for (const steps of runs) {
      const done = losses.length;
      const { loss } = await executable.run(steps, (inputs, step) => fill(inputs, done + step));
      losses.push(...loss);
    }
    const after = await executable.download(PARAMETERS);
    return Object.fromEntries(Object.entries({ losses, ...after }).map(([k, v]) => [k, words(v)]));
  }

  /** How many objects of each kind `body` creates on the device. */
  async function countCreated(body: () => Promise<unknown>): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(device)).filter((m) =>
      /^create/.test(m),
    );
    for (const method of methods) {
      const original = device[method as "createBuffer"];
      device[method as "createBuffer"] = (...args) => {
        counts[method] = (counts[method] ?? 0) + 1;
        return original.apply(device, args);
      };
    }
    try {
      await body();
    } finally {
      for (const method of methods) delete (device as Partial<GPUDevice>)[method as "createBuffer"];
    }
    return counts;
  }

  describe.each(PATHS)("%s", (path) => {
    let executable: Executable;
    let ten: Record<string, Uint32Array>;
    beforeAll(async () => {
      executable = await machine.compile(stepPlan(namedSizes(sizes), path));
      ten = await train(executable, [STEPS]);
    });
    afterAll(() => executable.close());

    it("has as many dispatches as it should", () => {
      expect(executable.dispatches).toBe(DISPATCHES[path]);
    });

    it("gives the same bits again", async () => {
      expect(await train(executable, [STEPS])).toEqual(ten);
    });

    it("gives the same bits in runs of any length", async () => {
      expect(await train(executable, new Array(STEPS).fill(1))).toEqual(ten);
      expect(await train(executable, [3, 1, 6])).toEqual(ten);
    });

    it("creates one command encoder in a run, and nothing else", async () => {
      expect(await countCreated(() => executable.run(STEPS, fill))).toEqual({ createCommandEncoder: 1 });
    });

    it("downloads in parts what does not fit in one buffer", async () => {
      const whole = await executable.download(PARAMETERS);
      const limits = vi.spyOn(device, "limits", "get");
      limits.mockReturnValue({ maxBufferSize: 4 * whole.W1.length } as GPUSupportedLimits);
      try {
        const counts = await countCreated(async () => {
          expect(await executable.download(PARAMETERS)).toEqual(whole);
        });
        expect(counts.createBuffer).toBeGreaterThan(1);
      } finally {
        limits.mockRestore();
      }
    });

    it("compiles a plan of the same sizes without a new pipeline", async () => {
      const created = await countCreated(async () => {
        (await machine.compile(stepPlan(namedSizes(sizes), path))).close();
      });
      expect(created).not.toHaveProperty("createComputePipelineAsync");
      expect(created).not.toHaveProperty("createShaderModule");
    });

    it("refuses more steps than a run holds", async () => {
      const { capacity } = executable;
      const refusal = `one run holds 1 to ${capacity} steps of plan ${path}, not ${capacity + 1}`;
      await expect(executable.run(capacity + 1, fill)).rejects.toThrow(refusal);
    });
  });

  describe("a plan of one operation", () => {
    /** out (N) = a (N) − b (1), where both inputs and the output have a slot per step. */
    const difference = defineOp({
      name: "test.difference",
      math: "out = a − b",
      bindings: { a: read("N"), b: read(""), out: write("N") },
      plain: () => [
        {
          pass: "",
          code: `@compute @workgroup_size(128) fn main(@builtin(local_invocation_index) i: u32) {
            if (i < N) { out[i] = a[i] - b[0]; }
          }`,
          grid: [1, 1, 1],
          invocations: 128,
        },
      ],
      twin: ({ a, b, out }) => {
        for (let i = 0; i < a.length; i++) out[i] = a[i] - b[0];
      },
      cases: [],
      tolerance: { rtol: 0, atol: 0 },
      flops: ({ N }) => N,
    });
    // a has a wider slot than b, so that an offset given to the wrong binding shows.
    const N = 100;
    const tensors: Tensor[] = [
      { name: "wide", shape: [N], symbols: ["N"], type: "f32", role: "input" },
      { name: "narrow", shape: [1], symbols: ["1"], type: "f32", role: "input" },
      { name: "result", shape: [N], symbols: ["N"], type: "f32", role: "output" },
    ];
    const args = { a: "wide", b: "narrow", out: "result" };
    const fillBoth = (inputs: StepInputs, step: number) => {
      for (let i = 0; i < N; i++) inputs.wide[i] = 1000 * step + i;
      inputs.narrow[0] = step;
    };
    const want = (step: number) => Float32Array.from({ length: N }, (_, i) => 999 * step + i);

    it.each([
      ["in the operation's order", args],
      ["in another order", { b: args.b, out: args.out, a: args.a }],
    ])("finds each step's slots with its arguments %s", async (_, args) => {
      const executable = await machine.compile(bindPlan("difference", tensors, [call(difference, args)]));
      const { result } = await executable.run(3, fillBoth);
      executable.close();
      for (const step of [0, 1, 2])
        expect(result.slice(step * N, (step + 1) * N), `step ${step}`).toEqual(want(step));
    });

    it("downloads an output's value after the last step", async () => {
      const executable = await machine.compile(bindPlan("difference", tensors, [call(difference, args)]));
      await executable.run(3, fillBoth);
      const { result } = await executable.download(["result"]);
      executable.close();
      expect(result).toEqual(want(2));
    });

    it("runs simultaneous requests one after another", async () => {
      const executable = await machine.compile(bindPlan("difference", tensors, [call(difference, args)]));
      const [first, second] = await Promise.all([executable.run(1, fillBoth), executable.run(2, fillBoth)]);
      executable.close();
      expect(first.result).toEqual(want(0));
      expect(second.result.slice(N)).toEqual(want(1));
    });

    it("lets go of a plan that was closed, while its device stays", async () => {
      const closed = async () => {
        const executable = await machine.compile(bindPlan("difference", tensors, [call(difference, args)]));
        await executable.run(1, fillBoth);
        executable.close();
        return new WeakRef(executable);
      };
      const refs: WeakRef<Executable>[] = [];
      for (let i = 0; i < 5; i++) refs.push(await closed());
      expect(await alive(refs)).toBe(0);
    });

    it("refuses more or fewer values than the tensor has", async () => {
      const state = tensors.map((t): Tensor => ({ ...t, role: "state" }));
      const executable = await machine.compile(bindPlan("difference", state, [call(difference, args)]));
      expect(() => executable.upload("wide", new Float32Array(N + 1))).toThrow(RangeError);
      expect(() => executable.upload("wide", new Float32Array(N - 1))).toThrow(RangeError);
      executable.close();
    });
  });
});
