import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/**
 * The SHA-256 of some bytes as 64 lower-case hexadecimal digits. WebCrypto is faster, but browsers hide it from pages that
 * came over plain http.
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return bytesToHex(digest ? new Uint8Array(digest) : sha256(bytes));
}
