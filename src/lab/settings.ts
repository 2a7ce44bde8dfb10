/** The settings of a run as the page knows them: their labels, their text in the form, and back. */
import { quote } from "../data/error.ts";
import { ALL_PATHS } from "../model/plans.ts";
import { ConfigError, DEFAULTS, PRESETS, RANGES, type TrainConfig, trainConfig } from "../train/config.ts";
import { BACKENDS, type Backend } from "../train/open.ts";

/** Word lists that an address can name; one of the reader's own cannot travel. */
export type WordsChoice = "bundled" | "notebook" | "own";

/** Everything that decides what is trained, and on what. */
export interface Setup {
  readonly config: TrainConfig;
  readonly backend: Backend;
}

export type SettingKey = keyof TrainConfig | "backend";

export interface Setting {
  readonly key: SettingKey;
  readonly label: string;
  readonly hint: string;
  /** For a choice; a number has the range of the library instead. */
  readonly choices?: readonly string[];
}

export const SETTINGS: readonly { readonly title: string; readonly settings: readonly Setting[] }[] = [
  {
    title: "Network",
    settings: [
      { key: "hidden", label: "Hidden", hint: "neurons of the hidden layer" },
      { key: "embedding", label: "Embedding", hint: "numbers per character" },
      { key: "context", label: "Context", hint: "characters a prediction looks back on" },
    ],
  },
  {
    title: "Schedule",
    settings: [
      { key: "batch", label: "Batch", hint: "examples per step" },
      { key: "steps", label: "Steps", hint: "the run's total" },
      { key: "lr", label: "Learning rate", hint: "size of a step along the gradient" },
      {
        key: "decayAt",
        label: "Decay at",
        hint: "share of the steps after which the rate decays; 1 is never",
      },
      { key: "decay", label: "Decay", hint: "what the rate is multiplied by then" },
    ],
  },
  {
    title: "Seeds and device",
    settings: [
      { key: "seed", label: "Seed", hint: "of C, W1, b1, W2, b2 and the minibatches" },
      { key: "bnSeed", label: "BatchNorm seed", hint: "of bngain and bnbias" },
      {
        key: "path",
        label: "Path",
        hint: "how far the step is fused into few kernels",
        choices: ["auto", ...ALL_PATHS],
      },
      { key: "backend", label: "Backend", hint: "what computes", choices: BACKENDS },
    ],
  },
];

const ALL: readonly Setting[] = SETTINGS.flatMap((group) => group.settings);

/** A setting's name on the command line and in an address: `decay-at`. */
export const optionName = (key: string): string => key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

export const labelOf = (key: SettingKey): string => ALL.find((s) => s.key === key)?.label ?? key;

/** The library's message with its `--options` as the form labels them. */
export function inLabels(message: string): string {
  return ALL.reduce(
    (text, { key, label }) => text.replaceAll(new RegExp(`--${optionName(key)}(?![\\w-])`, "g"), label),
    message,
  );
}

/** The text of every field. */
export type Draft = Readonly<Record<SettingKey, string>>;

export const draftOf = ({ config, backend }: Setup): Draft =>
  Object.fromEntries(ALL.map(({ key }) => [key, String(key === "backend" ? backend : config[key])])) as Draft;

/**
 * What the fields say.
 * @throws ConfigError for the first that cannot be
 */
export function setupOf(draft: Partial<Draft>): Setup {
  const given = Object.entries(draft)
    .filter(([key]) => key !== "backend")
    .map(([key, text]) => [key, key in RANGES ? numberOf(text) : text]);
  const config = trainConfig(Object.fromEntries(given) as Partial<TrainConfig>);
  const { backend = DEFAULT_SETUP.backend } = draft;
  if (!BACKENDS.some((b) => b === backend))
    throw new ConfigError(`--backend is ${quote(backend)}; it must be one of ${BACKENDS.join(", ")}`);
  return { config, backend: backend as Backend };
}

/** The text itself where it says no number, so that the refusal shows it. */
const numberOf = (text: string): number | string =>
  text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);

export const DEFAULT_SETUP: Setup = { config: DEFAULTS, backend: "auto" };

/** Settings by the name of their button. */
export const PRESET_BUTTONS: readonly { readonly label: string; readonly config: TrainConfig }[] = [
  { label: "Seed network", config: DEFAULTS },
  { label: "Exercise 4", config: trainConfig(PRESETS.notebook) },
];
