import { describe, expect, it } from "vitest";
import { DEFAULT_SETUP, draftOf, inLabels, SETTINGS, type SettingKey } from "../../src/lab/settings.ts";
import { type Address, fromFragment, toFragment } from "../../src/lab/url.ts";
import { DEFAULTS, RANGES } from "../../src/train/config.ts";

const plain: Address = { ...DEFAULT_SETUP, words: "bundled", tab: "train" };

/** A legal value of every setting that is not its default. */
const OTHERS: Readonly<Record<SettingKey, string>> = {
  hidden: "200",
  embedding: "3",
  context: "8",
  batch: "19",
  steps: "200000",
  lr: "0.025",
  decayAt: "1",
  decay: "1e-7",
  seed: "9007199254740991",
  bnSeed: "42",
  path: "chunked",
  backend: "cpu",
};

describe("the configuration in the address", () => {
  it("says nothing where everything is at its default", () => {
    expect(toFragment(plain)).toBe("");
    expect(fromFragment("")).toEqual(plain);
  });

  it("has every setting of the library", () => {
    expect(Object.keys(OTHERS).sort()).toEqual([...Object.keys(DEFAULTS), "backend"].sort());
    expect(SETTINGS.flatMap((g) => g.settings.map((s) => s.key)).sort()).toEqual(Object.keys(OTHERS).sort());
  });

  it.each(Object.entries(OTHERS))("carries %s alone", (key, text) => {
    const address =
      key === "backend"
        ? { ...plain, backend: text as Address["backend"] }
        : { ...plain, config: { ...DEFAULTS, [key]: key in RANGES ? Number(text) : text } };
    const fragment = toFragment(address);
    expect([...new URLSearchParams(fragment)]).toHaveLength(1);
    expect(fromFragment(fragment)).toEqual(address);
    expect(draftOf(fromFragment(`#${fragment}`))[key as SettingKey]).toBe(String(text));
  });

  it("carries everything at once", () => {
    const { backend, ...settings } = OTHERS;
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, text]) => [key, key in RANGES ? Number(text) : text]),
    );
    const address = { config, backend, words: "notebook", tab: "device" } as unknown as Address;
    expect(fromFragment(toFragment(address))).toEqual(address);
  });

  it("leaves out words of the reader's own", () => {
    expect(toFragment({ ...plain, words: "own" })).toBe("");
  });

  it.each([
    ["hiden=200", 'the address sets "hiden", which is no setting; there are hidden, embedding,'],
    ["hidden=0", "Hidden is 0; it must be a whole number from 1"],
    ["hidden=many", 'Hidden is "many"; it must be a whole number from 1'],
    ["hidden=", 'Hidden is ""'],
    ["constructor=1", 'the address sets "constructor", which is no setting'],
    ["__proto__=1", 'the address sets "__proto__", which is no setting'],
    ["a%0Ab=1", 'the address sets "a\\nb", which is no setting'],
    ["steps=10.5", "Steps is 10.5; it must be a whole number"],
    ["batch=1", "BatchNorm divides by batch − 1"],
    ["lr=-1", "Learning rate is -1"],
    ["decay-at=2", "Decay at is 2"],
    ["decayAt=0.5", "which is no setting"],
    ["path=quick", 'Path is "quick"; it must be one of auto, chunked, fused, single'],
    ["backend=tpu", 'Backend is "tpu"; it must be one of auto, gpu, cpu'],
    ["words=other", 'the address sets words to "other"; it must be one of bundled, notebook'],
    ["tab=home", 'the address sets tab to "home"; it must be one of train, check, device'],
    ["seed=1&seed=2", "the address sets seed twice"],
  ])("refuses %s in one line", (fragment, message) => {
    let said = "";
    try {
      fromFragment(fragment);
    } catch (error) {
      said = inLabels((error as Error).message);
    }
    expect(said).toContain(message);
    expect(said).not.toContain("\n");
  });
});

it("messages name settings as the form does", () => {
  expect(inLabels("lower --lr (it is 5)")).toBe("lower Learning rate (it is 5)");
  expect(inLabels("--decay is 0; --decay-at is 2; --bn-seed; --seeds")).toBe(
    "Decay is 0; Decay at is 2; BatchNorm seed; --seeds",
  );
});
