/** The configuration in an address: its fragment holds the settings that differ from the defaults. */
import { quote } from "../data/error.ts";
import { ALL_PATHS, type AnyPath } from "../model/plans.ts";
import { RANGE_STEPS } from "../sweep/lr_range.ts";
import { ConfigError } from "../train/config.ts";
import { optionName } from "../train/settings.ts";
import { fromAddress, type Networks, ONE, toAddress } from "./population/networks.ts";
import {
  DEFAULT_SETUP,
  type Draft,
  draftOf,
  FIELDS,
  type Setup,
  setupOf,
  type WordsChoice,
} from "./settings.ts";

export const TABS = ["walk", "exercises", "train", "check", "device"] as const;
export type Tab = (typeof TABS)[number];
/** Of an address that names none. */
export const FIRST_TAB: Tab = "train";

/** Most characters of a text in an address: longer ones are cut by some of the programs that pass them on. */
export const MOST_LINK = 8000;

export interface Address extends Setup {
  /** An address cannot hold `own` words: they are left out. */
  readonly words: WordsChoice;
  /** One network if absent. */
  readonly networks?: Networks;
  readonly tab: Tab;
  /** The tensor that is open in the check or the exercise. */
  readonly tensor?: string;
  /** The level of fusion that the check shows; chunked if absent. */
  readonly level?: AnyPath;
  /** The exercise that is open. */
  readonly exercise?: string;
  /** The stop of the walk that is open. */
  readonly stop?: string;
  /** A text for it, in the characters of an address; whoever opens the link decides whether to use it. */
  readonly text?: string;
}

const WORDS: readonly WordsChoice[] = ["bundled", "notebook"];

/** What an address says of what is open in a tab. */
const OPEN: Readonly<Partial<Record<Tab, readonly ("stop" | "exercise" | "tensor" | "level" | "text")[]>>> = {
  walk: ["stop"],
  exercises: ["exercise", "tensor", "text"],
  check: ["tensor", "level"],
};

/** The fields of an address that names none: a search for a learning rate trains few steps, as on the command line. */
export const defaultsWith = ({ kind }: Networks): Draft => ({
  ...draftOf(DEFAULT_SETUP),
  ...(kind === "range" && { steps: String(RANGE_STEPS) }),
});

/** For instance `hidden=200&decay-at=0.7&words=notebook`; empty where everything is at its default. */
export function toFragment(address: Address): string {
  const { networks = ONE } = address;
  const defaults = defaultsWith(networks);
  const settings = Object.entries(draftOf(address)).filter(
    ([key, text]) => text !== defaults[key as keyof Draft],
  );
  const pairs = settings.map(([key, text]) => [optionName(key), text]);
  pairs.push(...Object.entries(toAddress(networks)));
  if (address.words === "notebook") pairs.push(["words", address.words]);
  if (address.tab !== FIRST_TAB) pairs.push(["tab", address.tab]);
  const open = OPEN[address.tab] ?? [];
  for (const name of open) if (address[name]) pairs.push([name, address[name]]);
  return new URLSearchParams(pairs).toString();
}

/** The fragment of an exercise with a text, and of nothing else. */
export const exerciseFragment = (exercise: string, text: string): string =>
  toFragment({ ...DEFAULT_SETUP, words: "bundled", tab: "exercises", exercise, text });

/**
 * What a fragment says, in the spelling of the command line (`decay-at`) or of the library (`decayAt`); the rest is at its default.
 * @throws ConfigError for the first name that is unknown or value that is not allowed; nothing of the address is used then
 */
export function fromFragment(fragment: string): Address {
  const names = Object.keys(FIELDS).map(optionName);
  const keys = new Map(
    Object.keys(FIELDS).flatMap((key) => [key, optionName(key)].map((name) => [name, key])),
  );
  const draft: Record<string, string> = {};
  const others = {
    words: WORDS[0] as string,
    tab: FIRST_TAB as string,
    stop: "",
    exercise: "",
    tensor: "",
    level: "",
    text: "",
    population: "",
    "lr-range": "",
  };
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    const key = keys.get(name) ?? (name === "lrRange" ? "lr-range" : name);
    if (Object.hasOwn(FIELDS, key)) draft[key] = value;
    else if (Object.hasOwn(others, key)) others[key as keyof typeof others] = value;
    else
      throw new ConfigError(
        `the address sets ${quote(name)}, which is not a setting; the settings are ${[...names, ...Object.keys(others)].join(", ")}`,
      );
    if (seen.has(key)) throw new ConfigError(`the address sets ${name} twice; set it once`);
    seen.add(key);
  }
  const words = oneOf(WORDS, "words", others.words);
  const tab = oneOf(TABS, "tab", others.tab);
  const [stop, exercise, tensor, text] = [others.stop, others.exercise, others.tensor, others.text].map(
    (value) => value || undefined,
  );
  if (text !== undefined) requireLink(text);
  const networks = fromAddress(others);
  const { steps } = defaultsWith(networks);
  const level = others.level === "" ? undefined : oneOf(ALL_PATHS, "level", others.level);
  return {
    ...setupOf({ steps, ...draft }),
    ...(networks.kind !== "one" && { networks }),
    words,
    tab,
    stop,
    exercise,
    tensor,
    text,
    level,
  };
}

function requireLink(text: string): void {
  if (text.length > MOST_LINK)
    throw new ConfigError(
      `the address's text has ${text.length} characters, and at most ${MOST_LINK} are read; ask for a file instead`,
    );
  const wrong = /[^\w-]/.exec(text)?.[0];
  if (wrong !== undefined)
    throw new ConfigError(
      `the address's text has the character ${quote(wrong)}, which no text in an address has; ask for the link again`,
    );
}

function oneOf<T extends string>(choices: readonly T[], name: string, value: string): T {
  const choice = choices.find((c) => c === value);
  if (choice === undefined)
    throw new ConfigError(
      `the address sets ${name} to ${quote(value)}; it must be one of ${choices.join(", ")}`,
    );
  return choice;
}
