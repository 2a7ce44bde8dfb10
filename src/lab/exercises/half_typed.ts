/** A line that is being typed is not wrong yet. */

/** A line's code without what stands in strings and comments: brackets there open nothing. */
const codeOf = (line: string): string =>
  line.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|#.*/g, " ").trimEnd();

/** Whether what begins at this line goes on in the next. */
function goesOn(code: string): boolean {
  let open = 0;
  for (const character of code) {
    if ("([{".includes(character)) open++;
    else if (")]}".includes(character)) open--;
  }
  return open > 0 || /[\\:]$/.test(code);
}

/**
 * Whether the statement that an error is about has the cursor in it.
 * @param line where the error is, from 1
 * @param cursor the line that is being typed; undefined if none is
 */
export function isHalfTyped(text: string, line: number, cursor: number | undefined): boolean {
  if (cursor === undefined || cursor < line) return false;
  const lines = text.split(/\r\n?|\n/);
  let code = "";
  for (let at = line; at < cursor; at++) {
    code += `${codeOf(lines[at - 1] ?? "")}\n`;
    if (!goesOn(code.trimEnd())) return false;
  }
  return true;
}
