/** The exercises as the tab lists them: what each asks for, and the text that it starts from. */
import { TASKS } from "../../exercises/catalogue.ts";
import { taskNamed } from "../../exercises/hints.ts";
import { KERNEL_TASKS } from "../../exercises/kernels/catalogue.ts";
import type { KernelTask } from "../../exercises/kernels/types.ts";
import { GRADIENTS } from "../../exercises/names.ts";
import type { Task } from "../../exercises/types.ts";
import { forward } from "../../model/forward.ts";
import type { Line } from "../../model/line.ts";
import { PARAMETERS } from "../../model/tensors.ts";

export type LinesKey = "warm-up" | "exercise-1" | "exercise-2" | "exercise-3" | "exercise-4" | "notebook";
export type KernelKey = `kernel:${string}`;
/** What an exercise is called in the address and in the browser's store, so it never changes. */
export type Key = LinesKey | KernelKey;
export type ExerciseNumber = 0 | 1 | 2 | 3 | 4;

/** A gradient that an exercise asks for. */
export interface Item {
  /** Its name; in the reader's own notebook, which may hold several exercises, `2/dlogits`. */
  readonly id: string;
  readonly name: string;
  readonly exercise: ExerciseNumber;
  readonly group: string;
  /** A step on the way: judged where the text has it, never missing. */
  readonly optional: boolean;
  readonly task: Task;
}

export interface LinesSheet {
  readonly kind: "lines";
  readonly key: LinesKey;
  readonly title: string;
  readonly about: string;
  /** Undefined for a notebook, of which whatever it defines is judged. */
  readonly exercise: ExerciseNumber | undefined;
  readonly items: readonly Item[];
  readonly stub: string;
}

export interface KernelSheet {
  readonly kind: "kernel";
  readonly key: KernelKey;
  readonly title: string;
  readonly about: string;
  readonly task: KernelTask;
  readonly stub: string;
}

export type Sheet = LinesSheet | KernelSheet;

/** The item of a gradient; in exercise 4 it has the task of the exercise that first asks for it. */
export function itemOf(
  name: string,
  exercise: ExerciseNumber,
  { id = name, optional = false }: { readonly id?: string; readonly optional?: boolean } = {},
): Item | undefined {
  const task = taskNamed(name, exercise);
  return task && { id, name, exercise, group: task.group, optional, task };
}

const itemsOf = (exercise: 0 | 1 | 2 | 3): Item[] =>
  TASKS.filter((task) => task.exercise === exercise).map(
    (task) => itemOf(task.name, exercise, { optional: task.stepOf !== undefined })!,
  );

/** `dprobs = None`, with the name of each group above it where there are several. */
function stubs(items: readonly Item[]): string {
  const groups = [...new Set(items.map(({ group }) => group))];
  const linesOf = (group: string): string =>
    items
      .filter((item) => item.group === group)
      .map(({ name, optional }) => (optional ? `# ${name} = None` : `${name} = None`))
      .join("\n");
  return groups.map((group) => (groups.length > 1 ? `# ${group}\n` : "") + linesOf(group)).join("\n\n");
}

const indented = (text: string, by: string): string => text.replace(/^(?=.)/gm, by);

const parameters: ReadonlySet<string> = new Set(PARAMETERS.map((name) => `d${name}`));
const { Xb, Yb, ...network } = forward;
const itemsOf4 = GRADIENTS.map((name) => itemOf(name, 4, { optional: !parameters.has(name) })!);
const torchOf = (lines: readonly Line[]): string => lines.map(({ torch }) => torch).join("\n");

const TRAINING_LOOP = `# Exercise 4: train the network with your own backward pass.

with torch.no_grad():
  for i in range(max_steps):
    # minibatch
${indented(torchOf([Xb, Yb]), "    ")}

    # forward pass
${indented(torchOf(Object.values(network)), "    ")}

    # backward pass: your lines
${indented(stubs(itemsOf4.filter(({ optional }) => !optional)), "    ")}
    grads = [${[...parameters].join(", ")}]

    # update
    lr = 0.1 if i < 100000 else 0.01
    for p, grad in zip(parameters, grads):
      p.data += -lr * grad
`;

const LINES: readonly LinesSheet[] = [
  {
    kind: "lines",
    key: "warm-up",
    title: "Warm-up",
    about: "Three rules that all the rest uses, in one line each.",
    exercise: 0,
    items: itemsOf(0),
    stub: `# Warm-up: what flows back through each of these?
#   cube = edge**3
#   lifted = tall + shared
#   straight = slope * fork
#   squared = fork**2

${stubs(itemsOf(0))}
`,
  },
  {
    kind: "lines",
    key: "exercise-1",
    title: "Exercise 1: every gradient, one by one",
    about:
      "The 26 gradients from the loss back to the embedding table, each from those just before it in the backward pass.",
    exercise: 1,
    items: itemsOf(1),
    stub: `# Exercise 1: the gradient of every tensor, from the loss back to the embedding table.
# None means "not yet".

${stubs(itemsOf(1))}
`,
  },
  {
    kind: "lines",
    key: "exercise-2",
    title: "Exercise 2: the loss at once",
    about:
      "The gradient of the logits straight from the logits: write the loss as one formula, derive it, simplify.",
    exercise: 2,
    items: itemsOf(2),
    stub: `# Exercise 2: dlogits straight from logits, Yb and n.

${stubs(itemsOf(2))}
`,
  },
  {
    kind: "lines",
    key: "exercise-3",
    title: "Exercise 3: BatchNorm at once",
    about: "The gradient before BatchNorm straight from the one after it.",
    exercise: 3,
    items: itemsOf(3),
    stub: `# Exercise 3: dhprebn straight from dhpreact. Its three terms may have lines of their own.

${stubs(itemsOf(3))}
`,
  },
  {
    kind: "lines",
    key: "exercise-4",
    title: "Exercise 4: train with your gradients",
    about:
      "All of it in a training loop: the gradients of the seven parameters, with whatever leads to them.",
    exercise: 4,
    items: itemsOf4,
    stub: TRAINING_LOOP,
  },
  {
    kind: "lines",
    key: "notebook",
    title: "Your notebook",
    about: "Drop a notebook (.ipynb) or a .py file anywhere on the page, and its lines are found and judged.",
    exercise: undefined,
    items: [],
    stub: "",
  },
];

const kernelSheet = (task: KernelTask): KernelSheet => ({
  kind: "kernel",
  key: `kernel:${task.name}`,
  title: task.title,
  about: task.asked,
  task,
  stub: task.stub,
});

export const SHEETS: readonly Sheet[] = [...LINES, ...KERNEL_TASKS.map(kernelSheet)];

const byKey: ReadonlyMap<string, Sheet> = new Map(SHEETS.map((sheet) => [sheet.key, sheet]));

export const sheetOf = (key: string): Sheet | undefined => byKey.get(key);
