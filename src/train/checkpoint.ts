/** Checkpoints: safetensors that PyTorch opens. The metadata has all that is needed to go on bit for bit. */
import { quote, show } from "../data/error.ts";
import { requireList } from "../data/list.ts";
import { sha256Hex } from "../data/sha256.ts";
import { Vocabulary } from "../data/vocabulary.ts";
import type { WordList } from "../data/words.ts";
import {
  readSafetensors,
  refusalOf,
  shapeText,
  type TensorData,
  writeSafetensors,
} from "../formats/safetensors.ts";
import { stateOf } from "../model/optimizers.ts";
import { PARAMETERS, type Parameters, shapeOf } from "../model/tensors.ts";
import { TorchGenerator } from "../random/torch.ts";
import { type Broken, isBroken } from "./broken.ts";
import { sizesOf, type TrainConfig, trainConfig } from "./config.ts";
import type { Model, Statistics } from "./evaluate.ts";
import { updateRuleOf } from "./optimizer.ts";
import { parameterOf, weightArrays } from "./parameters.ts";
import { SETTING_KEYS, SETTINGS } from "./settings.ts";
import type { Best, TrainingState } from "./state.ts";

/** Where the words came from: a path, or the bundled list's name; and what they were. */
export interface WordSource {
  readonly source: string;
  /** Of the words joined by newlines, in hex. */
  readonly sha256: string;
  /** Where the list was, as an absolute path, if it was a file: `source` may be relative to a folder that nobody remembers. */
  readonly path?: string;
}

/** Names a list and its contents, so that a resumed run can tell whether it has the same words. */
export async function wordSource(list: WordList): Promise<WordSource> {
  requireList(list);
  return {
    source: list.source,
    sha256: await sha256Hex(new TextEncoder().encode(list.words.join("\n"))),
  };
}

/** A run as it stands, with the statistics of the weights that it keeps: the last ones, or the best. */
export interface Checkpoint extends TrainingState, Statistics {
  readonly config: TrainConfig;
  readonly vocabulary: Vocabulary;
  readonly words: WordSource;
}

const FORMAT = "backprop-ninja checkpoint";
const VERSION = "1";

/** Not a checkpoint, or one that cannot be trusted. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
}

/** What inference needs of a checkpoint: the weights that the run keeps. */
export const modelOf = (
  c: Pick<Checkpoint, "config" | "vocabulary" | "parameters" | "best" | keyof Statistics>,
): Model => ({
  sizes: sizesOf(c.config, c.vocabulary.size),
  parameters: (c.best ?? c).parameters,
  bnmean: c.bnmean,
  bnvar: c.bnvar,
  vocabulary: c.vocabulary,
});

/** The step whose weights {@link modelOf} gives. */
export const modelStep = (c: Pick<Checkpoint, "step" | "best">): number => (c.best ?? c).step;

/** Where a file has the last weights, if those that the run keeps are others. */
const LAST = "last.";

/**
 * The file's bytes. The same checkpoint gives the same bytes but for `created`, which always has the same length.
 * @param created when, for people; nothing depends on it
 * @throws CheckpointError for weights that {@link decodeCheckpoint} would refuse
 */
export function encodeCheckpoint(c: Checkpoint, created: Date = new Date()): Uint8Array {
  const sizes = sizesOf(c.config, c.vocabulary.size);
  const tensor = (key: string, shape: number[], values: Float32Array): [string, TensorData] => {
    requireFinite(key, values, "training diverged: lower --lr");
    return [key, { dtype: "F32", shape, data: Float32Array.from(values) }];
  };
  const { best } = c;
  const last =
    best && best.step !== c.step ? PARAMETERS.map((n) => [LAST + n, c.parameters[n]] as const) : [];
  const kept = best ? { ...c, parameters: best.parameters } : c;
  return writeSafetensors(
    Object.fromEntries([
      ...[...weightArrays(kept), ...last].map(([key, values]) =>
        tensor(key, shapeOf(parameterOf(key), sizes), values),
      ),
      tensor("bnmean", shapeOf("bnmeani", sizes), c.bnmean),
      tensor("bnvar", shapeOf("bnvar", sizes), c.bnvar),
    ]),
    {
      format: FORMAT,
      version: VERSION,
      created: created.toISOString(),
      step: String(c.step),
      ...(best && { best: JSON.stringify({ step: best.step, dev: best.dev }) }),
      ...(c.broken?.length && { broken: JSON.stringify(c.broken) }),
      config: JSON.stringify(c.config),
      vocabulary: JSON.stringify(c.vocabulary.characters),
      words: JSON.stringify(c.words),
      generator: toBase64(c.generator),
      bnGenerator: toBase64(c.bnGenerator),
    },
  );
}

/**
 * @param name what messages call the file
 * @throws CheckpointError, one line, for anything that is not a sound checkpoint
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  try {
    return decode(bytes);
  } catch (error) {
    throw new CheckpointError(`cannot use checkpoint ${name}: ${refusalOf(error)}`, { cause: error });
  }
}

/** Whether a safetensors file calls itself one of ours. */
export const isCheckpoint = (metadata: ReadonlyMap<string, string>): boolean =>
  metadata.get("format") === FORMAT;

function decode(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes);
  if (!isCheckpoint(metadata) && PARAMETERS.every((name) => tensors.has(name)))
    throw new CheckpointError(
      "it has weights, but not the metadata of a checkpoint, which PyTorch drops when it saves one again; in the terminal, sample, evaluate and check take that of a run with --like RUN",
    );
  const field = (key: string): string => {
    const value = metadata.get(key);
    if (value === undefined)
      throw new CheckpointError(`its metadata has no ${key}; was it written by train?`);
    return value;
  };
  if (!isCheckpoint(metadata))
    throw new CheckpointError(`its format is ${quote(field("format"))}, not "${FORMAT}"`);
  if (field("version") !== VERSION)
    throw new CheckpointError(
      `it has format version ${quote(field("version"))}, but this program reads version ${VERSION}`,
    );

  const config = configOf(json(field("config"), "config"));
  const step = Number(field("step"));
  if (!/^\d+$/.test(field("step")) || !Number.isSafeInteger(step))
    throw new CheckpointError(`its step is ${quote(field("step"))}, not a whole number`);
  const characters = json(field("vocabulary"), "vocabulary");
  if (!Array.isArray(characters) || !characters.every((c) => typeof c === "string"))
    throw new CheckpointError("its vocabulary is not a list of characters");
  const vocabulary = Vocabulary.fromCharacters(characters, "its vocabulary", config.terminator);
  const words = json(field("words"), "words") as Partial<WordSource> | null;
  if (
    typeof words?.source !== "string" ||
    typeof words.sha256 !== "string" ||
    !/^[0-9a-f]{64}$/.test(words.sha256)
  )
    throw new CheckpointError("its words field must have a source and a SHA-256 in hex");

  const sizes = sizesOf(config, vocabulary.size);
  const floats = (key: string, shape: number[]): Float32Array => {
    const t = tensors.get(key);
    if (t?.dtype !== "F32" || t.shape.join() !== shape.join())
      throw new CheckpointError(
        `tensor ${key} is ${t ? `${t.dtype} ${shapeText(t.shape)}` : "absent"}, but its config implies F32 ${shapeText(shape)}`,
      );
    requireFinite(key, t.data, "every weight must be finite");
    return t.data;
  };
  /** The seven tensors under `prefix`: the parameters themselves, or what the optimiser keeps for them. */
  const seven = (prefix = ""): Parameters =>
    Object.fromEntries(PARAMETERS.map((n) => [n, floats(prefix + n, shapeOf(n, sizes))])) as Parameters;
  const optimizer = Object.fromEntries(
    stateOf(updateRuleOf(config)).map((kept) => [kept, seven(`${kept}.`)]),
  );
  for (const [n, values] of Object.entries(optimizer.exp_avg_sq ?? {}))
    requireNotNegative(`exp_avg_sq.${n}`, values, "a mean of squares");
  const kept = seven();
  const best = metadata.has("best")
    ? { ...bestOf(json(field("best"), "best"), step), parameters: kept }
    : undefined;
  return {
    config,
    step,
    vocabulary,
    words: {
      source: words.source,
      sha256: words.sha256,
      ...(typeof words.path === "string" && { path: words.path }),
    },
    parameters: best && best.step < step ? seven(LAST) : kept,
    ...(best && { best }),
    ...(metadata.has("broken") && { broken: brokenOf(json(field("broken"), "broken")) }),
    optimizer,
    bnmean: floats("bnmean", shapeOf("bnmeani", sizes)),
    bnvar: requireNotNegative("bnvar", floats("bnvar", shapeOf("bnvar", sizes))),
    generator: generatorState(field("generator"), "generator"),
    bnGenerator: generatorState(field("bnGenerator"), "bnGenerator"),
  };
}

/** When and how good the weights were that the run keeps. */
function bestOf(stored: unknown, last: number): Omit<Best, "parameters"> {
  const { step, dev } = (stored ?? {}) as Partial<Best>;
  if (!Number.isInteger(step) || !((step as number) >= 0 && (step as number) <= last))
    throw new CheckpointError(`its best step is ${show(step)}, not a whole number up to its step, ${last}`);
  // JSON has no infinity.
  if (dev !== null && typeof dev !== "number")
    throw new CheckpointError(`its best dev loss is ${show(dev)}, not a number`);
  return { step: step as number, dev: dev ?? Number.POSITIVE_INFINITY };
}

function brokenOf(stored: unknown): Broken {
  if (isBroken(stored)) return stored;
  throw new CheckpointError("its broken field does not say which steps had a broken gradient");
}

/** Settings that did not exist yet get the value that was in force then, not today's default: an older run goes on as it began. */
function configOf(stored: unknown): TrainConfig {
  if (typeof stored !== "object" || stored === null || Array.isArray(stored))
    throw new CheckpointError(`its config is ${show(stored)}, not settings by name`);
  const missing = SETTING_KEYS.filter((key) => !Object.hasOwn(stored, key));
  const lost = missing.find((key) => SETTINGS[key].absent === undefined);
  if (lost !== undefined) throw new CheckpointError(`its config has no ${lost}`);
  const older = Object.fromEntries(missing.map((key) => [key, SETTINGS[key].absent]));
  return trainConfig({ ...older, ...stored });
}

/** @throws CheckpointError */
export function requireFinite(key: string, values: Float32Array, remedy: string): void {
  const bad = values.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) throw new CheckpointError(`tensor ${key} holds ${values[bad]} at ${bad}; ${remedy}`);
}

/** The values. @throws CheckpointError */
export function requireNotNegative(key: string, values: Float32Array, what = "a variance"): Float32Array {
  const at = values.findIndex((x) => x < 0);
  if (at >= 0)
    throw new CheckpointError(`tensor ${key} holds ${values[at]} at ${at}, but ${what} is 0 or more`);
  return values;
}

function json(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CheckpointError(`its ${key} is not JSON`);
  }
}

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** A state that a generator accepts. */
function generatorState(text: string, key: string): Uint8Array {
  try {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return TorchGenerator.fromState(bytes).getState();
  } catch (error) {
    throw new CheckpointError(`its ${key} cannot be restored: ${(error as Error).message}`);
  }
}
