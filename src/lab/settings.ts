/** The settings of a run as the fields of the form: which are shown, their text, and back. */
import { DEFAULTS, PRESETS, requireAllowed, type TrainConfig, trainConfig } from "../train/config.ts";
import type { Backend } from "../train/open.ts";
import { SAMPLING_NUMBERS } from "../train/sampling_options.ts";
import {
  applies,
  BACKEND,
  optionName,
  SETTING_KEYS,
  SETTINGS,
  type Setting,
  type SettingKey,
} from "../train/settings.ts";

/** Word lists to choose from; an address can name all but the reader's own. */
export type WordsChoice = "bundled" | "notebook" | "own";

/** Everything that decides what is trained, and on what. */
export interface Setup {
  readonly config: TrainConfig;
  readonly backend: Backend;
}

export type FieldKey = SettingKey | "backend";

/** The fields of the form. */
export const FIELDS: Readonly<Record<FieldKey, Setting>> = { ...SETTINGS, backend: BACKEND };
const FIELD_KEYS = Object.keys(FIELDS) as FieldKey[];

/** The fields that matter with an optimiser, group by group. */
export function groupsFor(optimizer: string): ReadonlyMap<string, readonly FieldKey[]> {
  const groups = new Map<string, FieldKey[]>();
  for (const key of FIELD_KEYS.filter((key) => applies(FIELDS[key], optimizer))) {
    const { group } = FIELDS[key];
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  return groups;
}

/** What the page calls the library's options: those of a run, and those of sampling that are not called alike. */
const LABELS: Readonly<Record<string, { readonly label: string }>> = {
  ...SAMPLING_NUMBERS,
  prefix: { label: "Prefix" },
  ...FIELDS,
};

/** The library's message with its `--options` as the forms label them. */
export const inLabels = (message: string): string =>
  Object.entries(LABELS).reduce(
    (text, [key, { label }]) => text.replaceAll(new RegExp(`--${optionName(key)}(?![\\w-])`, "g"), label),
    message,
  );

/** The text of every field. */
export type Draft = Readonly<Record<FieldKey, string>>;

export const draftOf = ({ config, backend }: Setup): Draft =>
  Object.fromEntries(
    Object.entries({ ...config, backend }).map(([key, value]) => [key, String(value)]),
  ) as Draft;

/** The fields that the form shows. Those of another optimiser keep their text, but count as default. */
export const shownOf = (draft: Draft): Partial<Draft> =>
  Object.fromEntries(
    FIELD_KEYS.filter((key) => applies(FIELDS[key], draft.optimizer)).map((key) => [key, draft[key]]),
  );

/**
 * The setup that the fields describe; absent ones are at their default.
 * @throws ConfigError for the first field with a value that is not allowed
 */
export function setupOf({ backend = BACKEND.default, ...draft }: Partial<Draft>): Setup {
  const given = Object.entries(draft).map(([key, text]) => [key, read(FIELDS[key as FieldKey], text)]);
  const config = trainConfig(Object.fromEntries(given) as Partial<TrainConfig>);
  requireAllowed("backend", BACKEND, backend);
  return { config, backend: backend as Backend };
}

export type FieldProblems = Readonly<Partial<Record<FieldKey, string>>>;

/** What is wrong with each of these fields that has a value that is not allowed. */
export function problemsOf(draft: Partial<Draft>): FieldProblems {
  const problems: Partial<Record<FieldKey, string>> = {};
  for (const [key, text] of Object.entries(draft) as [FieldKey, string][])
    try {
      requireAllowed(key, FIELDS[key], read(FIELDS[key], text));
    } catch (error) {
      problems[key] = inLabels((error as Error).message).replace(' is "";', " is empty;");
    }
  return problems;
}

/** The text itself if it is no such value, so that the error can quote it. */
function read({ type }: Setting, text: string): string | number | boolean {
  if (type === "choice" || type === "character") return text;
  if (type === "flag") return text === "true" || (text === "false" ? false : text);
  return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

export const DEFAULT_SETUP: Setup = { config: DEFAULTS, backend: "auto" };

/** Losses over the whole splits, in nats per character, that are known for some settings and the notebook's word list. */
export interface Goal {
  readonly by: string;
  readonly train: number;
  readonly dev: number;
}

/** Settings, with the losses to reach if those are known. */
export interface Preset {
  /** Its button's. */
  readonly label: string;
  readonly config: TrainConfig;
  readonly goal?: Goal;
}

export const PRESET_BUTTONS: readonly Preset[] = [
  { label: "Exercises 1–3", config: DEFAULTS },
  {
    label: "Exercise 4",
    config: trainConfig(PRESETS.notebook),
    // The notebook's own cells of exercise 4 in PyTorch 1.13.1 on a CPU: its generator's seed is 2147483647, and `torch.manual_seed(0)` stands
    // before bngain and bnbias, which the notebook leaves unseeded.
    goal: { by: "PyTorch 1.13.1", train: 2.0713, dev: 2.1118 },
  },
];

/** What is known for these settings; the path changes no more than rounding. */
export const goalOf = (config: TrainConfig): Goal | undefined =>
  PRESET_BUTTONS.find(({ config: preset }) =>
    SETTING_KEYS.every((key) => key === "path" || preset[key] === config[key]),
  )?.goal;
