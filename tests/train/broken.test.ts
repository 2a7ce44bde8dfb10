/** Steps with a gradient that was broken on purpose: what a run says of them, and what keeps that. */
import { expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { breakAt, brokenNow, brokenText } from "../../src/train/broken.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/train/checkpoint.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { dataset, tinyConfig, words } from "./data.ts";

it("is begun and ended at steps; what was broken for none is as if it had never been", () => {
  const begun = breakAt([], 500, "tanh.backward.sign");
  expect(begun).toEqual([{ id: "tanh.backward.sign", from: 500 }]);
  expect(brokenNow(begun)).toBe("tanh.backward.sign");
  expect(breakAt(begun, 700, "tanh.backward.sign")).toBe(begun);
  expect(breakAt(begun, 500)).toEqual([]);
  const other = breakAt(begun, 900, "db2.mean");
  const ended = breakAt(other, 1200);
  expect(brokenNow(ended)).toBeUndefined();
  expect(brokenText(other)).toBe(
    "with a broken gradient: tanh.backward.sign from step 500 to 900, db2.mean from step 900 on",
  );
  expect(brokenText(ended)).toMatch(/db2.mean from step 900 to 1,200$/);
  expect([brokenNow(), brokenNow([]), breakAt(undefined, 3)]).toEqual([undefined, undefined, []]);
});

it("stays with a run in its checkpoint, and a trainer that goes on from one is right from there on", async () => {
  const machine = cpuMachine();
  const options = { machine, config: tinyConfig(), data: dataset };
  const trainer = await Trainer.create(options);
  await trainer.run(undefined, { until: 4 });
  const plain = await snapshot(machine, trainer, dataset, words);
  expect([...readSafetensors(encodeCheckpoint(plain)).metadata.keys()]).not.toContain("broken");
  const broken = breakAt([], 2, "tanh.backward.sign");
  const bytes = encodeCheckpoint({ ...plain, broken });
  const checkpoint = decodeCheckpoint(bytes, "it");
  expect(checkpoint.broken).toEqual(broken);

  const goesOn = await Trainer.create({ ...options, state: checkpoint });
  await goesOn.run(undefined, { until: 6 });
  const later = decodeCheckpoint(encodeCheckpoint(await snapshot(machine, goesOn, dataset, words)), "it");
  expect(later.broken).toEqual([{ id: "tanh.backward.sign", from: 2, to: 4 }]);

  for (const wrong of ["{}", "[1]", '[{"id":"a\\nb","from":1}]', '[{"id":"a","from":-1}]', "[null]"]) {
    const { tensors, metadata } = readSafetensors(bytes);
    metadata.set("broken", wrong);
    expect(() => decodeCheckpoint(writeSafetensors(tensors, metadata), "x")).toThrow(
      "cannot use checkpoint x: its broken field does not say which steps had a broken gradient",
    );
  }
});
