import { describe, expect, it } from "vitest";
import { type Networks, ONE } from "../../src/lab/population/networks.ts";
import {
  DEFAULT_SETUP,
  draftOf,
  FIELDS,
  type FieldKey,
  goalOf,
  groupsFor,
  inLabels,
  PRESET_BUTTONS,
  problemsOf,
  setupOf,
  shownOf,
} from "../../src/lab/settings.ts";
import { type Address, exerciseFragment, fromFragment, toFragment } from "../../src/lab/url.ts";
import { DEFAULTS, trainConfig } from "../../src/train/config.ts";

const plain: Address = { ...DEFAULT_SETUP, words: "bundled", tab: "train" };

/** A valid value of every setting that is not its default. */
const OTHERS: Readonly<Record<FieldKey, string>> = {
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
  optimizer: "adamw",
  momentum: "0.9",
  weightDecay: "0",
  beta1: "0.8",
  beta2: "0.99999994",
  eps: "0.000001",
  keep: "best",
  keepSpaces: "true",
  terminator: "|",
  backend: "cpu",
};
const typed = (key: string, text: string) =>
  ({ choice: text, character: text, flag: text === "true", whole: Number(text), real: Number(text) })[
    FIELDS[key as FieldKey].type
  ];

describe("the configuration in the address", () => {
  it("is empty where everything is at its default", () => {
    expect(toFragment(plain)).toBe("");
    expect(fromFragment("")).toEqual(plain);
  });

  it("has every setting of the library", () => {
    expect(Object.keys(OTHERS).sort()).toEqual([...Object.keys(DEFAULTS), "backend"].sort());
    const shown = ["sgd", "adamw"].flatMap((optimizer) => [...groupsFor(optimizer).values()].flat());
    expect([...new Set(shown)].sort()).toEqual(Object.keys(OTHERS).sort());
  });

  it.each(Object.entries(OTHERS))("carries %s alone, or with its optimiser", (key, text) => {
    const { optimizer = "sgd" } = FIELDS[key as FieldKey];
    const needed = optimizer === "sgd" ? {} : { optimizer };
    const address =
      key === "backend"
        ? { ...plain, backend: text as Address["backend"] }
        : { ...plain, config: { ...DEFAULTS, ...needed, [key]: typed(key, text) } };
    const fragment = toFragment(address);
    expect([...new URLSearchParams(fragment)]).toHaveLength(1 + Object.keys(needed).length);
    expect(fromFragment(fragment)).toEqual(address);
    expect(draftOf(fromFragment(`#${fragment}`))[key as FieldKey]).toBe(String(text));
  });

  it("carries everything at once", () => {
    const { backend, momentum, ...settings } = OTHERS;
    const config = Object.fromEntries(
      Object.entries({ ...settings, momentum: "0" }).map(([key, text]) => [key, typed(key, text)]),
    );
    const address = { config, backend, words: "notebook", tab: "device" } as unknown as Address;
    const fragment = toFragment(address);
    expect(fromFragment(fragment)).toEqual(address);
    expect(fragment).toContain("decay-at=1&");
    // The library's spelling means the same.
    const camelCase = fragment.replaceAll(/-(\w)(?=[\w-]*=)/g, (_, c: string) => c.toUpperCase());
    expect(camelCase).toContain("weightDecay=0&");
    expect(fromFragment(camelCase)).toEqual(address);
  });

  it("carries what is open in the exercises, and a text for it", () => {
    const open = { exercise: "exercise-1", tensor: "dcounts", text: "eJz-_A" };
    const address: Address = { ...plain, tab: "exercises", ...open };
    const fragment = toFragment(address);
    expect(fragment).toBe("tab=exercises&exercise=exercise-1&tensor=dcounts&text=eJz-_A");
    expect(fromFragment(fragment)).toEqual(address);
    expect(exerciseFragment("kernel:tanh.backward", "eJz")).toBe(
      "tab=exercises&exercise=kernel%3Atanh.backward&text=eJz",
    );
    // Other tabs have no exercise open, and only the check a tensor.
    expect(toFragment({ ...address, tab: "check" })).toBe("tab=check&tensor=dcounts");
    expect(toFragment({ ...address, tab: "device" })).toBe("tab=device");
  });

  it("carries the level of fusion that the check shows, and none where it is the chunked one of old addresses", () => {
    const address: Address = { ...plain, tab: "check", tensor: "dW1", level: "single" };
    expect(toFragment(address)).toBe("tab=check&tensor=dW1&level=single");
    expect(fromFragment("tab=check&tensor=dW1&level=single")).toEqual(address);
    expect(fromFragment("tab=check").level).toBeUndefined();
    expect(toFragment({ ...address, tab: "train" })).toBe("");
  });

  it("carries the stop of the walk, and of no other tab", () => {
    const address: Address = { ...plain, tab: "walk", stop: "dlogits" };
    expect(toFragment(address)).toBe("tab=walk&stop=dlogits");
    expect(fromFragment("tab=walk&stop=dlogits")).toEqual(address);
    expect(toFragment({ ...address, tab: "check" })).toBe("tab=check");
  });

  it("carries a population, or a search for a learning rate, which trains 1,000 steps unless it says otherwise", () => {
    const eight: Address = { ...plain, networks: { ...ONE, kind: "seeds", seeds: "8" } };
    expect(toFragment(eight)).toBe("population=8");
    expect(fromFragment("population=8")).toEqual(eight);
    const networks: Networks = { ...ONE, kind: "range", range: "0.01:2:32" };
    const search: Address = { ...plain, networks, config: trainConfig({ steps: 1000 }) };
    expect(toFragment(search)).toBe("lr-range=0.01%3A2%3A32");
    for (const text of ["lr-range=0.01:2:32", "lrRange=0.01:2:32"])
      expect(fromFragment(text)).toEqual(search);
    const longer = { ...search, config: DEFAULTS };
    expect(fromFragment(toFragment(longer))).toEqual(longer);
  });

  it("leaves out words of the reader's own", () => {
    expect(toFragment({ ...plain, words: "own" })).toBe("");
  });

  it.each([
    ["hiden=200", 'the address sets "hiden", which is not a setting; the settings are hidden, embedding,'],
    ["hidden=0", "Hidden is 0; it must be a whole number from 1"],
    ["hidden=many", 'Hidden is "many"; it must be a whole number from 1'],
    ["hidden=", 'Hidden is ""'],
    ["constructor=1", 'the address sets "constructor", which is not a setting'],
    ["__proto__=1", 'the address sets "__proto__", which is not a setting'],
    ["a%0Ab=1", 'the address sets "a\\nb", which is not a setting'],
    ["steps=10.5", "Steps is 10.5; it must be a whole number"],
    ["batch=1", "BatchNorm divides by batch − 1"],
    ["lr=-1", "Learning rate is -1"],
    ["decay-at=2", "Decay at is 2"],
    ["decay-at=0.5&decayAt=0.5", "the address sets decayAt twice; set it once"],
    ["decayat=0.5", "which is not a setting"],
    ["optimizer=adam", 'Optimiser is "adam"; it must be one of sgd, adamw'],
    [
      "optimizer=adamw&momentum=0.9",
      "Momentum is 0.9, but Optimiser is adamw; leave it out, or choose Optimiser sgd, which has it",
    ],
    ["weight-decay=0", "Weight decay is 0, but Optimiser is sgd"],
    ["keep-spaces=yes", 'Keep spaces is "yes"; it must be true or false'],
    ["terminator=%7C%7C", 'Terminator is "||"; it must be a single character that can be seen'],
    ["path=quick", 'Path is "quick"; it must be one of auto, chunked, fused, single'],
    ["tab=check&level=quick", 'the address sets level to "quick"; it must be one of chunked, fused, single'],
    ["backend=tpu", 'Backend is "tpu"; it must be one of auto, gpu, cpu'],
    ["population=1", "Seeds is 1; it must be a whole number from 2 to 256"],
    ["lr-range=1:2", "Learning rates is 1:2; it must be LOW:HIGH:COUNT"],
    ["population=8&lr-range=0.001:1:64", "set one of the two"],
    ["words=other", 'the address sets words to "other"; it must be one of bundled, notebook'],
    ["tab=home", 'the address sets tab to "home"; it must be one of walk, exercises, train, check, device'],
    ["seed=1&seed=2", "the address sets seed twice"],
    ["tab=exercises&text=a%0Ab", 'the address\'s text has the character "\\n"'],
    [
      `tab=exercises&text=${"a".repeat(8001)}`,
      "the address's text has 8001 characters, and at most 8000 are read",
    ],
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

describe("the form", () => {
  it("shows the chosen optimiser's own settings, group by group", () => {
    const optimizer = (name: string) => groupsFor(name).get("Optimiser");
    expect(optimizer("sgd")).toEqual(["optimizer", "momentum"]);
    expect(optimizer("adamw")).toEqual(["optimizer", "weightDecay", "beta1", "beta2", "eps"]);
    const groups = ["Network", "Schedule", "Optimiser", "Words", "Seeds and device"];
    expect([...groupsFor("sgd").keys()]).toEqual(groups);
    expect(groupsFor("sgd").get("Seeds and device")).toEqual(["seed", "bnSeed", "path", "backend"]);
  });

  it("counts hidden fields as default, whatever they hold", () => {
    const draft = { ...draftOf(DEFAULT_SETUP), momentum: "0.9", beta1: "", eps: "none" };
    expect(setupOf(shownOf(draft)).config).toEqual(trainConfig({ momentum: 0.9 }));
    const switched = { ...draft, optimizer: "adamw", beta1: "0.5", eps: "1e-8" };
    expect(setupOf(shownOf(switched)).config).toEqual(trainConfig({ optimizer: "adamw", beta1: 0.5 }));
  });

  it("says of each field that cannot be used what is wrong, beginning with its label", () => {
    const draft = { ...draftOf(DEFAULT_SETUP), batch: "1", lr: "", terminator: "||", eps: "none" };
    const problems = problemsOf(shownOf(draft));
    expect(Object.keys(problems)).toEqual(["batch", "lr", "terminator"]);
    expect(problems.batch).toMatch(/^Batch is 1; it must be a whole number from 2 to/);
    expect(problems.lr).toMatch(/^Learning rate is empty; it must be a number/);
    expect(problemsOf(shownOf(draftOf(DEFAULT_SETUP)))).toEqual({});
  });

  it("knows what exercise 4 should reach, on any path, but of no other settings", () => {
    const preset = trainConfig({ hidden: 200, steps: 200_000 });
    expect(goalOf(preset)).toMatchObject({ train: 2.0713, dev: 2.1118 });
    expect(goalOf({ ...preset, path: "fused" })).toBe(goalOf(preset));
    expect(goalOf({ ...preset, seed: 1 })).toBeUndefined();
    expect(goalOf(DEFAULTS)).toBeUndefined();
  });

  it("has buttons for the defaults and for exercise 4", () => {
    expect(PRESET_BUTTONS.map(({ config }) => config)).toEqual([
      DEFAULTS,
      { ...DEFAULTS, hidden: 200, steps: 200_000 },
    ]);
  });
});
