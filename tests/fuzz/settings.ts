/** Settings of a run, legal and not, judged by their ranges alone. */
import fc from "fast-check";
import type { TrainConfig } from "../../src/train/config.ts";
import {
  type NumberSetting,
  OPTIMIZERS,
  SETTING_KEYS,
  SETTINGS,
  type Setting,
} from "../../src/train/settings.ts";

/** The settings that are numbers. */
export const NUMBERS: ReadonlyMap<string, NumberSetting> = new Map(
  SETTING_KEYS.flatMap((key) => {
    const setting = SETTINGS[key];
    return "range" in setting ? [[key, setting] as const] : [];
  }),
);

/** Whether a run with that optimiser may have the value. */
export function isLegal(key: string, value: number, optimizer: string): boolean {
  const setting = NUMBERS.get(key)!;
  const [least, most] = setting.range;
  if (setting.optimizer !== undefined && setting.optimizer !== optimizer) return value === setting.default;
  return value >= least && value <= most && (setting.type === "real" || value % 1 === 0);
}

/** Anything that a setting may be, the ends of its range included. */
function legalValue(setting: Setting): fc.Arbitrary<number | string | boolean> {
  if (setting.type === "flag") return fc.boolean();
  if (setting.type === "character") return fc.constantFrom(".", "|", "é", "日", "🦊", '"');
  if (setting.type === "choice") return fc.constantFrom(...setting.choices);
  const [least, most] = setting.range;
  const any =
    setting.type === "whole"
      ? fc.maxSafeInteger().map((n) => least + (Math.abs(n) % (most - least + 1)))
      : fc.double({ min: least, max: most, noNaN: true }).map((x) => x + 0);
  return fc.oneof({ weight: 4, arbitrary: any }, { weight: 1, arbitrary: fc.constantFrom(least, most) });
}

/** Every setting of a run anywhere in its range, but for those of another optimiser. */
export const legalConfig: fc.Arbitrary<TrainConfig> = fc.constantFrom(...OPTIMIZERS).chain(
  (optimizer) =>
    fc
      .record(
        Object.fromEntries(
          SETTING_KEYS.map((key) => {
            const setting = SETTINGS[key];
            const unused = setting.optimizer !== undefined && setting.optimizer !== optimizer;
            return [key, unused ? fc.constant(setting.default) : legalValue(setting)];
          }),
        ) as Record<string, fc.Arbitrary<number | string | boolean>>,
      )
      .map((config) => ({ ...config, optimizer })) as unknown as fc.Arbitrary<TrainConfig>,
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
