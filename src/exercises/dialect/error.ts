/** What a learner's text did wrong, in one line. Whoever evaluates a statement adds its line and its column. */
export class DialectError extends Error {
  override readonly name = "DialectError";
  line: number | undefined;
  column: number | undefined;

  constructor(message: string, line?: number, column?: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}
