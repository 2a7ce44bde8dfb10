/** A text as a file: lines that run in the notebook, kernels that the command line grades. */
import { read } from "../../exercises/dialect/index.ts";
import { nodes, writtenNames } from "../../exercises/dialect/tree.ts";
import { GRADIENTS, SIZE_NAMES } from "../../exercises/names.ts";
import { WARM_UP } from "../../exercises/tasks/warm_up.ts";
import { INITIAL } from "../../model/initial.ts";
import { PARAMETERS } from "../../model/tensors.ts";
import type { KernelSheet, LinesSheet, Sheet } from "./sheets.ts";

export interface Exported {
  readonly name: string;
  /** As browsers name it. */
  readonly type: string;
  readonly text: string;
}

export const exported = (sheet: Sheet, text: string): Exported =>
  sheet.kind === "kernel" ? kernelFile(sheet, text) : linesFile(sheet, text);

function kernelFile({ task }: KernelSheet, text: string): Exported {
  const name = `${task.name}.wgsl`;
  const head = `// ${task.name}, to be graded by: npm run grade -- ${name} --op ${task.name}\n`;
  return { name, type: "text/wgsl", text: head + ended(text) };
}

function linesFile(sheet: LinesSheet, text: string): Exported {
  const { statements } = read(text);
  const own = writtenNames(statements);
  const used = new Set([...nodes(statements)].flatMap((node) => (node.kind === "name" ? [node.name] : [])));
  const borrows = (name: string): boolean => used.has(name) && !own.has(name) && sheet.exercise !== 4;
  const head = [
    `# ${sheet.title}. Runs in the notebook, after loss.backward().`,
    "import torch",
    "import torch.nn.functional as F",
    ...sizesOf(used, own),
    ...(sheet.exercise === 0 ? warmUp() : []),
    ...(sheet.exercise === 4 ? beforeTraining() : []),
    ...(borrows("logit_argmax") ? ["logit_argmax = logits.max(1).indices"] : []),
    ...GRADIENTS.filter(borrows).map(lent),
  ];
  const name = `${sheet.key}.py`;
  const body = sheet.exercise === 0 || sheet.exercise === 4 ? text : withoutStubs(text);
  return { name, type: "text/x-python", text: `${head.join("\n")}\n\n${ended(body)}` };
}

const ended = (text: string): string => `${text.trimEnd()}\n`;

/** A gradient that the text uses and does not have: PyTorch's own. */
const lent = (name: string): string => `${name} = ${name.slice(1)}.grad # not derived yet: PyTorch's own`;

/** `dprobs = None` would stop what uses it: there, too, stands PyTorch's own. */
const withoutStubs = (text: string): string =>
  text.replace(/^([ \t]*)(\w+) *= *None[ \t]*(#.*)?$/gm, (line, indent: string, name: string) =>
    GRADIENTS.includes(name) ? indent + lent(name) : line,
  );

/** The sizes by the short names that the text uses; the notebook has the long ones. */
const sizesOf = (used: ReadonlySet<string>, own: ReadonlySet<string>): string[] =>
  Object.values(SIZE_NAMES).flatMap(([long, ...short]) =>
    short.filter((name) => used.has(name) && !own.has(name)).map((name) => `${name} = ${long}`),
  );

/** The warm-up's forward pass, which the notebook does not have. */
function warmUp(): string[] {
  const names = {
    n: "n",
    vocab_size: "vocab_size",
    n_embd: "n_embd",
    block_size: "block_size",
    n_hidden: "n_hidden",
  };
  const drawn = Object.entries(WARM_UP.drawn).map(([name, shape]) => {
    const sizes = shape(names as unknown as Parameters<typeof shape>[0]);
    return `${name} = torch.randn((${sizes.join(", ")}))`;
  });
  const made = Object.entries(WARM_UP.lines).flatMap(([name, line]) => [
    line,
    `d${name} = torch.randn_like(${name})`,
  ]);
  return [...drawn, ...made];
}

/** What the notebook's exercise 4 does before its loop. */
const beforeTraining = (): string[] => [
  "V, E, T, H = vocab_size, 10, block_size, 64",
  "n = batch_size = 32",
  "max_steps = 200000",
  "g = torch.Generator().manual_seed(2147483647)",
  ...PARAMETERS.map((name) => INITIAL[name].torch),
  `parameters = [${PARAMETERS.join(", ")}]`,
];
