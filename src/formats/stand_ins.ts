/** What often stands where a file should be: a pointer that was never followed, or a page about the file. */

const PAGE =
  'an HTML page, as a site shows it instead of the file; download the file itself, by its "download" or "raw" link';

/** How such a file begins, in small letters. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  "version https://git-lfs.github.com/":
    'a Git LFS pointer, which only stands for the file; fetch the file itself with "git lfs pull"',
  "<!doctype html": PAGE,
  "<html": PAGE,
};

/** Such as `a Git LFS pointer, …; fetch …`, to follow "it is"; undefined for what may be the file itself. */
export function standIn(bytes: Uint8Array): string | undefined {
  // The decoder drops a byte-order mark.
  const text = new TextDecoder().decode(bytes.subarray(0, 256)).trimStart().toLowerCase();
  return Object.entries(BEGINNINGS).find(([beginning]) => text.startsWith(beginning))?.[1];
}
