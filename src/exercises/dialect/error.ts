/** What a learner's text did wrong, in one line. Whoever evaluates a statement adds its line and its column. */
export class DialectError extends Error {
  override readonly name = "DialectError";
  line: number | undefined;
  column: number | undefined;
  /** The notebook's code cell, counted from 1; null in a text without cells. */
  cell: number | null;

  constructor(message: string, line?: number, column?: number, cell: number | null = null) {
    super(message);
    this.line = line;
    this.column = column;
    this.cell = cell;
  }
}
