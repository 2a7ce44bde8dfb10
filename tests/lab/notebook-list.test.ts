import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fetchNotebookList } from "../../src/lab/data/notebook_list.ts";

const answer = (body: BodyInit, status = 200) => (async () => new Response(body, { status })) as typeof fetch;

it.each([
  [
    "another list",
    answer("emma\nolivia\n"),
    /is not the list the notebook used: its SHA-256 is [0-9a-f]{12}…/,
  ],
  ["an error page", answer("not here", 404), /it answered 404/],
  [
    "no connection",
    (() => Promise.reject(new TypeError("Failed to fetch"))) as typeof fetch,
    /Failed to fetch/,
  ],
  [
    "silence",
    (() => Promise.reject(new DOMException("", "TimeoutError"))) as typeof fetch,
    /it did not come within 15 s; check your connection/,
  ],
])("refuses %s", async (_, fetcher, message) => {
  await expect(fetchNotebookList(fetcher)).rejects.toThrow(message);
});

const path = process.env.NOTEBOOK_NAMES ?? "";
it.skipIf(!existsSync(path))("takes the notebook's own (skipped without NOTEBOOK_NAMES)", async () => {
  const bytes = readFileSync(path);
  let asked = "";
  const taken = await fetchNotebookList((async (url: string) => {
    asked = url;
    return new Response(bytes);
  }) as typeof fetch);
  expect(new URL(asked).hostname).toBe("raw.githubusercontent.com");
  expect(Buffer.compare(taken, bytes)).toBe(0);
});
