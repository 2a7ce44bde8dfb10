/** What does not belong together is refused where it meets, in one line that has both. */
import { describe, expect, it } from "vitest";
import * as ninja from "../../src/index.ts";
import { dataset as data, words as source, tinyConfig } from "../train/data.ts";

const strings = Array.from({ length: 60 }, (_, i) => `${"abcdefghi"[i % 9]}${"ihgfedcba"[(i * i) % 9]}`);
const list = ninja.wordList(strings);
const machine = ninja.cpuMachine();
const config = tinyConfig({ steps: 20 });
const wide = tinyConfig({ context: 5 });
const trainer = await ninja.Trainer.create({ machine, config, data });
const checkpoint = await ninja.snapshot(machine, trainer, data, source);
const model = ninja.modelOf(checkpoint);
const step = ninja.firstStep(trainer.sizes, trainer.state(), data.train);

/** As a program in JavaScript, which no compiler warns. */
const js = ninja as unknown as Record<string, (...args: unknown[]) => unknown>;
const create = (o: object) => ninja.Trainer.create({ machine, config, ...o } as ninja.TrainerOptions);

/** As many words, in which "j" takes the place of "a". */
const other = ninja.buildDataset(ninja.wordList(strings.map((w) => w.replaceAll("a", "j"))), config);
const few = ninja.buildDataset(ninja.wordList(strings.map((w) => w.replaceAll("i", "a"))), config);
const own = ninja.buildDataset(list, config);
const none = new ninja.Split(data.dev.tokens.subarray(0, 0), 3);
const WITH_CONFIG = "make the data with buildDataset(words, config)";
const FOR_MODEL = "make the data with buildDataset(words, { context: 3, vocabulary: model.vocabulary })";

const cases: readonly (readonly [what: string, misuse: () => unknown, refusal: string])[] = [
  [
    "data and configuration",
    () => create({ config: wide, data }),
    `MismatchError: the data has context 3, but the configuration has context 5; ${WITH_CONFIG}`,
  ],
  [
    "a split and configuration",
    () => create({ config: wide, train: data.train, vocabulary: 10 }),
    `MismatchError: the data has context 3, but the configuration has context 5; ${WITH_CONFIG}`,
  ],
  [
    "a split and a number of characters",
    () => create({ train: data.train, vocabulary: 5 }),
    `MismatchError: the data has 10 characters, but the configuration has 5; ${WITH_CONFIG}`,
  ],
  [
    "tokens and a number of characters",
    () => create({ train: new ninja.Split(data.train.tokens, 3), vocabulary: 9 }),
    `MismatchError: the data has 10 characters, but the configuration has 9; ${WITH_CONFIG}`,
  ],
  [
    "a vocabulary for its size",
    () => create({ train: data.train, vocabulary: data.vocabulary }),
    "TypeError: vocabulary is an object; give the number of characters, data.vocabulary.size",
  ],
  [
    "words that end in another way",
    () => create({ config: { ...config, terminator: "|" }, data }),
    `MismatchError: the data's terminator is ".", but the configuration's is "|"; ${WITH_CONFIG}`,
  ],
  [
    "settings that were not completed",
    () => create({ config: { hidden: 11, steps: 5 }, data }),
    "TypeError: the configuration has no embedding; make it with trainConfig({ … })",
  ],
  [
    "a whole dataset for a split",
    () => create({ train: data, vocabulary: 10 }),
    "TypeError: the examples are an object; give a split: data.train, data.dev or data.test",
  ],
  [
    "no examples",
    () => create({ train: none, vocabulary: 10 }),
    "DataError: the split has no examples; give one that has some",
  ],
  [
    "a checkpoint and a configuration",
    () => create({ data, state: checkpoint, config: tinyConfig({ hidden: 12 }) }),
    "MismatchError: the checkpoint has hidden 11, but the configuration has hidden 12, which a started run cannot change; make the configuration with trainConfig({ ...checkpoint.config, steps })",
  ],
  [
    "a checkpoint and other words",
    () => create({ data: other, state: checkpoint }),
    'MismatchError: character 1 is "a" in the checkpoint, but "b" in the data; make the data with buildDataset(words, { ...config, vocabulary: checkpoint.vocabulary })',
  ],
  [
    "a state and a configuration",
    () => create({ data, state: trainer.state(), config: tinyConfig({ embedding: 4 }) }),
    "MismatchError: the state has C with 30 elements, but the sizes imply the shape (10,4)",
  ],
  [
    "a state and an optimiser",
    () => create({ data, state: trainer.state(), config: tinyConfig({ momentum: 0.9 }) }),
    "MismatchError: the state has nothing of an optimiser, but the configuration's optimiser keeps momentum_buffer; make the configuration with trainConfig({ ...checkpoint.config, steps })",
  ],
  [
    "a model for a state",
    () => create({ data, state: model }),
    "TypeError: the state is an object; give trainer.state(), or a checkpoint",
  ],
  [
    "a trainer and data",
    () => ninja.snapshot(machine, trainer, own, source),
    "MismatchError: the data has 144 training examples, but the trainer's has 4,943; give the data that it was created with",
  ],
  [
    "data and a list",
    () => ninja.snapshot(machine, trainer, data, list),
    "MismatchError: the list has 60 words, but the data has 1,000; give the list that the data was made of",
  ],
  [
    "words without spaces and a configuration with them",
    () =>
      create({
        data: ninja.buildDataset(ninja.wordList(strings.map((w) => ` ${w}`)), { context: 3 }),
        config: { ...config, keepSpaces: true },
      }),
    `MismatchError: 60 words of the data lost the spaces around them, but the configuration keeps spaces; ${WITH_CONFIG}`,
  ],
  [
    "words with spaces and a configuration without them",
    () => {
      const spaced = ninja.wordList(strings.map((w) => ` ${w}`));
      return create({ data: ninja.buildDataset(spaced, { context: 3, keepSpaces: true }), config });
    },
    `MismatchError: 60 words of the data kept the spaces around them, but the configuration strips spaces; ${WITH_CONFIG}`,
  ],
  [
    "a word list for data",
    () => create({ data: list }),
    "TypeError: the data is an object; give that of buildDataset(words, config)",
  ],
  [
    "a model and a split of other words",
    () => ninja.evaluate(machine, model, other.dev),
    `MismatchError: character 1 is "b" in the data, but "a" in the model; ${FOR_MODEL}`,
  ],
  [
    "a model and a split of fewer characters",
    () => ninja.evaluate(machine, model, few.dev),
    `MismatchError: the data has 9 characters, but the model has 10; ${FOR_MODEL}`,
  ],
  [
    "a model and a split of another context",
    () => ninja.evaluate(machine, model, ninja.buildDataset(list, { context: 4 }).dev),
    `MismatchError: the data has context 4, but the model has context 3; ${FOR_MODEL}`,
  ],
  [
    "a model and no examples",
    () => ninja.evaluate(machine, model, none),
    "DataError: the split has no examples; give one that has some",
  ],
  [
    "a model and nothing",
    () => js.evaluate(machine, model),
    "TypeError: the examples are undefined; give a split: data.train, data.dev or data.test",
  ],
  [
    "a checkpoint for a model",
    () => js.evaluate(machine, checkpoint, data.dev),
    "TypeError: the model is a whole checkpoint; give modelOf(checkpoint), or await trainer.model()",
  ],
  [
    "a checkpoint for a model to sample from",
    () => js.sampleNames(machine, checkpoint, data.vocabulary, { count: 1, seed: 1 }),
    "TypeError: the model is a whole checkpoint; give modelOf(checkpoint), or await trainer.model()",
  ],
  [
    "a model and a vocabulary to sample in",
    () => ninja.sampleNames(machine, model, few.vocabulary, { count: 1, seed: 1 }),
    "MismatchError: the vocabulary has 9 characters, but the model has 10; leave the vocabulary out: a model knows its own",
  ],
  [
    "a model's parts",
    () => ninja.evaluate(machine, { ...model, bnmean: new Float32Array(5) }, data.dev),
    "MismatchError: the model has bnmean with 5 elements, but the sizes imply the shape (1,11)",
  ],
  [
    "a model that has forgotten its characters",
    () => ninja.probabilities(machine, { ...model, vocabulary: undefined }, ""),
    "TypeError: the model does not know its characters; give modelOf(checkpoint), or await trainer.model()",
  ],
  [
    "parameters and sizes",
    () => ninja.calibrate(machine, { ...trainer.sizes, hidden: 9 }, model.parameters, data.train),
    "MismatchError: the network has W1 with 99 elements, but the sizes imply the shape (9,9)",
  ],
  [
    "sizes and a split",
    () => ninja.firstStep({ ...trainer.sizes, context: 1, embedding: 3 }, trainer.state(), data.train),
    "MismatchError: the state has W1 with 99 elements, but the sizes imply the shape (3,11)",
  ],
  [
    "a step's parts",
    () => ninja.check(machine, { ...step, Xb: step.Xb.subarray(1) }, { path: "fused" }),
    "MismatchError: the step's Xb has 20 elements, but its sizes imply 21",
  ],
  [
    "a step's tokens and characters",
    () => ninja.gradients(machine, { ...step, Yb: step.Yb.map((_, i) => (i === 2 ? 10 : 0)) }),
    "MismatchError: the step's Yb holds 10 at 2, but its vocabulary has 10 characters",
  ],
  [
    "exercise 4 and a split of another context",
    () =>
      ninja.trainBeside("dlogits = 0", {
        steps: 1,
        train: ninja.buildDataset(list, { context: 4 }).train,
        vocabulary: 10,
      }),
    `MismatchError: the data has context 4, but the configuration has context 3; ${WITH_CONFIG}`,
  ],
  [
    "a path that there is not",
    () => js.check(machine, step, { path: "fussed" }),
    "PlanError: no fussed path: the paths are chunked, fused, single",
  ],
  [
    "an array for a word list",
    () => js.buildDataset(strings, config),
    "DataError: the word list is an array; make one with wordList(strings), parseWords(bytes, name) or loadBundledWords().",
  ],
  [
    "an array for a word list, to name it",
    () => js.wordSource(strings),
    "DataError: the word list is an array; make one with wordList(strings), parseWords(bytes, name) or loadBundledWords().",
  ],
  [
    "no options",
    () => js.buildDataset(list),
    "RangeError: context is undefined; it must be an integer of at least 1.",
  ],
  [
    "a number for a vocabulary",
    () => js.buildDataset(list, { context: 3, vocabulary: 27 }),
    "DataError: vocabulary is 27; give a Vocabulary, such as a checkpoint's, or leave it out for the list's own.",
  ],
  [
    "text for bytes",
    () => js.parseWords("emma\nolivia", "mine"),
    'DataError: mine: parseWords takes the bytes of a file, not "emma\\nolivia"; wordList makes a list of strings.',
  ],
  [
    "text for strings",
    () => js.wordList("emma\nolivia"),
    'DataError: a list of strings: it is "emma\\nolivia"; give a list of strings, one for each word.',
  ],
  [
    "two words in one string",
    () => ninja.wordList([...strings, "em\nma"], "mine"),
    'DataError: mine: element 60, "em\\nma", has a line break; give one word each.',
  ],
  [
    "few strings",
    () => ninja.wordList(["emma", " ", "olivia"]),
    "DataError: a list of strings: 2 words, but at least 10 are needed; give one string for each word.",
  ],
  [
    "a machine that is still being opened",
    () => js.evaluate(ninja.openMachine("cpu"), model, data.dev),
    "TypeError: the machine is still being opened; give await openMachine(), or cpuMachine()",
  ],
  [
    "no machine",
    () => create({ machine: undefined, data }),
    "TypeError: the machine is none; give await openMachine(), or cpuMachine()",
  ],
  [
    "nothing to train on",
    () => create({}),
    "TypeError: there is nothing to train on; give data: buildDataset(words, config)",
  ],
  [
    "options before losses",
    () => trainer.run({ until: 5 } as never),
    "TypeError: run() was given an object for onLosses; give a function, and options after it",
  ],
  [
    "an option that there is not",
    () => js.sampleNames(machine, model, { n: 5 }),
    'TypeError: "n" is no option of sampleNames; its options are count, seed, temperature, topK, prefix, maxLength, notIn, unique, onNote, onNames',
  ],
  [
    "a path for options",
    () => js.gradients(machine, step, "fused"),
    'TypeError: gradients was given "fused" for its options; they are an object with path',
  ],
  [
    "a dataset without its list",
    () => js.snapshot(machine, trainer, data),
    "TypeError: the words are undefined; give the list that the data was made of",
  ],
  [
    "an object for a step's values",
    () => js.encodeStepFile(step, { dW1: new Float32Array(99) }),
    "StepFileError: the values are an object; give what gradients() resolves with, or a Map by name",
  ],
  [
    "a list for a word",
    () => js.logProbability(machine, model, ["abc"]),
    "DataError: the word is a list; give a string.",
  ],
  [
    "a path for a file's bytes",
    () => js.decodeCheckpoint("my.safetensors", "mine"),
    "CheckpointError: cannot use checkpoint mine: it is given as string, not as the bytes of a file",
  ],
  [
    "half a step",
    () => trainer.run(undefined, { until: 1.5 }),
    "RangeError: until is 1.5; it must be a number of steps, 0 or more",
  ],
];

describe("what does not belong together", () => {
  it.each(cases)("%s", async (_, misuse, refusal) => {
    const told = await Promise.resolve()
      .then(misuse)
      .then(() => "nothing was refused", String);
    expect(told).toBe(refusal);
  });

  it("leaves no other way to write a whole run than with one configuration", async () => {
    const made = ninja.buildDataset(list, wide);
    const run = await ninja.Trainer.create({ machine, config: wide, data: made });
    expect(run.sizes).toEqual({ vocabulary: 10, context: 5, embedding: 3, hidden: 11, batch: 7 });
    expect((await run.model()).vocabulary).toBe(made.vocabulary);
  });

  it("does not refuse what was published: a split with its number of characters", async () => {
    const { train, vocabulary } = data;
    const run = await ninja.Trainer.create({ machine, config, train, vocabulary: vocabulary.size });
    await run.run();
    const again = await ninja.Trainer.create({ machine, config, data });
    await again.run();
    expect(run.state()).toEqual(again.state());
  });

  it("names in a checkpoint the list itself as it names its source", async () => {
    const run = await ninja.Trainer.create({ machine, config, data: own });
    const named = await ninja.snapshot(machine, run, own, await ninja.wordSource(list));
    expect(await ninja.snapshot(machine, run, own, list)).toEqual(named);
  });

  it("takes of a checkpoint what it goes on from, and no more", async () => {
    const run = await ninja.Trainer.create({ machine, config: checkpoint.config, data, state: checkpoint });
    expect(run.state()).toEqual(trainer.state());
  });
});
