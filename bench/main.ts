/** `npm run bench`: how fast this device is, how fast it could be, and where the time goes. */
import { accessSync, constants, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadBundledWords } from "../src/data/bundled.ts";
import { buildDataset } from "../src/data/examples.ts";
import type { Shape } from "../src/measure/shape.ts";
import { returnToUser } from "../src/node/folder.ts";
import { outliveTerminal } from "../src/node/terminal.ts";
import { ConfigError, DEFAULTS, trainConfig } from "../src/train/config.ts";
import { type Backend, openMachine } from "../src/train/open.ts";
import { BACKEND, describeSetting, optionName, SETTINGS, type TrainConfig } from "../src/train/settings.ts";
import { environment } from "./environment.ts";
import { headerText } from "./report.ts";
import { ONLY, PARTS, type Part, runParts } from "./run.ts";
import { FULL, parseShapes, QUICK } from "./settings.ts";

/** The settings of `train` that decide whose step is profiled. */
const PROFILED = ["hidden", "batch", "path", "optimizer", "momentum"] as const;

interface Options extends Partial<Pick<TrainConfig, (typeof PROFILED)[number]>> {
  readonly quick: boolean;
  readonly json?: string;
  readonly backend: Backend;
  readonly grid?: readonly Shape[];
  readonly only?: Part;
  readonly debug: boolean;
}

const program = new Command("bench")
  .description(
    "Measures the device's floor and roof, whole steps by path beside the CPU reference, many networks at once, and every kernel. Everything is checked before it is timed.",
  )
  .option("--quick", "few sizes and samples: under a minute on two cores", false)
  .option("--json <file>", "write everything to this file too")
  .addOption(
    new Option("--backend <name>", describeSetting(BACKEND))
      .choices(BACKEND.choices)
      .default(BACKEND.default),
  )
  .option("--grid <list>", "hidden x batch of steps and populations, such as 64x32,200x32", shapes)
  .addOption(
    new Option(
      "--only <part>",
      "just this part (floor: floor and roof; profile: where the time of a step goes)",
    ).choices(ONLY),
  )
  .option("--debug", "show the stack of an error", false)
  .allowExcessArguments(false)
  .showHelpAfterError(false)
  .configureOutput({ outputError: (text, write) => write(text.replace(/\n(?=.)/g, " ")) });

for (const key of PROFILED) {
  const setting = SETTINGS[key];
  const says = `profile: ${describeSetting(setting)} (${setting.default} if it is left out)`;
  const option = new Option(`--${optionName(key)} <value>`, says);
  const number = (text: string) => (Number.isNaN(Number(text)) ? text : Number(text));
  program.addOption(setting.type === "choice" ? option.choices(setting.choices) : option.argParser(number));
}

function shapes(text: string): Shape[] {
  try {
    return parseShapes(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** npm swallows options that do not come after "--", and the benchmark would run without them. */
function refuseOptionsNpmTook(): void {
  // npm has its own option --json, which may be set in its configuration.
  const taken = program.options.find(
    ({ long }) => long !== "--json" && `npm_config_${long?.slice(2)}` in process.env,
  );
  if (taken)
    throw new Error(
      `npm took ${taken.long} for itself; put -- before the options: npm run bench -- ${taken.flags}`,
    );
}

/** The network to profile. @throws ConfigError for an option that would have no effect, or a value that is not allowed */
function configOf(o: Options): TrainConfig {
  const given = PROFILED.filter((key) => o[key] !== undefined);
  if (o.only !== "profile" && given.length > 0)
    throw new ConfigError(
      `--${optionName(given[0])} is for --only profile; the sizes of steps and populations are --grid 64x32,200x32`,
    );
  if (o.only === "profile" && o.grid)
    throw new ConfigError(
      "--grid is not for --only profile, which takes one network: --hidden 64 --batch 32",
    );
  return trainConfig(Object.fromEntries(given.map((key) => [key, o[key]])));
}

/** Without a device there are no dispatches. */
function backendOf({ only, backend }: Options): Backend {
  if (only !== "profile") return backend;
  if (backend === "cpu")
    throw new ConfigError("--backend is cpu, which has no dispatches to profile; leave it out, or use gpu");
  return "gpu";
}

/** Checked before a minute of measuring, not after it. */
function requireWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new Error(`cannot write ${file}: its folder does not exist or is not writable; give another path`);
  }
}

const print = (text: string) => void process.stdout.write(`${text}\n\n`);
const note = (line: string) => void process.stderr.write(`${line}\n`);

async function bench(o: Options): Promise<void> {
  if (o.json !== undefined) requireWritable(o.json);
  const config = configOf(o);
  const start = performance.now();
  const machine = await openMachine(backendOf(o), { onNote: note });
  try {
    const about = environment(machine);
    print(headerText(about));
    const dataset = buildDataset(await loadBundledWords(), { context: DEFAULTS.context });
    const settings = o.quick ? QUICK : FULL;
    const results = await runParts({
      machine,
      dataset,
      settings: o.grid ? { ...settings, grid: o.grid, populationShapes: o.grid } : settings,
      parts: o.only ? [o.only] : PARTS,
      config,
      print,
      note,
    });
    const seconds = (performance.now() - start) / 1000;
    note(`took ${seconds.toFixed(0)} s`);
    if (o.json !== undefined) {
      // A profile's rows lie beside its sums.
      const { profile, ...others } = results;
      const all = { environment: about, quick: o.quick, ...profile, ...others, seconds };
      writeFileSync(o.json, `${JSON.stringify(all, null, 1)}\n`);
    }
    const rows = [...(results.kernels ?? []), ...(results.steps ?? []), ...(results.populations ?? [])];
    const wrong = rows.filter((r) => r.status === "wrong");
    if (wrong.length > 0)
      throw new Error(
        `${wrong.length} of ${rows.length} were wrong and not timed, such as ${wrong[0].reason}`,
      );
  } finally {
    machine.close();
  }
}

// A pipe that closes early, as with `head`, ends the tables but not the measuring.
outliveTerminal({ result: true });
returnToUser("bench");

async function main(): Promise<void> {
  refuseOptionsNpmTook();
  program.parse();
  await bench(program.opts<Options>());
}

main().catch((error: unknown) => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`error: ${message}\n`);
  if (process.argv.includes("--debug")) process.stderr.write(`${stack}\n`);
  process.exitCode = 1;
});
