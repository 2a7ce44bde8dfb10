/** Every changed line and every mistake of the catalogue: of both, `npm test` tries some. */
import { changedLinesAreJudged } from "./changed_lines.ts";
import { mistakesAreNamed, mistakesHaveSigns } from "./mistakes.ts";

changedLinesAreJudged(1);
mistakesAreNamed(1);
mistakesHaveSigns(1);
