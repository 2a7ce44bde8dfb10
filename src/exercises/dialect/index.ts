export type { Place, Program } from "./ast.ts";
export { DialectError } from "./error.ts";
export type { Cause, Change, Note, Options, Outcome, Problem, Skipped } from "./evaluate/index.ts";
export { run } from "./evaluate/index.ts";
export { read } from "./syntax/index.ts";
