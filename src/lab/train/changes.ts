/** Settings that change while a run goes on: which may, and what is to be said of it. */
import { ConfigError, firstOtherRate, fixedDifference, type TrainConfig } from "../../train/config.ts";
import { optionName, SETTING_KEYS, SETTINGS, type SettingKey } from "../../train/settings.ts";
import type { StepEvent } from "../charts/chart.ts";

/** @throws ConfigError for settings that a run at `step` cannot go on with */
export function requireChangeable(before: TrainConfig, after: TrainConfig, step: number): void {
  const fixed = fixedDifference(before, after);
  if (fixed !== undefined)
    throw new ConfigError(
      `--${optionName(fixed)} cannot change to ${after[fixed]} in a run that has begun with ${before[fixed]}; reset, and start a new run`,
    );
  if (after.steps <= step)
    throw new ConfigError(
      `--steps is ${after.steps}, but the run already has ${step} steps; give a larger --steps, or reset`,
    );
}

/** What together makes a step's learning rate. */
const SCHEDULE: readonly SettingKey[] = ["steps", "lr", "decayAt", "decay"];

/**
 * What changes at `step`, if that makes another run than one that had the later settings from its beginning: so not a longer total alone, a decay
 * that is still to come, or a path, which computes the same.
 */
export function changeAt(before: TrainConfig, after: TrainConfig, step: number): StepEvent[] {
  const rates = firstOtherRate(before, after, step) !== undefined;
  const differing = SETTING_KEYS.filter(
    (key) => key !== "path" && before[key] !== after[key] && (rates || !SCHEDULE.includes(key)),
  );
  if (step === 0 || differing.length === 0) return [];
  const label = differing
    .map((key) => `${SETTINGS[key].label.toLowerCase()} ${before[key]} → ${after[key]}`)
    .join(", ");
  return [{ step, label }];
}
