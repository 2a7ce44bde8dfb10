/**
 * backprop-ninja: train the BatchNorm character MLP of makemore part 4 on WebGPU, with hand-written kernels, and check
 * every gradient. Works in browsers (through a bundler) and under Node; files are in `backprop-ninja/node`.
 *
 * @example
 * const machine = await openMachine();
 * const config = trainConfig({ steps: 1000 });
 * const data = buildDataset(await loadBundledWords(), config);
 * const trainer = await Trainer.create({ machine, config, data });
 * await trainer.run((step, losses) => console.log(step, losses[0]));
 * console.log(await probabilities(machine, await trainer.model(), "an"));
 *
 * @module
 */

export { cpuMachine, type Precision } from "./cpu/machine.ts";
export { loadBundledWords } from "./data/bundled.ts";
export { DataError, type Progress } from "./data/error.ts";
export { buildDataset, type Dataset, Split } from "./data/examples.ts";
export { wordList } from "./data/list.ts";
export { sha256Hex } from "./data/sha256.ts";
export { Vocabulary } from "./data/vocabulary.ts";
export { parseWords, type WordList } from "./data/words.ts";
export { readSource, type Source, SourceError } from "./exercises/files.ts";
export { type GradeOptions, gradeLines } from "./exercises/judge.ts";
export { gradeKernel, type KernelOptions } from "./exercises/kernels/judge.ts";
export type { KernelReport, KernelRow } from "./exercises/kernels/report.ts";
export {
  type KernelLosses,
  type KernelTrained,
  type KernelTrainOptions,
  trainKernelBeside,
  withKernelTraining,
} from "./exercises/kernels/train.ts";
export type { LinesReport, LinesRow, Verdict } from "./exercises/report.ts";
export { type Trained, type Training, trainBeside, withTraining } from "./exercises/train.ts";
export {
  readSafetensors,
  SafetensorsError,
  type TensorData,
  writeSafetensors,
} from "./formats/safetensors.ts";
export type { AdapterChoice, Considered } from "./gpu/adapters.ts";
export {
  type DeviceOptions,
  listAdapters,
  NoAdapterError,
  type OpenedDevice,
  openDevice,
} from "./gpu/device.ts";
export { GpuFault } from "./gpu/faults.ts";
export { DeviceLostError, type Loss } from "./gpu/lasting.ts";
export { LimitError } from "./gpu/limits.ts";
export { gpuMachine } from "./gpu/machine.ts";
export { KernelError } from "./gpu/pipelines.ts";
export { type KernelVerdict, testKernel } from "./gpu/selftest.ts";
export type * from "./gpu/webgpu.ts";
export {
  ALL_PATHS,
  type AnyPath,
  calibrationPlan,
  evaluationPlan,
  PATHS,
  type Path,
  predictionPlan,
  type StepOptions,
  samplingPlan,
  stepPlan,
} from "./model/plans.ts";
export { registry } from "./model/registry.ts";
export {
  CMP,
  PARAMETERS,
  type ParameterName,
  type Parameters,
  parameterCount,
  type Sizes,
} from "./model/tensors.ts";
export type { Executable } from "./plan/executable.ts";
export { BusyError, ClosedError } from "./plan/life.ts";
export type { Machine } from "./plan/machine.ts";
export { MemoryError } from "./plan/memory.ts";
export type { Plan } from "./plan/plan.ts";
export { TorchGenerator } from "./random/torch.ts";
export { MismatchError } from "./train/belong.ts";
export {
  type CheckReport,
  type CheckRow,
  check,
  type Expected,
  type Gradients,
  gradients,
  type StepGradients,
  type TensorValues,
} from "./train/check.ts";
export {
  type Checkpoint,
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  modelOf,
  type WordSource,
  wordSource,
} from "./train/checkpoint.ts";
export {
  ConfigError,
  DEFAULTS,
  learningRate,
  PRESETS,
  resolvePath,
  sizesOf,
  type TrainConfig,
  trainConfig,
} from "./train/config.ts";
export { DivergenceError } from "./train/divergence.ts";
export { calibrate, evaluate, type Model, OverflowError, type Statistics } from "./train/evaluate.ts";
export { decodeWeights, type LentWeights } from "./train/lent.ts";
export type { Look } from "./train/look.ts";
export { type Backend, type MachineOptions, type OpenedMachine, openMachine } from "./train/open.ts";
export {
  type Member,
  Population,
  type PopulationOptions,
  type PopulationRunOptions,
} from "./train/population.ts";
export { embeddings, logProbabilities, logProbability, probabilities } from "./train/probability.ts";
export { type NameDetails, nameDetails, type SamplingEvents, sampleNames } from "./train/sampling.ts";
export { freshSeed, type SamplingOptions } from "./train/sampling_options.ts";
export { snapshot } from "./train/snapshot.ts";
export { initialState, type Resumable, type TrainingState } from "./train/state.ts";
export { firstStep, type Step } from "./train/step.ts";
export { encodeStepFile, readStepFile, StepFileError } from "./train/step_file.ts";
export { type RunOptions, Trainer, type TrainerOptions } from "./train/trainer.ts";
