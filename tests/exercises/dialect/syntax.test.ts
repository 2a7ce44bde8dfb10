import { describe, expect, test } from "vitest";
import type { Expression, Statement } from "../../../src/exercises/dialect/ast.ts";
import { read } from "../../../src/exercises/dialect/index.ts";

/** A statement's structure in Python's own brackets, every operation in brackets of its own. */
function shown(text: string): string {
  const { statements, broken } = read(text);
  if (broken.length > 0)
    return broken.map(({ at, message }) => `${at.line}:${at.column} ${message}`).join("\n");
  return statements.map(statement).join("; ");
}

function statement(each: Statement): string {
  switch (each.kind) {
    case "expression":
      return expression(each.value);
    case "assign":
      return [...each.targets, each.value].map(expression).join(" = ");
    case "augment":
      return `${expression(each.target)} ${each.op}= ${expression(each.value)}`;
    case "for":
      return `for ${expression(each.target)} in ${expression(each.over)}: {${each.body.map(statement).join("; ")}}`;
    case "if":
      return `${each.branches
        .map(({ test, body }) => `if ${expression(test)}: {${body.map(statement).join("; ")}}`)
        .join(" el")} else: {${each.otherwise.map(statement).join("; ")}}`;
    case "with":
      return `with: {${each.body.map(statement).join("; ")}}`;
    case "import":
      return each.bindings
        .map(({ name, path, member }) => `${name} is ${path}${member ? ` . ${member}` : ""}`)
        .join(", ");
    case "refused":
      return `<${each.message}; writes ${each.writes}>`;
    case "magic":
      return `<${each.text}>`;
    default:
      return each.kind;
  }
}

function expression(each: Expression): string {
  const items = (all: readonly { value: Expression; spread: boolean; name?: string | null }[]): string =>
    all
      .map((item) => `${item.name ? `${item.name}=` : ""}${item.spread ? "*" : ""}${expression(item.value)}`)
      .join(", ");
  switch (each.kind) {
    case "constant":
      return typeof each.value === "bigint"
        ? `${each.value}`
        : typeof each.value === "number"
          ? `float(${each.value})`
          : JSON.stringify(each.value);
    case "ellipsis":
      return "...";
    case "name":
      return each.name;
    case "tuple":
      return `(${items(each.items)},)`;
    case "list":
      return `[${items(each.items)}]`;
    case "unary":
      return `(${each.op} ${expression(each.of)})`;
    case "binary":
    case "logic":
      return `(${expression(each.left)} ${each.op} ${expression(each.right)})`;
    case "compare":
      return `(${expression(each.first)}${each.rest.map(({ op, value }) => ` ${op} ${expression(value)}`).join("")})`;
    case "conditional":
      return `(${expression(each.yes)} if ${expression(each.test)} else ${expression(each.no)})`;
    case "attribute":
      return `${expression(each.of)}.${each.name}`;
    case "subscript":
      return `${expression(each.of)}[${expression(each.index)}]`;
    case "slice":
      return `${[each.start, each.stop, each.step].map((side) => (side ? expression(side) : "")).join(":")}`;
    case "call":
      return `${expression(each.callee)}(${items(each.args)})`;
    case "format":
      return `f${JSON.stringify(each.parts)}`;
    case "refused":
      return `<${each.message}>`;
  }
}

describe("expressions bind as in Python", () => {
  const cases: [string, string][] = [
    ["-x**-2", "(- (x ** (- 2)))"],
    ["2**3**2", "(2 ** (3 ** 2))"],
    ["a - b - c @ d", "((a - b) - (c @ d))"],
    ["-a @ b", "((- a) @ b)"],
    ["a | b & ~c ^ d", "(a | ((b & (~ c)) ^ d))"],
    ["not a and b or c", "(((not a) and b) or c)"],
    ["a and not b or c and d", "((a and (not b)) or (c and d))"],
    ["not not a == b", "(not (not (a == b)))"],
    ["not (a and b)", "(not (a and b))"],
    ["a < b <= c != d", "(a < b <= c != d)"],
    ["a not in b and c is not None", "((a not in b) and (c is not null))"],
    ["(a < b) < c", "((a < b) < c)"],
    ["a if b else c if d else e", "(a if b else (c if d else e))"],
    ["x[1:, None, ..., ::-1, :2]", "x[(1::, null, ..., ::(- 1), :2:,)]"],
    ["x[1,]", "x[(1,,)]".replace(",,", ",")],
    ["x[0]", "x[0]"],
    ["f(a, *b, c=1)", "f(a, *b, c=1)"],
    ["x.sum(0, keepdim=True).T", "x.sum(0, keepdim=true).T"],
    ["'a' \"b\" r'\\n'", '"ab\\\\n"'],
    ["'a\\n\\x41\\'' ", '"a\\nA\'"'],
    ["(1)", "1"],
    ["(1,)", "(1,)"],
    ["()", "(,)"],
  ];
  for (const [text, structure] of cases) test(text, () => expect(shown(text)).toBe(structure));
});

describe("numbers", () => {
  const cases: [string, string][] = [
    ["1./n", "(float(1) / n)"],
    ["-1.*n", "((- float(1)) * n)"],
    ["1.e-5 + 1.", "(float(0.00001) + float(1))"],
    ["[1., 2.]", "[float(1), float(2)]"],
    ["x[1:2] + .5", "(x[1:2:] + float(0.5))"],
    ["1_000", "1000"],
    ["0xff", "255"],
    ["1e3", "float(1000)"],
    ["x1.T + 1", "(x1.T + 1)"],
    ["'1./n' + s # 1./n", '("1./n" + s)'],
    ["1j", "1:1 `1j` is a complex number; there are none here"],
  ];
  for (const [text, structure] of cases) test(text, () => expect(shown(text)).toBe(structure));
});

describe("statements", () => {
  const cases: [string, string][] = [
    ["a = b = c, d", "a = b = (c, d,)"],
    ["(a, b), *c = d", "((a, b,), *c,) = d"],
    ["a[0] **= 2; b @= c", "a[0] **= 2; b @= c"],
    ["x: float = 1", "x = 1"],
    ["for i, (a, b) in enumerate(zip(x, y)): z = 1", "for (i, (a, b,),) in enumerate(zip(x, y)): {z = 1}"],
    ["if a:\n  b = 1\nelif c:\n  pass\nelse:\n  d = 1", "if a: {b = 1} elif c: {pass} else: {d = 1}"],
    ["with torch.no_grad():\n  a = 1 # c\n  # d\n  b = 2", "with: {a = 1; b = 2}"],
    ["a = (b +  # why\n     c)", "a = (b + c)"],
    ["a = b + \\\n  c", "a = (b + c)"],
    ["a = 1\r\nb = 1./n\r\n", "a = 1; b = (float(1) / n)"],
    ["\ufeffa\u00a0= 1", "a = 1"],
    ["%time x\n!ls\nx?\na = 1\n", "<%time x>; <!ls>; <x?>; a = 1"],
    ["%%html\n<b>hi</b>", "<%%html>"],
    ["%%time\na = 1", "<%%time>; a = 1"],
    ["a = (b\n% c)", "a = (b % c)"],
    ["import torch.nn.functional as F, math", "F is torch.nn.functional, math is math"],
    ["from torch import (tanh as t, exp)", "t is torch . tanh, exp is torch . exp"],
    [
      "while a:\n  b = 1\n  c[0], d = 1, 2",
      "<`while` is not understood: loops are `for … in` with `range`, `enumerate`, `zip` or a tensor's rows; writes b,c,d>",
    ],
    [
      "def f(x):\n  y = 1",
      "<`def` is not understood: write its lines without it, where they are used; writes f>",
    ],
    ["a = {1: 2}", "a = <a dictionary is not understood: give each tensor a name of its own>"],
    ["", ""],
  ];
  for (const [text, structure] of cases)
    test(JSON.stringify(text), () => expect(shown(text)).toBe(structure));
});

describe("what is no Python is told with its place", () => {
  const cases: [string, string][] = [
    ["a = b c", "1:7 `c` cannot stand here, after `b`"],
    ["a = 1 +", "1:8 something is missing after `+`"],
    ["b = 1\na = 1 + # c\nd = 2", "2:8 something is missing after `+`"],
    ["a = x.\nb = 2", "1:7 something is missing after `x.`"],
    ["a = (1\nb = 2", "1:5 `(` is not closed"],
    ["a = [1)", "1:7 `)` stands where `[` should be closed"],
    ["a = 1)", "1:6 `)` closes nothing"],
    ["a = 'b", "1:5 this string has no end: a quote is missing"],
    ["a ? b", "1:3 `?` cannot stand here"],
    ["1 = a", "1:1 only a name, or a name with `[…]`, can stand before `=`"],
    ["f(a=1, 2)", "1:8 an argument without a name cannot follow one with a name"],
    ["f(a=1, a=2)", "1:8 `a` is given twice"],
    ["for i in x:\na = 1", "1:11 lines that are indented further are missing after `:`"],
    ["for i in x(3)\n  a = 1", "1:14 `:` is missing after `)`"],
    ["if True # why\n  a = 1", "1:8 `:` is missing after `True`"],
    ["for i in\n  a = 1", "1:9 something is missing after `in`"],
    [`a = ${"b @ c.T / 400 + ".repeat(400)}1`, "1:1 this is nested too deeply"],
    ["if x:\n  a = 1\n b = 2", "3:1 this line is indented as far as no line before it"],
    ["a = b × c", "1:7 `×` cannot stand here, after `b`"],
    ["a = b−1", "1:6 `−` (U+2212) is no character of Python; write `-`"],
    [`a = ${"(".repeat(5000)}1${")".repeat(5000)}`, "1:105 this is nested too deeply"],
    [`a = ${"1+".repeat(300)}1`, "1:5 this is nested too deeply"],
    [`a = ${"-".repeat(300)}1`, "1:205 this is nested too deeply"],
    [`a = b${"[0]".repeat(300)}`, "1:5 this is nested too deeply"],
    [`a = ${"not ".repeat(300)}1`, "1:5 this is nested too deeply"],
  ];
  for (const [text, message] of cases)
    test(JSON.stringify(text.slice(0, 60)), () => expect(shown(text)).toBe(message));
});

test("what is wrong is found soon, however long the words before it or the call", () => {
  const started = process.cpuUsage().user;
  expect(shown(`a = ${"x".repeat(100_000)} + +`)).toBe("1:100009 something is missing after `+`");
  const names = Array.from({ length: 25_000 }, (_, i) => `a${i}=1`).join();
  expect(shown(`f(${names}, a7=1)`)).toMatch(/ `a7` is given twice$/);
  // Each took more than three seconds while the time grew with the square of the length.
  expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(2.5);
});

test("lines around a broken one are read", () => {
  const { statements, broken } = read("a = 1\nb = = 2\nc = 3\nd = 4 4\ne = 5");
  expect(statements.map(statement)).toEqual(["a = 1", "c = 3", "e = 5"]);
  expect(broken.map(({ at, names }) => [at.line, ...names])).toEqual([
    [2, "b"],
    [4, "d"],
  ]);
});

describe("what is open at the end of a line spoils no other", () => {
  const rest = "dh = dlogits @ W2.T";
  const cases = [
    "a = (1 / b * c",
    "a = f(b, [c)",
    "a = b)",
    "print('hello)",
    '"""a note that does not end\nhere',
    "for i in x:\n  a = (1\n  b = 2\nelse:\n  c = 3",
    "for i in x:\n    a = 1\n  b = 2",
    "First there is dlogprobs.",
    "Then divide:",
    "for i in",
    "class A",
    "with the chain rule",
  ];
  test.each(cases)("%j", (line) => {
    const { statements, broken } = read(`y = 1\n${line}\n${rest}\nz = f(a,\nb=1\n)`);
    expect(statements.map(({ text }) => text)).toEqual(["y = 1", rest, "z = f(a,"]);
    expect(broken).toHaveLength(1);
  });

  test("and a name at the margin inside of brackets begins no statement", () => {
    expect(shown("a = f(b,\ndim=1\n)\nb = [c,\nd == e]")).toBe("a = f(b, dim=1); b = [c, (d == e)]");
    const { statements } = read("a = f(b,\ndim=1,\nkeepdim=True)\nb = (1");
    expect(statements.map(statement)).toEqual(["a = f(b, dim=1, keepdim=true)"]);
  });

  test("and what its block would have made is told", () => {
    const { broken } = read("if n > 5\n  dW2 = h.T\n  dC[0] += 1\n  f(a=b == c)\ndh = 1");
    expect(broken.map(({ assigns }) => assigns)).toEqual([["dW2", "dC"]]);
  });
});

test("places count lines within cells", () => {
  const { statements } = read(["a = 1\n\n%pwd\n  # c\nb = 2", "c = 3"]);
  expect(statements.map(({ at }) => [at.cell, at.line, at.column])).toEqual([
    [1, 1, 1],
    [1, 3, 1],
    [1, 5, 1],
    [2, 1, 1],
  ]);
});
