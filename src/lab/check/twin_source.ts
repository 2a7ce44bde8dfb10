/** Cuts an operation's CPU twin out of its source file in `src/ops`, with its formatting. */

/** Statements at the top of a file, each with the comment above it. */
function statements(file: string): string[] {
  const found: string[] = [];
  let comment = "";
  for (const line of file.split("\n")) {
    const startsOne = /^[^\s})\]]/.test(line);
    if (startsOne && /^(\/\*\*|\/\/|\*)/.test(line)) comment += `${line}\n`;
    else if (comment && /^ \*/.test(line)) comment += `${line}\n`;
    else if (startsOne) {
      found.push(comment + line);
      comment = "";
    } else if (found.length > 0) found[found.length - 1] += `\n${line}`;
  }
  return found.map((s) => s.trimEnd());
}

/** The lines of the property that begins so, moved to the left: its first, those indented deeper, and the bracket that closes it. */
function property(statement: string, start: string): string | undefined {
  const lines = statement.split("\n");
  const first = lines.findIndex((line) => line.trimStart().startsWith(start));
  if (first < 0) return undefined;
  const indent = lines[first].search(/\S/);
  const end = lines.findIndex(
    (line, i) => i > first && line.search(/\S/) <= indent && !/^\s*[})\]]/.test(line),
  );
  const closing = lines.findIndex((line, i) => i > first && line.search(/\S/) < indent);
  const stop = Math.min(...[end, closing, lines.length].filter((i) => i >= 0));
  return lines
    .slice(first, stop)
    .map((line) => line.slice(indent))
    .join("\n")
    .replace(/,$/, "");
}

const called = (text: string): string[] => [...text.matchAll(/(?<![.\w])(\w+)\(/g)].map((m) => m[1]);

/** Files of `src/ops` that a file imports, by their names without `.ts`. */
export const importedBy = (file: string): string[] =>
  [...file.matchAll(/from "\.\/(\w+)\.ts"/g)].map((m) => m[1]);

/**
 * The twin of `family.member`, and the functions and other twins that it calls. For a family made by a factory it is the
 * member's declaration and the factory's twin.
 * @param file the text of `src/ops/<family>.ts`
 * @param imported the texts of the files in `src/ops` that it imports
 * @throws Error if the file does not declare the operation
 */
export function twinSource(file: string, op: string, imported: readonly string[] = []): string {
  const all = statements(file);
  const others = imported.flatMap(statements);
  const [, member] = op.split(".");
  const declaration =
    all.find((s) => s.includes(`name: "${op}"`)) ??
    all.find((s) => new RegExp(`\\w\\(\\s*"${member}"`).test(s));
  if (declaration === undefined) throw new Error(`the file of operation ${op} does not declare it`);
  const functions = new Map(
    [...others, ...all].flatMap((s) => {
      const name = /^(?:export )?(?:function|const) (\w+)[^=]*?(?:\(|= (?:async )?(?:<[^>]*>)?\()/m.exec(
        s,
      )?.[1];
      return name === undefined ? [] : [[name, s] as const];
    }),
  );

  const twin = property(declaration, "twin:");
  const maker = new RegExp(`(\\w+)\\(\\s*"${member}"`).exec(declaration)?.[1] ?? "";
  const factory = twin === undefined ? functions.get(maker) : undefined;
  // A member may add something to what the factory makes: `defineOp({ ...sum("sum_batch", …), fast: … })`.
  const parts = [twin ?? property(declaration, `...${maker}(`) ?? declaration];
  const fromFactory = factory && property(factory, "twin:");
  if (fromFactory) parts.push(`// in ${maker}():\n${fromFactory}`);
  const add = (text: string | undefined) => {
    if (text && text !== factory && !parts.includes(text)) parts.push(text);
  };
  for (const part of parts) {
    for (const name of called(part)) add(functions.get(name));
    for (const [, other] of part.matchAll(/(\w+\.\w+)\.twin\(/g)) {
      const theirs = others.find((s) => s.includes(`name: "${other}"`));
      add(theirs && `// in ${other}:\n${property(theirs, "twin:")}`);
    }
  }
  return parts.join("\n\n");
}
