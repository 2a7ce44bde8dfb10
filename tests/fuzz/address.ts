/** The page's address: it sets exactly what it says or is refused as a whole, and every configuration survives the round trip. */
import fc from "fast-check";
import { expect } from "vitest";
import { FIELDS, inLabels } from "../../src/lab/settings.ts";
import { type Address, fromFragment, TABS, toFragment } from "../../src/lab/url.ts";
import { ALL_PATHS } from "../../src/model/plans.ts";
import { ConfigError } from "../../src/train/config.ts";
import { BACKENDS } from "../../src/train/open.ts";
import { optionName } from "../../src/train/settings.ts";
import { isLegal, legalConfig, NUMBERS, numberText } from "./settings.ts";
import { awkwardKey, expectClearLine, target, valueOrRefusal } from "./target.ts";

/** What an address can say is open in each tab. */
const OPEN: Readonly<
  Partial<Record<string, readonly ("stop" | "exercise" | "tensor" | "level" | "text")[]>>
> = {
  walk: ["stop"],
  exercises: ["exercise", "tensor", "text"],
  check: ["tensor", "level"],
};
/** The address without what is not open in its tab. */
const shown = (a: Address): Address => {
  const out = { ...a };
  for (const name of ["stop", "exercise", "tensor", "level", "text"] as const)
    if (!OPEN[a.tab]?.includes(name)) out[name] = undefined;
  return out;
};

const orNothing = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const address: fc.Arbitrary<Address> = fc
  .record({
    config: legalConfig,
    backend: fc.constantFrom(...BACKENDS),
    words: fc.constantFrom("bundled" as const, "notebook" as const),
    tab: fc.constantFrom(...TABS),
    stop: orNothing(fc.string({ minLength: 1, unit: "grapheme" })),
    exercise: orNothing(fc.string({ minLength: 1, unit: "grapheme" })),
    tensor: orNothing(fc.string({ minLength: 1, unit: "grapheme" })),
    level: orNothing(fc.constantFrom(...ALL_PATHS)),
    text: orNothing(fc.stringMatching(/^[\w-]{1,50}$/)),
  })
  .map(shown);

const settings = Object.keys(FIELDS);
const pair = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...settings.map(optionName)), numberText) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ["path", "fused"],
      ["optimizer", "adamw"],
      ["backend", "cpu"],
      ["words", "notebook"],
      ["tab", "check"],
      ["tab", "walk"],
      ["stop", "dlogits"],
      ["tab", "exercises"],
      ["tensor", "dW1"],
      ["level", "single"],
      ["level", "chunked"],
      ["exercise", "exercise-1"],
      ["text", "eJz-_A"],
      ["text", "a b"],
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.oneof(awkwardKey, fc.constantFrom(...settings)), numberText) },
) as fc.Arbitrary<[string, string]>;

/** If the address is accepted, each of its pairs sets what it says, and no other setting changes. */
function readRightly(fragment: string): void {
  const read = valueOrRefusal(() => {
    try {
      return fromFragment(fragment);
    } catch (error) {
      // As the page shows it.
      expectClearLine(inLabels((error as Error).message));
      throw error;
    }
  }, ConfigError);
  const pairs = [...new URLSearchParams(fragment.replace(/^#/, ""))];
  const keys = new Map(settings.map((key) => [optionName(key), key]));
  if (!read) return;
  const said = new Map(pairs.map(([name, value]) => [keys.get(name) ?? name, value]));
  expect(said.size).toBe(pairs.length);
  const { config, ...others } = read;
  for (const [key, value] of Object.entries({ ...config, ...others })) {
    const text = said.get(key);
    said.delete(key);
    if (text === undefined) continue;
    if (!NUMBERS.has(key)) expect(String(value ?? "")).toBe(text);
    else {
      // -0 may be read as 0.
      expect((value as number) + 0).toBe(Number(text) + 0);
      expect(isLegal(key, value as number, config.optimizer)).toBe(true);
    }
  }
  expect([...said.keys()]).toEqual([]);
  expect(fromFragment(toFragment(read))).toEqual(shown(read));
}

export const addresses = [
  target("address of a configuration, and back", address, (a) => {
    expect(fromFragment(toFragment(a))).toEqual(a);
    readRightly(toFragment(a));
  }),
  target("address of awkward settings", fc.array(pair, { maxLength: 4 }), (pairs) =>
    readRightly(new URLSearchParams(pairs).toString()),
  ),
  target("address of any text", fc.string({ unit: "binary" }), readRightly),
];
