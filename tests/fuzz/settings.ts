/** Settings of a run, legal and not, judged by their ranges alone. */
import fc from "fast-check";
import { ALL_PATHS } from "../../src/model/plans.ts";
import { RANGES, type TrainConfig } from "../../src/train/config.ts";

export type NumberKey = keyof typeof RANGES;
const KEYS = Object.keys(RANGES) as NumberKey[];

export const isLegal = (key: NumberKey, value: number): boolean => {
  const { least, most, whole } = RANGES[key];
  return value >= least && value <= most && (!whole || value % 1 === 0);
};

/** Every number of a run anywhere in its range, its ends included. */
export const legalConfig: fc.Arbitrary<TrainConfig> = fc
  .record(
    Object.fromEntries(
      KEYS.map((key) => {
        const { least, most, whole } = RANGES[key];
        const any = whole
          ? fc.maxSafeInteger().map((n) => least + (Math.abs(n) % (most - least + 1)))
          : fc.double({ min: least, max: most, noNaN: true }).map((x) => x + 0);
        return [
          key,
          fc.oneof({ weight: 4, arbitrary: any }, { weight: 1, arbitrary: fc.constantFrom(least, most) }),
        ];
      }),
    ),
  )
  .chain((numbers) =>
    fc.constantFrom("auto", ...ALL_PATHS).map((path) => ({ ...numbers, path }) as unknown as TrainConfig),
  );

/** A number as people write it, as programs do, or nearly. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 1, max: 300 }).map(String),
  fc.double().map(String),
  fc.integer().map(String),
  fc.maxSafeInteger().map(String),
  fc.constantFrom(
    ...[
      "0",
      "-0",
      "-1",
      "1",
      "2",
      "0.5",
      "1.0",
      "1e3",
      "1E-3",
      " 7 ",
      "+5",
      ".5",
      "5.",
      "0x10",
      "0b11",
      "1_000",
    ],
    ...[
      "NaN",
      "Infinity",
      "-Infinity",
      "1e309",
      "1e-400",
      "9007199254740993",
      "99999999999999999999",
      "१२",
      "１２",
    ],
    ...[
      "",
      " ",
      "abc",
      "1,5",
      "1e",
      "--",
      "-",
      "null",
      "undefined",
      "true",
      "[1]",
      "__proto__",
      "1n",
      "3\n",
      "\u001b[31m",
    ],
  ),
  fc.string({ unit: "binary", maxLength: 10 }),
);
