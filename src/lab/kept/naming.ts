/** What a run is called and how its settings are told, so that two in a list can be told apart. */
import { DEFAULTS, type TrainConfig } from "../../train/config.ts";
import { applies, SETTING_KEYS, SETTINGS, type SettingKey } from "../../train/settings.ts";
import { PRESET_BUTTONS } from "../settings.ts";
import { integer } from "../train/format.ts";

/** Such as `Learning rate 0.05, hidden 200`: what differs from the defaults. */
export function automaticName(config: TrainConfig): string {
  const keys = SETTING_KEYS.filter((key) => applies(SETTINGS[key], config.optimizer));
  const other = keys.filter((key) => config[key] !== DEFAULTS[key]);
  if (other.length === 0) return "Default settings";
  const preset = PRESET_BUTTONS.find((preset) => keys.every((key) => config[key] === preset.config[key]));
  return preset?.label ?? capital(told(config, other));
}

const ALWAYS: readonly SettingKey[] = ["hidden", "batch", "lr"];

/** The settings that matter most, and all others that are not at their defaults. The steps are told elsewhere. */
export const settingsText = (config: TrainConfig): string =>
  told(
    config,
    SETTING_KEYS.filter(
      (key) =>
        ALWAYS.includes(key) ||
        (key !== "steps" && applies(SETTINGS[key], config.optimizer) && config[key] !== DEFAULTS[key]),
    ),
  );

const told = (config: TrainConfig, keys: readonly SettingKey[]): string =>
  keys.map((key) => `${lower(SETTINGS[key].label)}${written(config[key])}`).join(", ");

/** A flag that is not at its default is on. */
const written = (value: TrainConfig[SettingKey]): string =>
  typeof value === "boolean" ? "" : ` ${Number.isInteger(value) ? integer(value as number) : value}`;

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);
/** But not `BatchNorm seed`. */
const lower = (label: string): string =>
  /^.[a-z]+( |$)/.test(label) ? label[0].toLowerCase() + label.slice(1) : label;
