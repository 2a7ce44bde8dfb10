/** Options that commands share. Defaults stand in the help only: what is absent here was not given. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { TrainConfig } from "../train/config.ts";
import type { Backend } from "../train/open.ts";
import {
  BACKEND,
  describeSetting,
  optionName,
  SETTING_KEYS,
  SETTINGS,
  type SettingKey,
} from "../train/settings.ts";

export interface CommonOptions {
  readonly backend: Backend;
  readonly words?: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** Of `grade`, for lines and for kernels. */
export interface GradeOptions {
  readonly exercise?: string;
  readonly op?: string;
  readonly train?: number;
  readonly hint?: string;
  readonly spellings: boolean;
  readonly backend?: Backend;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

export const QUIET = [
  "--quiet",
  "no progress on stderr: only what was saved, warnings and errors",
  false,
] as const;

/** --backend, --words, --json, --quiet, --debug: every command but `grade` has them. */
export const withCommonOptions = (
  command: Command,
  words = "word list, UTF-8, one word a line; - reads standard input (default: the bundled names of 2018)",
): Command =>
  command
    .addOption(
      new Option("--backend <name>", describeSetting(BACKEND))
        .choices(BACKEND.choices)
        .default(BACKEND.default),
    )
    .option("--words <file>", words)
    .option("--json", "one JSON object a line on stdout, and nothing else there", false)
    .option(...QUIET)
    .option("--debug", "show the stack of an error", false);

/** A number as people write it: 64, 0.1, 1e-3. */
export function number(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value))
    throw new InvalidArgumentError("It must be a number, such as 64, 0.1 or 1e-3.");
  return value;
}

/** Adds these settings as options. */
export const withSettings = (command: Command, keys: readonly SettingKey[]): Command =>
  keys.reduce((all, key) => all.addOption(settingOption(key)), command);

/** @param fallback the default that the help names */
export function settingOption(key: SettingKey, fallback: unknown = SETTINGS[key].default): Option {
  const setting = SETTINGS[key];
  const only = setting.optimizer ? `with ${setting.optimizer}: ` : "";
  const help = `${only}${describeSetting(setting)} (default: ${fallback})`;
  if (setting.type === "flag") return new Option(`--${optionName(key)}`, help);
  const value = { choice: "name", whole: "n", real: "x", character: "char" }[setting.type];
  const option = new Option(`--${optionName(key)} <${value}>`, help);
  if (setting.type === "character") return option;
  return setting.type === "choice" ? option.choices(setting.choices) : option.argParser(number);
}

/** The settings that were given. */
export const givenConfig = (o: Readonly<Record<string, unknown>>): Partial<TrainConfig> =>
  Object.fromEntries(SETTING_KEYS.filter((key) => o[key] !== undefined).map((key) => [key, o[key]]));
