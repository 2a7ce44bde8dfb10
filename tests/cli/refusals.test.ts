/** Bad input: one clear line on stderr, exit code 1, and nothing left behind. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import {
  filesIn,
  newFolder,
  run,
  runProcess,
  succeed,
  succeeding,
  TINY,
  WORDS,
  words,
} from "../support/cli.ts";

const folder = newFolder();
const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
const list = words.join("\n");
put("empty.txt", "");
put("blank.txt", "\n  \n\r\n");
put("nine.txt", words.slice(0, 9).join("\n"));
put("boundary.txt", `${list}\nst.john\n`);
put("binary.txt", Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3]));
put("latin1.txt", Buffer.concat([Buffer.from(`${list}\njos`), Buffer.from([0xe9, 0x0a])]));
put("other.txt", `${list}\nzoe\n`);
put("other.safetensors", writeSafetensors({ w: { dtype: "F32", shape: [1], data: new Float32Array(1) } }));
mkdirSync(join(folder, "directory"));

const train = (...more: string[]) => ["train", ...TINY, "--steps", "3", "--out", "out.safetensors", ...more];
const trainOn = (file: string) => train("--words", file);
const trainTiny = (...more: string[]) => train(...WORDS, ...more);
const sample = (...more: string[]) => [
  "sample",
  "--backend",
  "cpu",
  "--checkpoint",
  "done.safetensors",
  ...more,
];

const resume = ["train", "--backend", "cpu", "--resume", "done.safetensors", "--steps", "9"];

const made = await run(folder, ["train", ...TINY, ...WORDS, "--steps", "2", "--out", "done.safetensors"]);
// As in a stranger's checkpoint: a pipe that nobody will ever write to.
const { tensors, metadata } = readSafetensors(readFileSync(join(folder, "done.safetensors")));
const piped = metadata.get("words")!.replaceAll("words.txt", "pipe");
put("piped.safetensors", writeSafetensors(tensors, new Map([...metadata, ["words", piped]])));
if (process.platform !== "win32") execFileSync("mkfifo", [join(folder, "pipe")]);
const before = filesIn(folder);

async function refusal(args: readonly string[], how = run, env?: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await how(folder, args, { env });
  expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  return stderr.slice("error: ".length, -1);
}

it("has a checkpoint to begin with", () => {
  expect(made, made.stderr).toMatchObject({ code: 0 });
});

describe.each<[string, [string, string[], RegExp | string][]]>([
  [
    "the command line",
    [
      ["an unknown command", ["trian"], "unknown command 'trian' (Did you mean train?)"],
      ["an unknown option", train("--hiden", "3"), "unknown option '--hiden' (Did you mean --hidden?)"],
      ["an excess argument", train("200"), "too many arguments for 'train': 200"],
      [
        "a list without its option",
        ["train", "my.txt"],
        "too many arguments for 'train': my.txt; is it --words my.txt?",
      ],
      [
        "a checkpoint without its option",
        ["sample", "runs/x.safetensors"],
        "too many arguments for 'sample': runs/x.safetensors; is it --checkpoint runs/x.safetensors?",
      ],
      [
        "a checkpoint to go on from",
        ["train", "x.safetensors"],
        "too many arguments for 'train': x.safetensors; is it --resume x.safetensors?",
      ],
      ["makemore.py's steps", train("--max-steps", "5"), "unknown option '--max-steps': here it is --steps"],
      ["makemore.py's batch", train("-b", "8"), "unknown option '-b': here it is --batch"],
      ["makemore.py's width", train("--n-embd2=8"), "unknown option '--n-embd2=8': here it is --hidden"],
      ["no value", ["train", "--hidden"], "option '--hidden <n>' argument missing"],
      ["a path that is none", train("--path", "sideways"), /--path <name>.*'sideways' is invalid.*fused/],
      [
        "an unknown optimiser",
        train("--optimizer", "adam"),
        /--optimizer <name>.*'adam' is invalid.*sgd, adamw/,
      ],
      ["an optimiser for check", ["check", ...TINY, "--optimizer", "adamw"], /^unknown option '--optimizer'/],
      ["a preset that is none", train("--preset", "x"), /--preset <name>.*'x' is invalid.*notebook/],
      ["an unknown backend", train("--backend", "tpu"), /--backend <name>.*'tpu' is invalid.*auto, gpu, cpu/],
    ],
  ],
  [
    "numbers",
    [
      ["a word", train("--hidden", "abc"), /'--hidden <n>' argument 'abc' is invalid.*a number/],
      ["nothing", train("--hidden", ""), /'--hidden <n>' argument '' is invalid.*a number/],
      ["NaN", train("--hidden", "NaN"), /'--hidden <n>' argument 'NaN' is invalid.*a number/],
      ["below the range", train("--hidden", "-3"), /^--hidden is -3;.*from 1 to 1,048,576$/],
      ["zero", train("--hidden", "0"), /^--hidden is 0;.*from 1 to 1,048,576$/],
      ["above the range", train("--hidden", "1e99"), /^--hidden is 1e\+99;.*from 1 to 1,048,576$/],
      ["a fraction", train("--hidden", "2.5"), /^--hidden is 2\.5; it must be a whole number/],
      ["a batch of one", train("--batch", "1"), /^--batch is 1;.*from 2 to 1,048,576 \(BatchNorm/],
      ["no steps", train("--steps", "0"), /^--steps is 0;/],
      ["no learning", train("--lr", "0"), /^--lr is 0;/],
      ["a share above 1", train("--decay-at", "1.1"), /^--decay-at is 1\.1;.*from 0 to 1$/],
      ["a negative seed", train("--bn-seed", "-1"), /^--bn-seed is -1;/],
      ["a momentum of 1", train("--momentum", "1"), /^--momentum is 1;.*from 0 to 0\.99999994 \(below 1/],
      [
        "a momentum for adamw",
        train("--optimizer", "adamw", "--momentum", "0.9"),
        "--momentum is 0.9, but --optimizer is adamw; leave it out, or choose --optimizer sgd, which has it",
      ],
      [
        "a beta for sgd",
        train("--beta2", "0.99"),
        "--beta2 is 0.99, but --optimizer is sgd; leave it out, or choose --optimizer adamw, which has it",
      ],
      ["--log-every 0", train("--log-every", "0"), /^--log-every is 0;/],
      ["a stop after the end", train("--stop-at", "4"), /^--stop-at is 4;.*from 1 to the 3 of --steps$/],
      ["no names", sample("-n", "0"), /^--count is 0; it must be a whole number from 1 to 1,000,000$/],
      ["half a name", sample("-n", "0.5"), /^--count is 0\.5;/],
      ["a seed below 0", sample("--seed", "-1"), /seed is -1;/],
      ["no temperature", sample("--temperature", "0"), /^--temperature is 0; .* from 0\.01 to 100$/],
      ["no characters to draw", sample("--top-k", "0"), /^--top-k is 0;/],
      [
        "a prefix as long as a name may be",
        sample("--prefix", "abc", "--max-length", "3"),
        /^--max-length is 3, but --prefix has 3 characters already;/,
      ],
      [
        "a prefix with another character",
        sample("--prefix", "ax"),
        '--prefix is "ax", but "x" is no character of this network; it has "abcdef"',
      ],
      ["a prefix that ends", sample("--prefix", "a."), /^--prefix is "a\.", but "\." ends a name;/],
      ["a negative tolerance", ["check", ...TINY, "--rtol", "-1"], "--rtol is -1; it must be 0 or more"],
      [
        "sizes beyond the memory",
        trainTiny("--hidden", "1048576", "--batch", "1048576"),
        /^plan fused needs [\d,]+ bytes of memory, and [\d,]+ are free: use a smaller hidden size/,
      ],
      [
        "a network beyond the memory",
        ["check", ...TINY, "--hidden", "1048576", "--embedding", "65536", "--context", "1024"],
        /^the reference with its rounding needs [\d,]+ bytes of memory, and [\d,]+ are free: use a smaller hidden size/,
      ],
      ["a line break", train("--hidden", "1\n2"), /^option '--hidden <n>' argument '1 2' is invalid/],
      ["a terminal's escape", train("--hidden", "\u001b[31m"), /argument '\\u\{1b\}\[31m' is invalid/],
    ],
  ],
  [
    "word lists",
    [
      ["none there", trainOn("none.txt"), /^cannot read the word list none\.txt: there is no such file/],
      ["a folder", trainOn("directory"), /^cannot read the word list directory: it is a directory/],
      ["empty", trainOn("empty.txt"), /^empty\.txt: the file is empty/],
      ["blank lines only", trainOn("blank.txt"), /^blank\.txt: 0 words, but at least 10 are needed/],
      ["nine words", trainOn("nine.txt"), /^nine\.txt: 9 words, but at least 10 are needed/],
      ["binary", trainOn("binary.txt"), /^binary\.txt: looks like a binary.*at offset 4/],
      ["not UTF-8", trainOn("latin1.txt"), /^latin1\.txt: line 31 is not valid UTF-8 \(byte 0xe9/],
      [
        "a word with a boundary",
        trainOn("boundary.txt"),
        /^boundary\.txt: line 31, "st\.john", contains "\."/,
      ],
    ],
  ],
  [
    "files",
    [
      [
        "--out under a file",
        trainTiny("--out", "words.txt/x"),
        /^cannot write words\.txt\/x: .*another --out$/,
      ],
      ["--out at a folder", trainTiny("--out", "directory"), /^cannot write directory: .*another --out$/],
      [
        "--out without a name",
        trainTiny("--out", ""),
        "cannot write : the name is empty; choose another --out",
      ],
      [
        "--out at a device",
        trainTiny("--out", "/dev/null"),
        /^cannot write \/dev\/null: it is not a regular file/,
      ],
      [
        "endless words",
        trainOn("/dev/zero"),
        /^cannot read the word list \/dev\/zero: it is a device or a pipe/,
      ],
      [
        "an endless checkpoint",
        sample("--checkpoint", "/dev/zero"),
        "cannot read checkpoint /dev/zero: it is a device, not a file",
      ],
      [
        "words of a checkpoint that are a pipe",
        ["evaluate", "--backend", "cpu", "--checkpoint", "piped.safetensors"],
        /^this checkpoint was trained on pipe .*, but cannot read the word list \S*pipe: it is a device or a pipe/,
      ],
      [
        "--resume with no file there",
        trainTiny("--resume", "none"),
        /^cannot read checkpoint none: there is no such file/,
      ],
      [
        "--resume with text",
        trainTiny("--resume", "words.txt"),
        /^cannot use checkpoint words\.txt: .*safetensors/,
      ],
      [
        "--resume with other tensors",
        trainTiny("--resume", "other.safetensors"),
        /^cannot use checkpoint other\.safetensors: its metadata has no format/,
      ],
      ["--checkpoint of nothing", sample("--checkpoint", "none"), /^cannot read checkpoint none: /],
      [
        "--checkpoint with text",
        ["evaluate", "--checkpoint", "words.txt"],
        /^cannot use checkpoint words\.txt: /,
      ],
      ["no checkpoint at all", ["evaluate"], /^there is no checkpoint in runs\/; run "npm run train" first/],
      [
        "--against with a checkpoint",
        ["check", "--against", "done.safetensors"],
        /^cannot use step file done\.safetensors: it has no tensor Xb; it needs C, W1/,
      ],
      [
        "--against with text",
        ["check", "--against", "words.txt"],
        /^cannot use step file words\.txt: .*safetensors/,
      ],
      [
        "--against with no file there",
        ["check", "--against", "none"],
        /^cannot read step file none: there is no such file/,
      ],
    ],
  ],
  [
    "resuming",
    [
      [
        "another network",
        ["train", "--backend", "cpu", "--resume", "done.safetensors", "--steps", "9", "--hidden", "7"],
        "--resume has hidden 6, which cannot change to 7; leave it out, or start a new run",
      ],
      [
        "another optimiser",
        [...resume, "--optimizer", "adamw"],
        "--resume has optimizer sgd, which cannot change to adamw; leave it out, or start a new run",
      ],
      [
        "momentum where there was none",
        [...resume, "--momentum", "0.9"],
        "--resume has momentum 0, which cannot change to 0.9; leave it out, or start a new run",
      ],
      [
        "nothing left to do",
        ["train", "--backend", "cpu", "--resume", "done.safetensors"],
        /^done\.safetensors has 2 steps already, and the run ends at 2; give a larger --steps$/,
      ],
      [
        "words with one more letter",
        ["train", "--backend", "cpu", "--resume", "done.safetensors", "--steps", "9", "--words", "other.txt"],
        /^other\.txt: the word "zoe" has the character "z" \(U\+007A\), which is not in the vocabulary of 7/,
      ],
    ],
  ],
])("%s", (_, cases) => {
  it.each(cases)("%s", async (_, args, want) => {
    const line = await refusal(args);
    if (typeof want === "string") expect(line).toBe(want);
    else expect(line).toMatch(want);
  });
});

it("is the same in a process of its own", async () => {
  expect(await refusal(train("--hiden", "3"), runProcess)).toMatch(/^unknown option '--hiden'/);
  expect(await refusal(trainOn("binary.txt"), runProcess)).toMatch(/^binary\.txt: looks like a binary/);
});

it("says so where npm kept an option for itself", async () => {
  expect(await refusal(["train"], run, { npm_config_bn_seed: "true" })).toBe(
    "npm took --bn-seed for itself; put -- before the options: npm run train -- --bn-seed <n>",
  );
});

it("finds a checkpoint's words from any folder, and says which list it wants if they are gone or have changed", async () => {
  const [home, other] = [newFolder(), newFolder()];
  const at = (name: string) => join(home, name);
  await succeed(home, trainTiny("--out", "mine.safetensors"));
  const evaluate = (where: string, ...more: string[]) =>
    run(where, ["evaluate", "--backend", "cpu", "--checkpoint", at("mine.safetensors"), ...more]);
  const { stdout } = await succeeding(evaluate(home));
  writeFileSync(join(other, "words.txt"), [...words].reverse().join("\n"));
  // Another list of that name lies where the command runs now.
  expect(await succeeding(evaluate(other))).toEqual({ code: 0, stdout, stderr: "" });

  const asked = await succeeding(evaluate(other, ...WORDS));
  expect(asked.stderr).toBe(
    "words.txt is not the list this checkpoint was trained on; using it anyway, since you asked for it\n",
  );

  renameSync(at("words.txt"), at("moved.txt"));
  const wanted = "error: this checkpoint was trained on words.txt (SHA-256 of its words ";
  const gone = `but cannot read the word list ${at("words.txt")}: there is no such file, and `;
  const changed = await evaluate(other);
  expect([changed.code, changed.stdout]).toEqual([1, ""]);
  expect(changed.stderr.startsWith(wanted)).toBe(true);
  expect(changed.stderr).toMatch(/ [0-9a-f]{12}…\), but /);
  expect(
    changed.stderr.endsWith(
      `${gone}words.txt has other words; give --words FILE, that list or another one\n`,
    ),
  ).toBe(true);

  rmSync(join(other, "words.txt"));
  expect((await evaluate(other)).stderr).toContain(
    `${gone}cannot read the word list words.txt: there is no such file (${join(other, "words.txt")}); give --words`,
  );
  // A checkpoint and its list that moved together.
  renameSync(at("moved.txt"), join(other, "words.txt"));
  expect(await succeeding(evaluate(other))).toEqual({ code: 0, stdout, stderr: "" });
});

it("saves nothing that it could not read again", async () => {
  const line = await run(folder, trainTiny("--lr", "1e12", "--decay", "1e12", "--decay-at", "0"));
  expect(line.code).toBe(1);
  expect(line.stderr).toMatch(/^error: .*training diverged.*lower --lr.*\n$/m);
});

it("adds the stack with --debug", async () => {
  const { code, stdout, stderr } = await runProcess(folder, train("--hidden", "0", "--debug"));
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^error: --hidden is 0;.*\nConfigError: --hidden is 0;.*\n {4}at .*config\.ts/);
});

it("leaves nothing behind", () => {
  expect(filesIn(folder)).toEqual(before);
});
