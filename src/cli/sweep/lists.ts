/** Settings that take several values, separated by commas. */
import { Option } from "commander";
import type { Lists } from "../../sweep/product.ts";
import { ConfigError, requireAllowed } from "../../train/config.ts";
import {
  describeSetting,
  optionName,
  SETTING_KEYS,
  SETTINGS,
  type SettingKey,
} from "../../train/settings.ts";

/** Every setting of `train`, as an option that takes a list. */
export const listOptions = (): Option[] =>
  SETTING_KEYS.map((key) => {
    const setting = SETTINGS[key];
    const only = setting.optimizer ? `with ${setting.optimizer}: ` : "";
    const value = setting.type === "flag" ? "[values]" : "<values>";
    const help = `${only}${describeSetting(setting)} (default: ${setting.default})`;
    return new Option(`--${optionName(key)} ${value}`, help);
  });

/** The lists that were given. @throws ConfigError for the first value that is not allowed */
export const givenLists = (o: Readonly<Record<string, unknown>>): Lists =>
  Object.fromEntries(
    SETTING_KEYS.filter((key) => o[key] !== undefined).map((key) => [key, valuesOf(key, o[key] as string)]),
  );

function valuesOf(key: SettingKey, text: string | true): (string | number | boolean)[] {
  const setting = SETTINGS[key];
  if (text === true) return [true];
  // A single character may be the comma itself.
  const parts = setting.type === "character" && [...text].length === 1 ? [text] : text.split(",");
  return parts.map((part) => {
    const value = read(key, part.trim());
    requireAllowed(key, setting, value);
    return value;
  });
}

function read(key: SettingKey, text: string): string | number | boolean {
  const { type } = SETTINGS[key];
  if (text === "") throw new ConfigError(`--${optionName(key)} has a comma too many: a value is empty`);
  if (type === "flag") return text === "true" || (text === "false" ? false : text);
  if (type === "choice" || type === "character") return text;
  return Number.isNaN(Number(text)) ? text : Number(text);
}
