import { describe, expect, it } from "vitest";
import type { MachineKind } from "../../src/plan/machine.ts";
import {
  ConfigError,
  DEFAULTS,
  firstOtherRate,
  fixedDifference,
  learningRate,
  PRESETS,
  requireAllowed,
  resolvePath,
  type TrainConfig,
  trainConfig,
} from "../../src/train/config.ts";
import { SETTING_KEYS, SETTINGS, type SettingKey } from "../../src/train/settings.ts";

describe("trainConfig", () => {
  it("has the contract's defaults", () => {
    expect(trainConfig()).toEqual({
      ...{ hidden: 64, embedding: 10, context: 3, batch: 32, steps: 20_000 },
      ...{ lr: 0.1, decayAt: 0.5, decay: 0.1, seed: 2147483647, bnSeed: 0, path: "auto" },
      ...{ optimizer: "sgd", momentum: 0, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      ...{ keep: "last", keepSpaces: false, terminator: "." },
    });
    expect(trainConfig({ hidden: undefined, lr: 1 })).toEqual({ ...DEFAULTS, lr: 1 });
  });

  it("has exercise 4 as a preset: 200,000 steps, the later half at a tenth of the rate", () => {
    const config = trainConfig(PRESETS.notebook);
    expect(config).toEqual({ ...DEFAULTS, hidden: 200, steps: 200_000 });
    expect([0, 99_999].map((step) => learningRate(config, step))).toEqual([0.1, 0.1]);
    for (const step of [100_000, 199_999]) expect(learningRate(config, step)).toBeCloseTo(0.01, 15);
  });

  const whole = "it must be a whole number from";
  it.each<[Partial<TrainConfig>, string | RegExp]>([
    [{ hidden: 0 }, `--hidden is 0; ${whole} 1 to 1,048,576`],
    [{ hidden: 2 ** 20 + 1 }, `--hidden is 1048577; ${whole} 1 to 1,048,576`],
    [{ hidden: 2.5 }, `--hidden is 2.5; ${whole} 1 to 1,048,576`],
    [{ hidden: Number.NaN }, `--hidden is NaN; ${whole} 1 to 1,048,576`],
    [{ hidden: "64" as unknown as number }, `--hidden is "64"; ${whole} 1 to 1,048,576`],
    [{ embedding: 0 }, `--embedding is 0; ${whole} 1 to 65,536`],
    [{ context: 1025 }, `--context is 1025; ${whole} 1 to 1,024`],
    [{ batch: 1 }, `--batch is 1; ${whole} 2 to 1,048,576 (BatchNorm divides by batch − 1)`],
    [{ steps: -1 }, `--steps is -1; ${whole} 1 to 1,000,000,000`],
    [{ lr: 0 }, "--lr is 0; it must be a number from 1e-12 to 1,000,000,000,000"],
    [
      { lr: Number.POSITIVE_INFINITY },
      "--lr is Infinity; it must be a number from 1e-12 to 1,000,000,000,000",
    ],
    [{ decayAt: -0.1 }, "--decay-at is -0.1; it must be a number from 0 to 1"],
    [{ decay: -1 }, "--decay is -1; it must be a number from 1e-12 to 1,000,000,000,000"],
    [{ seed: 0.5 }, `--seed is 0.5; ${whole} 0 to 9,007,199,254,740,991`],
    [{ bnSeed: 2 ** 53 }, `--bn-seed is 9007199254740992; ${whole} 0 to 9,007,199,254,740,991`],
    [{ path: "round" as "auto" }, '--path is "round"; it must be one of auto, chunked, fused, single'],
    [
      { hiden: 3 } as object,
      '"hiden" is not a setting; the settings are hidden, embedding, context, batch, steps, lr, decayAt, decay, keep, optimizer, momentum, weightDecay, beta1, beta2, eps, keepSpaces, terminator, seed, bnSeed, path',
    ],
    [{ optimizer: "adam" as "adamw" }, '--optimizer is "adam"; it must be one of sgd, adamw'],
    [{ keep: "first" as "last" }, '--keep is "first"; it must be one of last, best'],
    [{ keepSpaces: "yes" as unknown as boolean }, '--keep-spaces is "yes"; it must be true or false'],
    ...["", " ", "\t", "ab", "\ud800", "e\u0301", 7 as unknown as string].map(
      (terminator): [Partial<TrainConfig>, RegExp] => [
        { terminator },
        /^--terminator is .*; it must be a single character that can be seen, such as \| or _$/,
      ],
    ),
    [{ momentum: 1 }, "--momentum is 1; it must be a number from 0 to 0.99999994 (below 1 in float32)"],
    [{ momentum: -0.1 }, "--momentum is -0.1; it must be a number from 0 to 0.99999994 (below 1 in float32)"],
    [{ weightDecay: -1 }, "--weight-decay is -1; it must be a number from 0 to 1,000,000,000,000"],
    [{ beta1: 1 }, "--beta1 is 1; it must be a number from 0 to 0.99999994 (below 1 in float32)"],
    [{ beta2: 1.5 }, "--beta2 is 1.5; it must be a number from 0 to 0.99999994 (below 1 in float32)"],
    [
      { optimizer: "adamw", eps: 0 },
      /^--eps is 0; it must be a number from 1e-30 to 1,000,000,000,000 \(where all /,
    ],
  ])("refuses %o", (given, message) => {
    expect(() => trainConfig(given)).toThrow(ConfigError);
    expect(() => trainConfig(given)).toThrow(
      typeof message === "string" ? new ConfigError(message) : message,
    );
  });

  it("takes −0 for 0", () => {
    expect(Object.is(trainConfig({ seed: -0 }).seed, 0)).toBe(true);
  });

  it("takes the ends of every range", () => {
    const least = { hidden: 1, embedding: 1, context: 1, batch: 2, steps: 1, decayAt: 0, seed: 0, bnSeed: 0 };
    expect(trainConfig(least)).toMatchObject(least);
    const most = { hidden: 2 ** 20, batch: 2 ** 20, steps: 1e9, decayAt: 1, seed: Number.MAX_SAFE_INTEGER };
    expect(trainConfig(most)).toMatchObject(most);
    const adamw = { optimizer: "adamw", weightDecay: 0, beta1: 0, beta2: 0.99999994, eps: 1e-30 } as const;
    expect(trainConfig(adamw)).toMatchObject(adamw);
    // The greatest number below 1 that float32 does not round to 1.
    expect(Math.fround(0.99999994)).toBe(1 - 2 ** -24);
  });

  it.each<[Partial<TrainConfig>, string, string, string]>([
    [{ optimizer: "adamw", momentum: 0.9 }, "--momentum is 0.9", "adamw", "sgd"],
    [{ weightDecay: 0 }, "--weight-decay is 0", "sgd", "adamw"],
    [{ optimizer: "sgd", beta1: 0.5 }, "--beta1 is 0.5", "sgd", "adamw"],
    [{ beta2: 0.5, momentum: 0.9 }, "--beta2 is 0.5", "sgd", "adamw"],
    [{ eps: 1e-6 }, "--eps is 0.000001", "sgd", "adamw"],
  ])("refuses %o, which the other optimiser has", (given, what, chosen, other) => {
    const message = `${what}, but --optimizer is ${chosen}; leave it out, or choose --optimizer ${other}, which has it`;
    expect(() => trainConfig(given)).toThrow(new ConfigError(message));
  });

  it("takes the other optimiser's settings at their defaults", () => {
    expect(trainConfig({ optimizer: "adamw", momentum: 0 })).toEqual({ ...DEFAULTS, optimizer: "adamw" });
    const { weightDecay, beta1, beta2, eps } = DEFAULTS;
    expect(trainConfig({ momentum: 0.9, weightDecay, beta1, beta2, eps })).toEqual({
      ...DEFAULTS,
      momentum: 0.9,
    });
  });
});

describe("settings", () => {
  it("have defaults that are allowed, and a value for older checkpoints, which leave them out", () => {
    for (const key of SETTING_KEYS) {
      const setting = SETTINGS[key];
      expect(() => requireAllowed(key, setting, setting.default), key).not.toThrow();
      // Every setting newer than 0.1.0 needs a value for its absence.
      const first = "hidden embedding context batch steps lr decayAt decay seed bnSeed path".split(" ");
      expect(setting.absent !== undefined, key).toBe(!first.includes(key));
    }
    const older = SETTING_KEYS.flatMap((key) => SETTINGS[key].absent ?? []);
    expect(older).toEqual(["last", "sgd", 0, 0.01, 0.9, 0.999, 1e-8, true, "."]);
  });

  it.each<[Partial<TrainConfig>, Partial<TrainConfig>, number, number | undefined]>([
    // A finished run has decayed; one that stopped on the way to the same end has not.
    [{ steps: 1000 }, { steps: 2000 }, 1000, 500],
    [{ steps: 1000 }, { steps: 2000 }, 500, undefined],
    [{ steps: 2000 }, { steps: 1000 }, 501, 500],
    [{ steps: 2000 }, { steps: 2000 }, 2000, undefined],
    [{ steps: 1000, decayAt: 1 }, { steps: 2000, decayAt: 1 }, 1000, undefined],
    [{ steps: 1000 }, { steps: 1000, lr: 0.2 }, 700, 0],
    [{ steps: 1000 }, { steps: 1000, decay: 0.2 }, 700, 500],
    [{ steps: 1001, decayAt: 0.3 }, { steps: 1002, decayAt: 0.3 }, 400, undefined],
    [{ steps: 1001, decayAt: 0.3 }, { steps: 1004, decayAt: 0.3 }, 400, 301],
    // Other rates, and the same ones by other settings.
    [{ steps: 1000, decay: 1 }, { steps: 2000, decayAt: 1 }, 1000, undefined],
  ])("knows where the rates of %o and %o first differ before step %i", (before, after, done, first) => {
    const [a, b] = [before, after].map(trainConfig);
    expect(firstOtherRate(a, b, done)).toBe(first);
    const plainly = Array.from({ length: done }, (_, s) => s).find(
      (s) => learningRate(a, s) !== learningRate(b, s),
    );
    expect(plainly).toBe(first);
  });

  const momentum = trainConfig({ momentum: 0.9 });
  const adamw = trainConfig({ optimizer: "adamw" });
  it.each<[TrainConfig, Partial<TrainConfig>, SettingKey | undefined]>([
    [DEFAULTS, {}, undefined],
    [DEFAULTS, { hidden: 65 }, "hidden"],
    [DEFAULTS, { embedding: 11 }, "embedding"],
    [DEFAULTS, { context: 4 }, "context"],
    [DEFAULTS, { seed: 1 }, "seed"],
    [DEFAULTS, { bnSeed: 1 }, "bnSeed"],
    [DEFAULTS, { batch: 33, steps: 1, lr: 1, decayAt: 1, decay: 1, path: "fused" }, undefined],
    [DEFAULTS, { optimizer: "adamw" }, "optimizer"],
    [DEFAULTS, { momentum: 0.9 }, "momentum"],
    [momentum, { momentum: 0 }, "momentum"],
    [momentum, { momentum: 0.8, lr: 1 }, undefined],
    [adamw, { optimizer: "sgd" }, "optimizer"],
    [adamw, { weightDecay: 0, beta1: 0.8, beta2: 0.9, eps: 1e-6, lr: 0.001 }, undefined],
  ])("of a started run, %o, cannot all change: %o", (started, wanted, key) => {
    expect(fixedDifference(started, { ...started, ...wanted })).toBe(key);
  });
});

describe("learningRate", () => {
  const rates = (o: Partial<TrainConfig>, steps: number[]) =>
    steps.map((step) => learningRate(trainConfig({ steps: 10, lr: 8, decay: 0.25, ...o }), step));

  it("decays at its share of the total, and once", () => {
    expect(rates({ decayAt: 0.3 }, [0, 2, 3, 9])).toEqual([8, 8, 2, 2]);
    // Not a whole step: from the first one at or after it.
    expect(rates({ decayAt: 0.25 }, [2, 3])).toEqual([8, 2]);
    expect(rates({ decayAt: 0 }, [0, 9])).toEqual([2, 2]);
  });

  it("never decays with a share of 1, even beyond the total", () => {
    expect(rates({ decayAt: 1 }, [0, 9, 10, 99])).toEqual([8, 8, 8, 8]);
  });
});

it("takes the single path where one workgroup holds the step, and says why", () => {
  const resolve = (given: Partial<TrainConfig>, kind: MachineKind = "software") =>
    resolvePath(trainConfig(given), 27, kind);
  expect((["auto", "chunked", "fused", "single"] as const).map((path) => resolve({ path }).path)).toEqual([
    "single",
    "chunked",
    "fused",
    "single",
  ]);
  expect(resolve({}).note).toBe("single path: one workgroup holds batch 32 × hidden 64");
  expect(resolve({}, "cpu")).toMatchObject({ path: "fused", note: expect.stringContaining("CPU reference") });
  expect(resolve({ hidden: 200 }).path).toBe("single");
  expect(resolve({ hidden: 200 }, "hardware").path).toBe("single");
  expect(resolve({ hidden: 1024 })).toMatchObject({ path: "fused", note: expect.stringContaining("tiles") });
  const { path, note } = resolve({ path: "single", hidden: 1024, batch: 1024 });
  expect(path).toBe("fused");
  expect(note).toMatch(/^fused path instead of single: batch 1,024 × hidden 1,024 makes 16,384 tiles/);
});
