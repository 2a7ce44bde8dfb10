import { LONGEST, str } from "../display.ts";
import { DialectError } from "../error.ts";
import type { Keywords, Value } from "../values.ts";

/** What a text writes, line by line, up to a limit. */
export class Output {
  readonly lines: string[] = [];
  readonly #atLimit: (message: string) => void;
  #printed = 0;
  /** Whether the last line still goes on. */
  #open = false;

  /** @param atLimit hears once of what is not kept */
  constructor(atLimit: (message: string) => void) {
    this.#atLimit = atLimit;
  }

  /** Whether nothing more is kept: what is printed then need not even be written out. */
  get full(): boolean {
    return this.#printed > LONGEST;
  }

  write(text: string): void {
    if (this.full) return;
    this.#printed += text.length + 1;
    if (this.full) {
      this.#atLimit(`only the first ${LONGEST} characters of what is printed are kept`);
      return;
    }
    const lines = text.split("\n");
    lines.forEach((line, i) => {
      if (i === 0 && this.#open) this.lines[this.lines.length - 1] += line;
      else if (i < lines.length - 1 || line !== "") this.lines.push(line);
    });
    this.#open = lines.at(-1) !== "";
  }
}

/** What `print` writes for its arguments; what comes after the limit is left out. */
export function printed(args: readonly Value[], keywords: Keywords): string {
  for (const name of keywords.keys()) {
    if (name !== "sep" && name !== "end" && name !== "flush") {
      throw new DialectError(`\`print\` has no argument \`${name}\`; it has \`sep\` and \`end\``);
    }
  }
  const separator = str(keywords.get("sep") ?? " ");
  let text = "";
  for (const [i, arg] of args.entries()) {
    if (text.length > LONGEST) break;
    text += (i > 0 ? separator : "") + str(arg);
  }
  return text + str(keywords.get("end") ?? "\n");
}
