/**
 * The settings of a run, each declared once. The command line, the page's form and address, the checkpoint and
 * {@link TrainConfig} all read this declaration; a new setting is one entry here.
 */
import { ALL_PATHS } from "../model/plans.ts";
import { BACKENDS } from "./open.ts";

export const OPTIMIZERS = ["sgd", "adamw"] as const;
export type Optimizer = (typeof OPTIMIZERS)[number];

interface Declaration<T> {
  readonly default: T;
  /** What it is, in words that follow its unit if it has one: "neurons", "in the hidden layer". */
  readonly help: string;
  /** Its name on the page. */
  readonly label: string;
  /** Its group in the page's form. */
  readonly group: "Network" | "Schedule" | "Optimiser" | "Words" | "Seeds and device";
  /** Its value in checkpoints from before the setting existed. Without it, every checkpoint has the setting. */
  readonly absent?: T;
  /** What a started run cannot change, because its weights or its state depend on it: the value, or only whether it is 0. */
  readonly fixed?: "value" | "zero";
  /** The first step depends on it, so `check` has it too. */
  readonly firstStep?: true;
  /** The only optimiser that has this setting. With another one it must be at its default. */
  readonly optimizer?: Optimizer;
}

export interface NumberSetting extends Declaration<number> {
  readonly type: "whole" | "real";
  /** The least and the greatest value allowed. */
  readonly range: readonly [least: number, most: number];
  /** Why the range ends there, if that needs saying. */
  readonly why?: string;
  readonly unit?: string;
}

export interface ChoiceSetting extends Declaration<string> {
  readonly type: "choice";
  readonly choices: readonly string[];
}

/** True where it is given. */
export interface FlagSetting extends Declaration<boolean> {
  readonly type: "flag";
}

/** One character that can be seen. */
export interface CharacterSetting extends Declaration<string> {
  readonly type: "character";
}

export type Setting = NumberSetting | ChoiceSetting | FlagSetting | CharacterSetting;

/** What decides which values are allowed. */
export type Limits = Setting | Pick<NumberSetting, "type" | "range" | "why">;

/** Of a learning rate and its decay: float32 holds their product at both ends. */
const FACTOR = [1e-12, 1e12] as const;
/** From 0 to the greatest float32 below 1. */
const BELOW_ONE = { range: [0, 0.99999994], why: "below 1 in float32" } as const;
export const SEED = [0, Number.MAX_SAFE_INTEGER] as const;
/** As in torch: MT19937 is begun with 32 bits. */
export const SAME_SEED = "its low 32 bits count, so 0 and 4,294,967,296 are the same";

const declared = {
  hidden: {
    group: "Network",
    label: "Hidden",
    help: "in the hidden layer",
    unit: "neurons",
    type: "whole",
    default: 64,
    range: [1, 2 ** 20],
    fixed: "value",
    firstStep: true,
  },
  embedding: {
    group: "Network",
    label: "Embedding",
    help: "in the embedding of a character",
    unit: "numbers",
    type: "whole",
    default: 10,
    range: [1, 2 ** 16],
    fixed: "value",
    firstStep: true,
  },
  context: {
    group: "Network",
    label: "Context",
    help: "that a prediction looks back on",
    unit: "characters",
    type: "whole",
    default: 3,
    range: [1, 1024],
    fixed: "value",
    firstStep: true,
  },
  batch: {
    group: "Schedule",
    label: "Batch",
    help: "in a minibatch, at least 2",
    unit: "examples",
    type: "whole",
    default: 32,
    range: [2, 2 ** 20],
    why: "BatchNorm divides by batch − 1",
    firstStep: true,
  },
  /** The run's total. */
  steps: {
    group: "Schedule",
    label: "Steps",
    help: "of the whole run",
    unit: "steps",
    type: "whole",
    default: 20_000,
    range: [1, 1e9],
  },
  lr: {
    group: "Schedule",
    label: "Learning rate",
    help: "learning rate, the size of an update; about 0.001 is usual with adamw",
    type: "real",
    default: 0.1,
    range: FACTOR,
  },
  /** Share of the total after which lr is multiplied by `decay`; 1 means never. */
  decayAt: {
    group: "Schedule",
    label: "Decay at",
    help: "after which the learning rate decays; 1 means never",
    unit: "share of the steps",
    type: "real",
    default: 0.5,
    range: [0, 1],
  },
  decay: {
    group: "Schedule",
    label: "Decay",
    help: "what the learning rate is multiplied by then",
    type: "real",
    default: 0.1,
    range: FACTOR,
  },
  keep: {
    group: "Schedule",
    label: "Keep",
    help: "the weights that are evaluated, sampled and saved: the last, or those of the lowest dev loss",
    type: "choice",
    choices: ["last", "best"],
    default: "last",
    absent: "last",
  },
  optimizer: {
    group: "Optimiser",
    label: "Optimiser",
    help: "how gradients become updates: torch.optim.SGD, the lecture's rule, or torch.optim.AdamW",
    type: "choice",
    choices: OPTIMIZERS,
    default: "sgd",
    absent: "sgd",
    fixed: "value",
  },
  /** As in torch.optim.SGD, without dampening or Nesterov: v ← momentum·v + g, p ← p − lr·v. At 0 no v is kept. */
  momentum: {
    group: "Optimiser",
    label: "Momentum",
    help: "of the previous step's direction that is added to the gradient; 0 is plain SGD",
    unit: "share",
    type: "real",
    default: 0,
    ...BELOW_ONE,
    absent: 0,
    fixed: "zero",
    optimizer: "sgd",
  },
  /** As in torch.optim.AdamW, of all seven parameters: p ← p − lr·weightDecay·p, before the update. */
  weightDecay: {
    group: "Optimiser",
    label: "Weight decay",
    help: "each step first multiplies all parameters by 1 − lr × this",
    type: "real",
    default: 0.01,
    range: [0, 1e12],
    absent: 0.01,
    optimizer: "adamw",
  },
  beta1: {
    group: "Optimiser",
    label: "Beta 1",
    help: "decay rate of the running mean of gradients",
    type: "real",
    default: 0.9,
    ...BELOW_ONE,
    absent: 0.9,
    optimizer: "adamw",
  },
  beta2: {
    group: "Optimiser",
    label: "Beta 2",
    help: "decay rate of the running mean of squared gradients",
    type: "real",
    default: 0.999,
    ...BELOW_ONE,
    absent: 0.999,
    optimizer: "adamw",
  },
  eps: {
    group: "Optimiser",
    label: "Epsilon",
    help: "added to the root that an update is divided by",
    type: "real",
    default: 1e-8,
    range: [1e-30, 1e12],
    why: "where all gradients are 0, an update is divided by it alone",
    absent: 1e-8,
    optimizer: "adamw",
  },
  keepSpaces: {
    group: "Words",
    label: "Keep spaces",
    help: "the spaces and tabs at the ends of a line are characters of its word",
    type: "flag",
    default: false,
    absent: true,
    fixed: "value",
    firstStep: true,
  },
  /** The character at index 0 of the vocabulary. */
  terminator: {
    group: "Words",
    label: "Terminator",
    help: "the character that marks the end of a word; no word has it",
    type: "character",
    default: ".",
    absent: ".",
    fixed: "value",
    firstStep: true,
  },
  /** Seeds the torch-compatible generator that draws C, W1, b1, W2, b2 and then the minibatches. */
  seed: {
    group: "Seeds and device",
    label: "Seed",
    help: `seed of C, W1, b1, W2, b2 and the minibatches; ${SAME_SEED}`,
    type: "whole",
    default: 2147483647,
    range: SEED,
    fixed: "value",
    firstStep: true,
  },
  /** Seeds the generator that draws bngain and bnbias, which the notebook leaves unseeded. */
  bnSeed: {
    group: "Seeds and device",
    label: "BatchNorm seed",
    help: `seed of bngain and bnbias; ${SAME_SEED}`,
    type: "whole",
    default: 0,
    range: SEED,
    fixed: "value",
    firstStep: true,
  },
  path: {
    group: "Seeds and device",
    label: "Path",
    help: "how many kernels a step is cut into: chunked has one for each line, fused fewer, single one for all",
    type: "choice",
    choices: ["auto", ...ALL_PATHS],
    default: "auto",
  },
} as const satisfies Readonly<Record<string, Setting>>;

type ValueOf<S> = S extends { readonly choices: readonly (infer C)[] }
  ? C
  : S extends { readonly type: "flag" }
    ? boolean
    : S extends { readonly type: "character" }
      ? string
      : number;

/** Everything that decides what is trained, except the words. */
export type TrainConfig = { readonly [K in keyof typeof declared]: ValueOf<(typeof declared)[K]> };
export type SettingKey = keyof TrainConfig;

export const SETTINGS: Readonly<Record<SettingKey, Setting>> = declared;
/** In the order of a `config`. */
export const SETTING_KEYS = Object.keys(declared) as SettingKey[];

/** What computes. It is chosen with the settings, but belongs to the machine, and no checkpoint keeps it. */
export const BACKEND: ChoiceSetting = {
  group: "Seeds and device",
  label: "Backend",
  help: "what computes: the GPU, the CPU reference, which is plain loops, or the best there is",
  type: "choice",
  choices: BACKENDS,
  default: "auto",
};

/** A setting's name on the command line, without its dashes, and in an address: `decay-at`. */
export const optionName = (key: string): string => key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** Whether the optimiser has the setting: one of another optimiser must be at its default, and the form leaves it out. */
export const applies = (setting: Setting, optimizer: string): boolean =>
  setting.optimizer === undefined || setting.optimizer === optimizer;

/** What a setting is, for people: "neurons in the hidden layer". */
export const describeSetting = (setting: Setting): string =>
  "unit" in setting && setting.unit ? `${setting.unit} ${setting.help}` : setting.help;
