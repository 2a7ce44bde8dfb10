/** The WGSL module of a kernel, as a device gets it and as a reader sees it. */
import type { Dims, ElementType, Kernel, Op } from "./contract.ts";

/**
 * The bindings in declaration order, scratch after them, the sizes as `const` (so that loops have bounds a compiler can prove), then the
 * kernel's own text.
 */
export function kernelSource(op: Op, d: Dims, kernel: Kernel): string {
  const scratch = Object.entries(kernel.scratch ?? {});
  const array = (name: string, type: ElementType) => `${name}: array<${kernel.vectors?.[name] ?? type}>`;
  const bindings = Object.entries(op.bindings).map(
    ([name, b], i) =>
      `@group(0) @binding(${i}) var<storage, ${b.access === "read" ? "read" : "read_write"}> ${array(name, b.type)}; // (${b.dims.join(", ")})`,
  );
  const stores = scratch.map(
    ([name, floats], i) =>
      `@group(0) @binding(${bindings.length + i}) var<storage, read_write> ${array(name, "f32")}; // ${floats} floats of scratch`,
  );
  const sizes = Object.entries(d).map(([symbol, size]) => `const ${symbol} = ${size}u;`);
  const title = `// ${op.name}${kernel.pass ? `: ${kernel.pass}` : ""}\n// ${op.math}`;
  // That a subgroup stays together follows from the sizes, which the compiler does not see.
  const enable = kernel.subgroups ? ["enable subgroups; diagnostic(off, subgroup_uniformity);"] : [];
  const before = [...enable, title, ...bindings, ...stores, sizes.join(" ")];
  if (!kernel.verbatim) return tidy([...before, "", kernel.code].join("\n"));
  // Dawn prints its warnings on stdout, which belongs to --json.
  return ["diagnostic(off, chromium.unreachable_code);", ...before, kernel.code].join("\n");
}

/** The text as a person would write it: indented by its brackets, and no blank line beside another or inside a block's ends. */
export function tidy(code: string): string {
  const lines: string[] = [];
  let depth = 0;
  for (const raw of code.split("\n")) {
    const line = raw.trim();
    if (line === "") {
      if (lines.length > 0 && lines.at(-1) !== "" && !/[{(]$/.test(lines.at(-1)!)) lines.push("");
      continue;
    }
    const code = line.replace(/\/\/.*$/, "");
    const closing = /^[})\]]+/.exec(code)?.[0].length ?? 0;
    if (closing > 0 && lines.at(-1) === "") lines.pop();
    // A line that goes on with an expression stands one step in.
    const goesOn = /^([+*/&|=]|- |&&|\|\|)/.test(line) && !/^\/[/*]/.test(line) ? 1 : 0;
    lines.push("  ".repeat(Math.max(0, depth - closing + goesOn)) + line);
    for (const c of code) depth += "{([".includes(c) ? 1 : "})]".includes(c) ? -1 : 0;
  }
  return lines.join("\n").trimEnd();
}
