/** What a learner's text did wrong, in one line. Whoever evaluates a statement adds its line and its column. */
export class DialectError extends Error {
  override readonly name = "DialectError";
  line: number | undefined;
  column: number | undefined;
  /** The notebook's code cell, counted from 1; null in a text without cells. */
  cell: number | null;

  constructor(message: string, line?: number, column?: number, cell: number | null = null) {
    super(oneLine(message));
    this.line = line;
    this.column = column;
    this.cell = cell;
  }
}

/** What goes on for too long. */
export class LimitError extends DialectError {
  /** What it exceeds, without its subject. */
  readonly exceeds: string;

  constructor(exceeds: string) {
    super(`this ${exceeds}`);
    this.exceeds = exceeds;
  }
}

/** Most characters of a message: names and texts of the learner's that it quotes have any length. */
const LONGEST = 500;

/** A message that quotes the learner's text, as one line that can be shown anywhere: control characters and halves of characters are `\x1b`. */
export function oneLine(message: string): string {
  const escaped = message.slice(0, LONGEST).replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu, (c) => {
    const code = c.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
  const isCut = message.length > LONGEST || escaped.length > LONGEST;
  return isCut ? `${[...escaped].slice(0, LONGEST).join("")}…` : escaped;
}
