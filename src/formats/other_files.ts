/** What a file is that is no safetensors file, as far as its first bytes tell, and what to do about it. */
import { standIn } from "./stand_ins.ts";

/** A file's beginning, one character a byte; what else stands near it; and what such a file is. */
type Kind = readonly [begins: string, holds: string, is: string];

/** Opening a pickle of Python's may run anything, so no code here does. */
const pickled = (what: string, load: string): string =>
  `${what}, which may run code when it is opened and so is not opened here; in Python, ${saved("torch", load)}`;

const saved = (how: string, tensors: string): string =>
  `safetensors.${how}.save_file(${tensors}, "weights.safetensors") makes a file that is read here`;

const unpack = "and give the .safetensors file that is in it";

/** The first that fits counts. */
const KINDS: readonly Kind[] = [
  ["PK\x03\x04", "/data.pkl", pickled("a PyTorch file (torch.save)", "torch.load(FILE)")],
  ["PK\x03\x04", ".npy", `a NumPy file; in Python, ${saved("numpy", "dict(numpy.load(FILE))")}`],
  ["PK\x03\x04", "", `a zip archive; unpack it, ${unpack}`],
  ["\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9", "", pickled("a PyTorch file (torch.save)", "torch.load(FILE)")],
  ...["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"].map(
    (protocol): Kind => [protocol, "", pickled("a Python pickle", "pickle.load(FILE)")],
  ),
  ["\x1f\x8b", "", `compressed with gzip; unpack it with gunzip, ${unpack}`],
];

/** How much of a file is looked at: the name of the first entry of a zip archive is in there. */
const HEAD = 512;

/** In which nothing controls a terminal. */
const TEXT = /^[\P{Cc}\t\n\r]+$/u;

/** Such as `a zip archive; unpack it, …`, to follow "it is"; undefined if nothing is known about such bytes. */
export function kindOfFile(bytes: Uint8Array): string | undefined {
  const stand = standIn(bytes);
  if (stand) return stand;
  const head = bytes.subarray(0, HEAD);
  const raw = String.fromCharCode(...head);
  const known = KINDS.find(([begins, holds]) => raw.startsWith(begins) && raw.includes(holds));
  if (known) return known[2];
  const line = new TextDecoder().decode(head.subarray(0, 64)).slice(0, 24);
  return TEXT.test(line) && !line.includes("\ufffd")
    ? `text that begins with ${JSON.stringify(line)}, and no safetensors file`
    : undefined;
}
