/** A sweep's folder: what the sweep is, the results so far, the best checkpoints, and where the networks under way stand. */
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../data/error.ts";
import { readSafetensors, type TensorData, writeSafetensors } from "../formats/safetensors.ts";
import { bestOf, byConfiguration, linesOf, type Result } from "../sweep/results.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../train/checkpoint.ts";
import { ensureWritable, FileError, readBytes, reason, writeAtomically } from "./files.ts";

const FORMAT = "backprop-ninja sweep";

/** What a folder is the result of. */
export interface Description {
  /** The SHA-256 of all its configurations and of its words: shards of one sweep have the same. */
  readonly sweep: string;
  /** Of the whole sweep. */
  readonly networks: number;
  /** `2/8`; null for all of it. */
  readonly shard: string | null;
  /** Where the words were, to name them in commands; null for the bundled ones. */
  readonly words: string | null;
}

/** A network under way. */
export interface UnderWay {
  /** Its statistics are none: a network that goes on needs none. */
  readonly checkpoint: Checkpoint;
  readonly seconds: number;
}

const NAMES = { description: "sweep.json", results: "results.jsonl", underWay: "under-way.safetensors" };

export class SweepFolder {
  readonly path: string;
  readonly description: Description;
  readonly #results = new Map<number, Result>();

  private constructor(path: string, description: Description) {
    this.path = path;
    this.description = description;
  }

  /**
   * The folder of a sweep, made if it is not there; what it has of the same sweep is gone on with.
   * @throws FileError where it has another sweep, or cannot be written
   */
  static open(path: string, description: Description): SweepFolder {
    const folder = new SweepFolder(path, description);
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw new FileError(`cannot make the folder ${path}: ${reason(error)}; choose another --out`);
    }
    if (statSync(join(path, NAMES.description), { throwIfNoEntry: false })) {
      const there = SweepFolder.read(path);
      requireSame(path, there.description, description);
      for (const name of Object.values(NAMES)) ensureWritable(join(path, name));
      for (const result of there.results) folder.#results.set(result.id, result);
      folder.#removeOrphans();
    } else
      folder.#write(NAMES.description, `${JSON.stringify({ format: FORMAT, ...description }, null, 2)}\n`);
    return folder;
  }

  /** A folder as it is. @throws FileError if it is none of a sweep */
  static read(path: string): { description: Description; results: readonly Result[] } {
    const file = join(path, NAMES.description);
    const description = parse(file) as Partial<Description & { format: string }>;
    if (description?.format !== FORMAT || typeof description.sweep !== "string")
      throw new FileError(`${file} does not describe a sweep; give a folder that sweep --out has written`);
    const { sweep, networks = 0, shard = null, words = null } = description;
    const lines = join(path, NAMES.results);
    const results = statSync(lines, { throwIfNoEntry: false }) ? parseLines(lines) : [];
    return { description: { sweep, networks, shard, words }, results };
  }

  /** By id. */
  get results(): readonly Result[] {
    return [...this.#results.values()].sort((a, b) => a.id - b.id);
  }

  has(id: number): boolean {
    return this.#results.has(id);
  }

  /**
   * Adds a network's result. Its checkpoint is kept if it is the best of its configuration, in place of the one that was, or if all are.
   * A crash at any point leaves results whose checkpoints are there.
   * @throws FileError
   */
  add(result: Omit<Result, "checkpoint">, checkpoint?: Checkpoint, keepAll = false): Result {
    const name = `${result.id}.safetensors`;
    const others = byConfiguration([...this.results, { ...result, checkpoint: null }]);
    const rivals = others.find((group) => group.some(({ id }) => id === result.id)) as Result[];
    const isBest = bestOf(rivals.sort((a, b) => a.id - b.id))?.id === result.id;
    const kept = checkpoint !== undefined && (keepAll || isBest);
    if (kept) this.#write(name, encodeCheckpoint(checkpoint));
    const added = { ...result, checkpoint: kept ? name : null };
    this.#results.set(added.id, added);
    const beaten = keepAll || !isBest ? [] : rivals.filter((r) => r.id !== result.id && r.checkpoint);
    for (const rival of beaten) this.#results.set(rival.id, { ...rival, checkpoint: null });
    this.#write(NAMES.results, linesOf(this.results));
    for (const { checkpoint } of beaten) rmSync(join(this.path, checkpoint as string), { force: true });
    return added;
  }

  /** Replaces all results; their checkpoints are copied from where they are. @throws FileError */
  merge(results: readonly Result[], fileOf: (result: Result) => string | undefined): void {
    this.#results.clear();
    for (const result of results) {
      const file = fileOf(result);
      if (file) this.#write(result.checkpoint as string, readBytes(file, "checkpoint"));
      this.#results.set(result.id, result);
    }
    this.#write(NAMES.results, linesOf(this.results));
    this.#removeOrphans();
  }

  /** @throws FileError */
  saveUnderWay(networks: ReadonlyMap<number, UnderWay>): void {
    const tensors = [...networks].map(([id, { checkpoint }]): [string, TensorData] => {
      const data = encodeCheckpoint(checkpoint);
      return [String(id), { dtype: "U8", shape: [data.length], data }];
    });
    const seconds = Object.fromEntries([...networks].map(([id, n]) => [id, n.seconds]));
    this.#write(
      NAMES.underWay,
      writeSafetensors(Object.fromEntries(tensors), { format: FORMAT, seconds: JSON.stringify(seconds) }),
    );
  }

  /** What was last saved of networks under way; none if nothing was. @throws FileError, CheckpointError */
  underWay(): Map<number, UnderWay> {
    const file = join(this.path, NAMES.underWay);
    if (!statSync(file, { throwIfNoEntry: false })) return new Map();
    const { tensors, metadata } = readSafetensors(readBytes(file, "the networks under way"));
    const seconds = JSON.parse(metadata.get("seconds") ?? "{}") as Record<string, number>;
    return new Map(
      [...tensors].map(([id, { data }]) => [
        Number(id),
        {
          checkpoint: decodeCheckpoint(data as Uint8Array, `${id} in ${file}`),
          seconds: seconds[id] ?? 0,
        },
      ]),
    );
  }

  /** Nothing is under way any more. */
  endUnderWay(): void {
    rmSync(join(this.path, NAMES.underWay), { force: true });
  }

  /** Checkpoints that no result names: a crash came between them. */
  #removeOrphans(): void {
    const named = new Set(this.results.map((r) => r.checkpoint));
    for (const name of readdirSync(this.path))
      if (/^\d+\.safetensors$/.test(name) && !named.has(name)) rmSync(join(this.path, name), { force: true });
  }

  #write(name: string, content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    writeAtomically(join(this.path, name), bytes);
  }
}

function requireSame(path: string, there: Description, wanted: Description): void {
  const choose = "choose another --out, or give the settings and words that it was begun with";
  if (there.sweep !== wanted.sweep)
    throw new FileError(`${path} has another sweep: its settings or words differ; ${choose}`);
  if (there.shard !== wanted.shard)
    throw new FileError(
      `${path} has ${there.shard ? `shard ${there.shard}` : "the whole sweep"}, not ${wanted.shard ? `shard ${wanted.shard}` : "all of it"}; give each shard an --out of its own`,
    );
}

function parse(file: string): unknown {
  const text = new TextDecoder().decode(readBytes(file, "the sweep's description"));
  try {
    return JSON.parse(text);
  } catch {
    throw new FileError(`${file} is not JSON; give a folder that sweep --out has written`);
  }
}

function parseLines(file: string): Result[] {
  const text = new TextDecoder().decode(readBytes(file, "the results"));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, at) => {
      try {
        const result = JSON.parse(line) as Result;
        if (Number.isSafeInteger(result.id) && typeof result.config === "object") return result;
      } catch {
        // Said below.
      }
      throw new FileError(
        `line ${at + 1} of ${file} is ${quote(line.slice(0, 40))}, which is no result; remove the line, and its network is trained again`,
      );
    });
}
