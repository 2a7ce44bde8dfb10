/** Weights that came back without a checkpoint's metadata, as from PyTorch: what they lack is lent by a run. */
import { readSafetensors, refusalOf, shapeText, toFloat64 } from "../formats/safetensors.ts";
import { PARAMETERS, type Parameters, shapeOf } from "../model/tensors.ts";
import {
  type Checkpoint,
  CheckpointError,
  isCheckpoint,
  requireFinite,
  requireNotNegative,
} from "./checkpoint.ts";
import { sizesOf, type TrainConfig, trainConfig } from "./config.ts";
import type { Statistics } from "./evaluate.ts";

/** As much of a checkpoint as drawing, evaluating and checking need; without statistics, BatchNorm is still to be calibrated. */
export type LentWeights = Pick<Checkpoint, "config" | "vocabulary" | "words" | "parameters" | "generator"> &
  Partial<Statistics>;

/**
 * The seven parameters of a file without metadata, and its bnmean and bnvar if it has both. Sizes come from the shapes, all else from `like`.
 * Any floating-point type will do, and (H) for (1,H).
 * @param name what messages call the file
 * @throws CheckpointError, one line: for a checkpoint too, which has a vocabulary of its own
 */
export function decodeWeights(bytes: Uint8Array, name: string, like: Checkpoint): LentWeights {
  try {
    return decode(bytes, like);
  } catch (error) {
    throw new CheckpointError(`cannot use the weights in ${name}: ${refusalOf(error)}`, { cause: error });
  }
}

function decode(bytes: Uint8Array, like: Checkpoint): LentWeights {
  const { tensors, metadata } = readSafetensors(bytes);
  if (isCheckpoint(metadata))
    throw new CheckpointError("it is a checkpoint, with a vocabulary and words of its own; leave --like out");
  const missing = PARAMETERS.find((key) => !tensors.has(key));
  if (missing) throw new CheckpointError(`it has no tensor ${missing}; weights are ${PARAMETERS.join(", ")}`);
  const config = configOf(tensors.get("C")!.shape, tensors.get("W1")!.shape, like);
  const sizes = sizesOf(config, like.vocabulary.size);
  const floats = (key: string, shape: readonly number[]): Float32Array => {
    const t = tensors.get(key)!;
    if (!/^F/.test(t.dtype) || squeezed(t.shape) !== squeezed(shape))
      throw new CheckpointError(
        `tensor ${key} is ${t.dtype} ${shapeText(t.shape)}, but C and W1 imply floats ${shapeText(shape)}`,
      );
    const values = Float32Array.from(toFloat64(t));
    requireFinite(key, values, "every weight must be finite");
    return values;
  };
  const parameters = Object.fromEntries(PARAMETERS.map((key) => [key, floats(key, shapeOf(key, sizes))]));
  const { vocabulary, words, generator } = like;
  const weights = { config, vocabulary, words, generator, parameters: parameters as Parameters };
  // A step file has the bnvar of its minibatch, and no bnmean.
  if (!tensors.has("bnmean") || !tensors.has("bnvar")) return weights;
  const bnmean = floats("bnmean", shapeOf("bnmeani", sizes));
  return { ...weights, bnmean, bnvar: requireNotNegative("bnvar", floats("bnvar", shapeOf("bnvar", sizes))) };
}

/** The run's settings, with the sizes that C (V,E) and W1 (T·E,H) have. */
function configOf(
  C: readonly number[],
  W1: readonly number[],
  { config, vocabulary }: Checkpoint,
): TrainConfig {
  if (C.length !== 2 || W1.length !== 2)
    throw new CheckpointError(`C is ${shapeText(C)} and W1 ${shapeText(W1)}, but both have two axes`);
  const [[characters, embedding], [rows, hidden]] = [C, W1];
  if (characters !== vocabulary.size)
    throw new CheckpointError(
      `C has ${characters} rows, but the run knows ${vocabulary.size} characters; give --like a run with the alphabet of these weights`,
    );
  const context = rows / embedding;
  if (!Number.isInteger(context))
    throw new CheckpointError(`W1 has ${rows} rows, which is no multiple of the ${embedding} columns of C`);
  return trainConfig({ ...config, embedding, hidden, context });
}

/** A shape without its axes of 1. */
const squeezed = (shape: readonly number[]): string => shape.filter((n) => n !== 1).join();
