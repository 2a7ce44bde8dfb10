/** A word list from strings, where there is no file. */
import { DataError, quote, show } from "./error.ts";
import { requireEnoughWords, type WordList } from "./words.ts";

/**
 * The strings as a word list: one word each, in their order; empty ones are dropped and counted.
 * @param source what messages and checkpoints call the list
 * @throws DataError for something else than strings, for one that has a line break, and for fewer than 10
 */
export function wordList(strings: Iterable<string>, source = "a list of strings"): WordList {
  if (typeof strings === "string" || typeof strings?.[Symbol.iterator] !== "function")
    throw new DataError(`${source}: it is ${show(strings)}; give a list of strings, one for each word.`);
  const words: string[] = [];
  let blankLines = 0;
  let index = 0;
  for (const word of strings) {
    if (typeof word !== "string")
      throw new DataError(`${source}: element ${index} is ${show(word)}; give strings.`);
    // In a file it would be two words.
    if (/[\r\n]/.test(word))
      throw new DataError(
        `${source}: element ${index}, ${quote(word)}, has a line break; give one word each.`,
      );
    if (word.trim() === "") blankLines++;
    else words.push(word);
    index++;
  }
  requireEnoughWords(words.length, source, "give one string for each word");
  return { words, blankLines, source };
}

/** @throws DataError for what is no word list, such as an array of strings */
export function requireList(list: WordList): void {
  if (!Array.isArray(list?.words))
    throw new DataError(
      `the word list is ${Array.isArray(list) ? "an array" : show(list)}; make one with wordList(strings), parseWords(bytes, name) or loadBundledWords().`,
    );
}
