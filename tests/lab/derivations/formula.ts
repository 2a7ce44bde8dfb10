/**
 * Computes what a formula of the page says, so that it is not only asserted. It reads the TeX that is shown; nothing of how it is drawn.
 *
 * Names are tensors of a case, letters in their subscripts run over all their values, digits are places counted from 1. A derivative
 * `\frac{\partial y}{\partial x}` is a difference quotient: `y` is an expression, or a tensor, for which its forward line's formula stands; all other
 * tensors keep their values. Of `loss` it is the gradient that the case has.
 */

export interface World {
  /** How many values a letter has, from 0; `n`, `V`, … are numbers. */
  readonly extents: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, number>>;
  /** A tensor's values; its extents without those that are 1 by definition, as (1, H) is written with one subscript. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float64Array }>;
  /** The formula of the forward line that makes a tensor. */
  readonly forward: (name: string) => string;
}

type Value = number | readonly (readonly number[])[];
type Letters = Map<string, number>;
type Expression = (at: Letters) => Value;

/** `a = b = c`, for all values of the free letters for which the conditions behind it hold. */
export interface Claim {
  readonly sides: readonly Expression[];
  readonly free: readonly string[];
  readonly conditions: readonly ((at: Letters) => boolean)[];
}

const STEP = 1e-5;
const TOKEN =
  /\\begin\{\w+\}|\\end\{\w+\}|\\text\{[^}]*\}|\\\\|\\[a-zA-Z]+|\\[,;]|[A-Za-z][A-Za-z0-9]*(?:_[a-z][a-z0-9]*)*|\d+(?:\.\d+)?|\S/gu;
const IGNORED = /^\\(?:left|right|Bigl|Bigr|text\{.*\}|[,;]|displaystyle)$/;
const FACTOR = /^(?:[A-Za-z0-9([]|\\(?:frac|sum|max|exp|ln|tanh|begin\{pmatrix\})$)/;
/** Letters and places: `iv`, `11`, `i1`. */
const INDEX = /^[itekjvur\d]+$/;
/** Variables of scalar cases, which stand for any number. */
const SCALARS: Record<string, number> = { x: 0.7, c: 1.3 };

function tokensOf(source: string): string[] {
  const tokens = (source.match(TOKEN) ?? []).filter((token) => !IGNORED.test(token));
  if (tokens[0] !== "\\begin{aligned}") return tokens;
  // Where lines are aligned does not matter. One that begins with a sign of equality, or has none, goes on with the one before.
  const plain = tokens.filter((token) => token !== "&");
  return plain.filter((token, i) => {
    if (token !== "\\\\") return true;
    const next = plain.indexOf("\\\\", i + 1);
    return plain.slice(i, next < 0 ? undefined : next).indexOf("=") > 1;
  });
}

/** The claims of a formula: one, or one for each line of an `aligned`, or those between which `\quad` stands. */
export function claimsOf(source: string, world: World): Claim[] {
  return new Reader(tokensOf(source), world).claims();
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #world: World;
  #at = 0;
  /** Letters that are used outside of a sum over them. */
  #free = new Set<string>();
  readonly #bound: string[] = [];

  constructor(tokens: readonly string[], world: World) {
    this.#tokens = tokens;
    this.#world = world;
  }

  claims(): Claim[] {
    const claims: Claim[] = [];
    const aligned = this.#take("\\begin{aligned}");
    do {
      this.#free = new Set();
      const sides = this.#sides();
      const conditions: Claim["conditions"][number][] = [];
      const more: Expression[][] = [];
      while (this.#take(",")) {
        this.#need("\\quad");
        const isLetter = INDEX.test(this.#tokens[this.#at]);
        const first = this.#sum();
        const differs = this.#take("\\neq");
        if (!differs) this.#need("=");
        const second = this.#sum();
        // A letter that is said to be something; a tensor is another claim.
        if (isLetter) conditions.push((at) => (first(at) === second(at)) !== differs);
        else more.push([first, second]);
      }
      const free = [...this.#free];
      for (const each of [sides, ...more]) claims.push({ sides: each, free, conditions });
    } while (aligned && this.#take("\\\\"));
    if (aligned) this.#need("\\end{aligned}");
    if (this.#at < this.#tokens.length) this.#fail("the end");
    return claims;
  }

  #sides(): Expression[] {
    const sides = [this.#sum()];
    while (this.#take("=")) sides.push(this.#sum());
    return sides;
  }

  #sum(): Expression {
    let sum = this.#signed();
    for (;;) {
      const sign = this.#take("+") ? 1 : this.#take("−") || this.#take("-") ? -1 : 0;
      if (sign === 0) return sum;
      const [before, term] = [sum, this.#product()];
      sum = (at) => number(before(at)) + sign * number(term(at));
    }
  }

  #signed(): Expression {
    if (!this.#take("−") && !this.#take("-")) return this.#product();
    const term = this.#product();
    return (at) => -number(term(at));
  }

  #product(): Expression {
    let product = this.#factor();
    for (;;) {
      const divides = this.#take("/");
      if (!divides && !this.#take("\\cdot") && !this.#startsFactor()) return product;
      const [before, factor] = [product, this.#factor()];
      product = divides
        ? (at) => number(before(at)) / number(factor(at))
        : (at) => times(before(at), factor(at));
    }
  }

  #startsFactor(): boolean {
    return FACTOR.test(this.#tokens[this.#at] ?? "");
  }

  #factor(): Expression {
    const base = this.#base();
    if (!this.#take("^")) return base;
    const power = this.#group();
    return (at) => number(base(at)) ** number(power(at));
  }

  #base(): Expression {
    const token = this.#tokens[this.#at++];
    switch (token) {
      case "(": {
        const inner = this.#sum();
        this.#need(")");
        return inner;
      }
      case "[": {
        const [a, b] = this.#sides();
        this.#need("]");
        return (at) => (a(at) === b(at) ? 1 : 0);
      }
      case "\\frac":
        return this.#fraction();
      case "\\sum":
        return this.#over((terms) => terms.reduce((a, b) => a + b, 0));
      case "\\max":
        return this.#over((terms) => Math.max(...terms));
      case "\\exp":
        return this.#applied(Math.exp);
      case "\\ln":
        return this.#applied(Math.log);
      case "\\tanh":
        return this.#applied(Math.tanh);
      case "\\begin{pmatrix}":
        return this.#matrix();
    }
    if (/^\d/.test(token ?? "")) return () => Number(token);
    if (/^[A-Za-z]/.test(token ?? "")) return this.#name(token);
    this.#at--;
    return this.#fail("a factor");
  }

  #applied(f: (x: number) => number): Expression {
    const argument = this.#factor();
    return (at) => f(number(argument(at)));
  }

  /** A sum or a maximum over letters, up to the next plus or minus. */
  #over(combine: (terms: readonly number[]) => number): Expression {
    this.#need("_");
    this.#need("{");
    const letters = [...this.#tokens[this.#at++]];
    this.#bound.push(...letters);
    const [a, b] = this.#take(":") ? this.#sides() : [];
    this.#need("}");
    const term = this.#product();
    this.#bound.splice(-letters.length);
    const all = [...places(letters, this.#world.extents)];
    return (at) => {
      const inside = all.map((place) => new Map([...at, ...place]));
      return combine(inside.filter((each) => !a || a(each) === b(each)).map((each) => number(term(each))));
    };
  }

  #fraction(): Expression {
    if (this.#tokens[this.#at + 1] !== "\\partial") {
      const [above, below] = [this.#group(), this.#group()];
      return (at) => number(above(at)) / number(below(at));
    }
    this.#need("{");
    this.#need("\\partial");
    const of = this.#tokens[this.#at] === "}" ? undefined : this.#tensor();
    this.#need("}");
    this.#need("{");
    this.#need("\\partial");
    const by = this.#tensor();
    this.#need("}");
    if (of?.name === "loss") return (at) => this.#read(`d${by.name}`, by.subscripts, at);
    if (of) {
      const made = this.#made(of.name);
      return (at) => {
        const place = values(of.subscripts, at);
        return this.#slope(() => made(place), by, at);
      };
    }
    const expression = this.#factor();
    return (at) => this.#slope(() => number(expression(at)), by, at);
  }

  /** How fast something changes when a single number does. */
  #slope(of: () => number, by: Tensor, at: Letters): number {
    const change = (to: number): number => {
      if (by.name in SCALARS) {
        const before = SCALARS[by.name];
        SCALARS[by.name] = before + to;
        const value = of();
        SCALARS[by.name] = before;
        return value;
      }
      const { values: all } = this.#world.tensors.get(by.name)!;
      const place = this.#place(by.name, values(by.subscripts, at));
      const before = all[place];
      all[place] = before + to;
      const value = of();
      all[place] = before;
      return value;
    };
    return (change(STEP) - change(-STEP)) / (2 * STEP);
  }

  /** A number of a tensor as its forward line makes it. */
  #made(name: string): (place: readonly number[]) => number {
    const reader = new Reader(tokensOf(this.#world.forward(name)), this.#world);
    const letters = reader.#tensor().subscripts.map(({ letter }) => letter!);
    reader.#need("=");
    const right = reader.#sum();
    return (place) => number(right(new Map(letters.map((letter, i) => [letter, place[i]]))));
  }

  #matrix(): Expression {
    const rows: Expression[][] = [];
    do {
      const row = [this.#sum()];
      while (this.#take("&")) row.push(this.#sum());
      rows.push(row);
    } while (this.#take("\\\\"));
    this.#need("\\end{pmatrix}");
    return (at) => rows.map((row) => row.map((each) => number(each(at))));
  }

  #name(token: string): Expression {
    const { numbers, tensors } = this.#world;
    if (tensors.has(token) || this.#tokens[this.#at] === "_") {
      this.#at--;
      const { name, subscripts } = this.#tensor();
      return (at) => this.#read(name, subscripts, at);
    }
    if (token in SCALARS) return () => SCALARS[token];
    // Sizes and letters, which are multiplied where they stand side by side: tE.
    return [...token]
      .map((letter): Expression => {
        if (letter in numbers) return () => numbers[letter];
        this.#use(letter);
        return (at) => at.get(letter)!;
      })
      .reduce((a, b) => (at) => number(a(at)) * number(b(at)));
  }

  #tensor(): Tensor {
    const name = this.#tokens[this.#at++];
    const subscripts: Subscript[] = [];
    if (this.#take("_")) {
      this.#need("{");
      while (!this.#take("}")) {
        const token = this.#tokens[this.#at];
        if (INDEX.test(token) || /^\d+$/.test(token)) {
          this.#at++;
          for (const letter of token) {
            if (/\d/.test(letter)) subscripts.push({ value: () => Number(letter) - 1 });
            else {
              this.#use(letter);
              subscripts.push({ letter, value: (at) => at.get(letter)! });
            }
          }
        } else {
          const inner = this.#tensor();
          subscripts.push({ value: (at) => this.#read(inner.name, inner.subscripts, at) });
        }
      }
    }
    return { name, subscripts };
  }

  #use(letter: string): void {
    if (!(letter in this.#world.extents)) this.#fail(`a letter or a name, and not ${letter},`);
    if (!this.#bound.includes(letter)) this.#free.add(letter);
  }

  #read(name: string, subscripts: readonly Subscript[], at: Letters): number {
    return this.#world.tensors.get(name)!.values[this.#place(name, values(subscripts, at))];
  }

  #place(name: string, at: readonly number[]): number {
    const tensor = this.#world.tensors.get(name);
    if (!tensor) throw new SyntaxError(`there is no tensor ${name}`);
    const { shape } = tensor;
    if (at.length !== shape.length || at.some((place, axis) => !(place < shape[axis])))
      throw new SyntaxError(`${name} of shape (${shape}) has no element (${at})`);
    return at.reduce((place, index, axis) => place * shape[axis] + index, 0);
  }

  #group(): Expression {
    this.#need("{");
    const inner = this.#sum();
    this.#need("}");
    return inner;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #need(token: string): void {
    if (!this.#take(token)) this.#fail(token);
  }

  #fail(what: string): never {
    throw new SyntaxError(
      `${what} is missing at ${this.#tokens.slice(this.#at, this.#at + 4).join(" ")} in ${this.#tokens.join(" ")}`,
    );
  }
}

interface Subscript {
  readonly letter?: string;
  readonly value: (at: Letters) => number;
}

interface Tensor {
  readonly name: string;
  readonly subscripts: readonly Subscript[];
}

const values = (subscripts: readonly Subscript[], at: Letters): number[] =>
  subscripts.map(({ value }) => value(at));

/** All values of these letters. */
export function* places(
  letters: readonly string[],
  extents: World["extents"],
): Generator<[string, number][]> {
  const [first, ...rest] = letters;
  if (first === undefined) yield [];
  else
    for (let value = 0; value < extents[first]; value++)
      for (const place of places(rest, extents)) yield [[first, value], ...place];
}

function number(value: Value): number {
  if (typeof value !== "number") throw new SyntaxError("a matrix stands where a number should");
  return value;
}

function times(a: Value, b: Value): Value {
  if (typeof a === "number" || typeof b === "number") return number(a) * number(b);
  return a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
}

/** How far apart two values are. */
export function distance(a: Value, b: Value): number {
  const [x, y] = [a, b].map((value) => (typeof value === "number" ? [value] : value.flat()));
  return Math.max(...x.map((each, i) => Math.abs(each - y[i])));
}

/** The size of a value. */
export const sizeOf = (a: Value): number =>
  distance(a, typeof a === "number" ? 0 : a.map((row) => row.map(() => 0)));
