/** Some right lines with one thing changed; the others are tried at night. */
import { changedLinesAreJudged } from "./changed_lines.ts";

changedLinesAreJudged(12);
