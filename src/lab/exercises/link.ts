/** A text in an address: compressed, in characters that an address may have. */
import { MOST_LINK } from "../url.ts";

/** A text that a link cannot carry, or a link that carries none. The message is one line. */
export class LinkError extends Error {
  override name = "LinkError";
}

/** Most characters of a text in a link: what it was compressed to says nothing about that. */
const MOST_TEXT = 200_000;

/** @throws LinkError if it is too long */
export async function encodeText(text: string): Promise<string> {
  const bytes = await collected(new Blob([text]).stream().pipeThrough(new CompressionStream("deflate")));
  const encoded = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
  if (encoded.length > MOST_LINK)
    throw new LinkError(
      `the text takes ${encoded.length} characters of an address, and a link has at most ${MOST_LINK}; export it to a file instead`,
    );
  return encoded;
}

/** @throws LinkError for what {@link encodeText} has not made */
export async function decodeText(encoded: string): Promise<string> {
  try {
    const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    // Its check sum tells a link that was cut or changed on the way.
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new TextDecoder("utf-8", { fatal: true }).decode(await collected(stream, MOST_TEXT));
  } catch {
    throw new LinkError(
      "the link's text cannot be read: the link was cut or changed on its way; ask for it again",
    );
  }
}

async function collected(stream: ReadableStream<Uint8Array>, most = Infinity): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError(`more than ${most} bytes`);
    }
    parts.push(next.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
