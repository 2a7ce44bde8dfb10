/** The part of the library that needs Node: word lists and checkpoints in files. */
export { readWordFile } from "../data/file.ts";
export { loadCheckpoint, loadWeights, saveCheckpoint } from "./checkpoints.ts";
export { FileError } from "./files.ts";
