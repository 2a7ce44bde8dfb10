import type { Context } from "../context.ts";
import { DialectError } from "../error.ts";
import { nearest } from "../nearest.ts";
import { clone, type Storage, Tensor } from "../tensor.ts";
import type { Value } from "../values.ts";
import type { Changes } from "./changes.ts";
import type { Cause, Options } from "./outcome.ts";

/** A name has no value, because what would have given it one went wrong. */
export class Absent extends DialectError {
  readonly because: Cause;

  constructor(name: string, because: Cause) {
    super(`\`${name}\` has no value, because line ${because.at.line} went wrong`);
    this.because = because;
  }
}

/** What the names of one run stand for: what is given, what the text gives, and the gradients that stand in for what it lacks. */
export class Names {
  readonly asked: ReadonlySet<string>;
  readonly builtins: ReadonlyMap<string, Value>;
  readonly #options: Options;
  readonly #changes: Changes;
  readonly #ctx: Context;
  readonly #own = new Map<string, Value>();
  /** Copies of the stand-ins that the text used. */
  readonly #copies = new Map<string, Tensor>();
  /** Names without a value, because the line that would have given it went wrong. */
  readonly #failed: Map<string, Cause>;
  /** The tensors that no line may change, and their names. */
  readonly #frozen = new Map<Storage, string>();

  constructor(options: Options, builtins: ReadonlyMap<string, Value>, changes: Changes, ctx: Context) {
    this.#options = options;
    this.#changes = changes;
    this.#ctx = ctx;
    this.#failed = new Map(options.spoilt);
    this.builtins = builtins;
    this.asked =
      options.asked ??
      new Set([...options.given.keys()].filter((name) => this.isForward(name)).map((name) => `d${name}`));
    for (const [name, value] of options.given) {
      if (!(value instanceof Tensor)) continue;
      this.#frozen.set(value.storage, name);
      value.name ??= name;
    }
  }

  /** The names to which the text gave values. */
  get own(): ReadonlyMap<string, Value> {
    return this.#own;
  }

  /** The stand-ins that the text used. */
  get used(): Set<string> {
    return new Set(this.#copies.keys());
  }

  isGiven(name: string): boolean {
    return this.#options.given.has(name);
  }

  /** Whether it is a float tensor of the forward pass. */
  isForward(name: string): boolean {
    const value = this.#options.given.get(name);
    return value instanceof Tensor && value.dtype === "float";
  }

  /** Whether a gradient comes from the stand-ins even if the text has its own. */
  isReplaced(name: string): boolean {
    const { only, standIns } = this.#options;
    return only !== undefined && name !== only && this.asked.has(name) && (standIns?.has(name) ?? false);
  }

  /** Whether a gradient is not there yet, or None. */
  isStub(name: string): boolean {
    return this.asked.has(name) && (this.#own.get(name) ?? null) === null;
  }

  /** Whether the text gave it a value, and no line spoilt it since. */
  has(name: string): boolean {
    return this.#own.has(name) && !this.#failed.has(name);
  }

  set(name: string, value: Value): void {
    this.#own.set(name, value);
    this.#failed.delete(name);
  }

  remove(name: string): void {
    this.#own.delete(name);
  }

  /** A line went wrong that would have given the name a value. */
  fail(name: string, because: Cause): void {
    if (this.isGiven(name) || this.builtins.has(name)) return;
    this.#own.delete(name);
    this.#failed.set(name, because);
  }

  lookUp(name: string): Value {
    const { given, standIns, only } = this.#options;
    const value = this.#own.get(name);
    if (value !== undefined && value !== null) return value;
    if (this.asked.has(name) && name !== only && standIns?.has(name)) return this.#copy(name);
    if (value === null && !this.asked.has(name)) return null;
    const known = given.get(name) ?? (value === undefined ? this.builtins.get(name) : undefined);
    if (known !== undefined) return known;
    const because = this.#failed.get(name);
    throw because ? new Absent(name, because) : new DialectError(this.#absence(name, value === null));
  }

  #absence(name: string, isNone: boolean): string {
    if (isNone) return `\`${name}\` is still None, from line ${this.#changes.assignedAt(name)!.line}`;
    if (this.asked.has(name)) return `\`${name}\` has no value here: no line before gives it one`;
    // Every notebook has its own names for the data that it reads.
    if (/^(?:[XY]|[xy]_)/.test(name))
      return `\`${name}\` is not known here; the minibatch is \`Xb\` and \`Yb\``;
    if (name === "np" || name === "numpy")
      return `\`${name}\` is not known here; torch has the same operations`;
    const near = nearest(name, [
      ...this.#own.keys(),
      ...this.#options.given.keys(),
      ...this.asked,
      ...this.builtins.keys(),
    ]);
    return `\`${name}\` is not known${near ? `; did you mean \`${near}\`?` : " here"}`;
  }

  #copy(name: string): Tensor {
    let copy = this.#copies.get(name);
    if (!copy) {
      copy = clone(this.#options.standIns!.get(name)!, this.#ctx);
      copy.name = name;
      this.#copies.set(name, copy);
    }
    return copy;
  }

  /** Refuses a name that is about to be changed in place and must not be, or has nothing to be changed. */
  checkChangeable(name: string): void {
    if (this.#own.has(name)) return;
    if (this.isGiven(name)) throw this.readOnly(name);
    if (this.asked.has(name) && !this.isReplaced(name) && !this.#failed.has(name))
      throw new DialectError(`\`${name}\` has no value yet: give it its first one with \`=\``);
  }

  /** Refuses a value that shares the memory of a tensor from the forward pass. */
  checkUnfrozen(value: Value): void {
    const name = value instanceof Tensor ? this.#frozen.get(value.storage) : undefined;
    if (name !== undefined) throw this.readOnly(name);
  }

  readOnly(name: string): DialectError {
    if (!(this.#options.given.get(name) instanceof Tensor))
      return new DialectError(`\`${name}\` is given, and no line may change it; take another name`);
    const near = this.asked.has(`d${name}`) ? ` Did you mean \`d${name}\`?` : "";
    return new DialectError(
      `\`${name}\` is from the forward pass, and no line may change it (\`${name}.clone()\` is a copy).${near}`,
    );
  }

  /** All values that the text can still use. */
  *reachable(): Generator<Value> {
    yield* this.#own.values();
    yield* this.#copies.values();
  }
}
