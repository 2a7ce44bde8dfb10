/** The page: trains the network and checks its gradients through the same library as the command line. */
import {
  buildDataset,
  check,
  type Dataset,
  evaluate,
  firstStep,
  initialState,
  loadBundledWords,
  modelOf,
  type OpenedMachine,
  openMachine,
  sampleNames,
  sizesOf,
  snapshot,
  Trainer,
  trainConfig,
  type WordList,
  wordSource,
} from "../index.ts";

const config = trainConfig({ steps: 2000 });

const element = <E extends HTMLElement>(id: string): E => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no element #${id}`);
  return found as E;
};
const trainButton = element<HTMLButtonElement>("train");
const checkButton = element<HTMLButtonElement>("check");
const progress = element<HTMLProgressElement>("progress");
const say = (line: string) => {
  element("status").textContent = line;
};

async function train(machine: OpenedMachine, words: WordList, data: Dataset): Promise<void> {
  const vocabulary = data.vocabulary.size;
  const trainer = await Trainer.create({ machine, config, train: data.train, vocabulary });
  const start = performance.now();
  await trainer.run((first, losses) => {
    const done = first + losses.length;
    const rate = done / ((performance.now() - start) / 1000);
    progress.value = done / config.steps;
    say(`step ${done}, loss ${losses[losses.length - 1].toFixed(4)}, ${Math.round(rate)} steps/s`);
  });
  const model = modelOf(await snapshot(machine, trainer, data, await wordSource(words)));
  trainer.close();
  const dev = await evaluate(machine, model, data.dev);
  say(`${config.steps} steps done, dev loss ${dev.toFixed(4)}`);
  const names = await sampleNames(machine, model, data.vocabulary, { count: 20, seed: config.seed });
  element("names").replaceChildren(
    ...names.map((name) => Object.assign(document.createElement("li"), { textContent: name })),
  );
}

async function checkGradients(machine: OpenedMachine, data: Dataset): Promise<void> {
  const vocabulary = data.vocabulary.size;
  const step = firstStep(sizesOf(config, vocabulary), initialState(config, vocabulary), data.train);
  const { ok, rows } = await check(machine, step, { path: "chunked" });
  say(`${ok ? "all" : "NOT all"} ${rows.length} gradients approximate`);
  const table = element<HTMLTableElement>("rows");
  table.hidden = false;
  table.tBodies[0].replaceChildren(
    ...rows.map((r) => {
      const row = document.createElement("tr");
      const cells = [r.name, r.shape.join("×"), r.exact, r.approximate, r.maxdiff.toExponential(2)];
      for (const cell of cells) row.insertCell().textContent = String(cell);
      return row;
    }),
  );
}

/** Runs one action at a time, and shows its error if it fails. */
const exclusively = (action: () => Promise<void>) => async () => {
  trainButton.disabled = checkButton.disabled = true;
  try {
    await action();
  } catch (error) {
    say(`Error: ${(error as Error).message}`);
  }
  trainButton.disabled = checkButton.disabled = false;
};

const start = exclusively(async () => {
  const machine = await openMachine("auto", { onNote: say });
  const words = await loadBundledWords();
  const data = buildDataset(words, { context: config.context });
  const software = machine.kind === "software" ? " This is software, not a GPU: expect it to be slow." : "";
  element("adapter").textContent = `Computing on ${machine.name}.${software}`;
  trainButton.onclick = exclusively(() => train(machine, words, data));
  checkButton.onclick = exclusively(() => checkGradients(machine, data));
});
void start();
