/** What files are that are given in the place of a safetensors file, by their first bytes. */
import { describe, expect, it } from "vitest";
import { kindOfFile } from "../../src/formats/other_files.ts";
import { readSafetensors, UnsupportedFileError } from "../../src/formats/safetensors.ts";

const text = (content: string) => new TextEncoder().encode(content);
const hex = (bytes: string) => Uint8Array.from(Buffer.from(bytes.replaceAll(" ", ""), "hex"));

/** The first bytes as PyTorch 1.13, NumPy 1.24 and Python 3.11 write them. */
const files: Record<string, [file: Uint8Array, is: RegExp]> = {
  "a Git LFS pointer": [
    text(`version https://git-lfs.github.com/spec/v1\noid sha256:${"ab".repeat(32)}\nsize 17660\n`),
    /^a Git LFS pointer, .* "git lfs pull"$/,
  ],
  "an HTML page": [text("\n<!DOCTYPE html>\n<html lang=en>"), /^an HTML page, .* "download" or "raw" link$/],
  "an HTML page without a doctype": [text("\ufeff<HTML><head>"), /^an HTML page, /],
  "torch.save's zip": [
    hex(
      "504b0304 00000808 00000000 00000000 00000000 00000000 0c001600 6e65772f 64617461 2e706b6c 46421200 5a5a5a5a 80027d71",
    ),
    /^a PyTorch file \(torch\.save\), .*safetensors\.torch\.save_file\(torch\.load\(FILE\), /,
  ],
  "torch.save before 1.6": [hex("80028a0a 6cfc9c46 f9206aa8 50192e80 024de903"), /^a PyTorch file /],
  "a pickle": [hex("8004950a 00000000 0000007d 948c0161"), /^a Python pickle, .*pickle\.load/],
  "numpy.savez": [
    hex("504b0304 14000000 00000000 2100 2ee3f9bc 98000000 98000000 0500 1400 612e6e7079 0100"),
    /^a NumPy file; .*safetensors\.numpy\.save_file/,
  ],
  "any zip": [
    hex("504b0304 14000000 00000000 2100 2ee3f9bc 98000000 98000000 0500 1400 612e747874"),
    /^a zip/,
  ],
  gzip: [hex("1f8b0800 00000000 0003"), /^compressed with gzip; .*gunzip/],
  words: [text("emma\nolivia\n"), /^text that begins with "emma\\nolivia\\n", and no safetensors file$/],
};

describe("a file that is", () => {
  it.each(Object.entries(files))("%s", (_, [file, is]) => {
    expect(kindOfFile(file)).toMatch(is);
    expect(() => readSafetensors(file)).toThrow(UnsupportedFileError);
    expect(() => readSafetensors(file)).toThrow(`it is ${kindOfFile(file)}`);
  });

  it.each([
    ["noise", hex("ff017f9c 88223344 55667788")],
    ["a terminal's escapes", text("\u001b[31mred")],
    ["nothing", new Uint8Array(0)],
  ])("%s has no name", (_, file) => expect(kindOfFile(file)).toBeUndefined());
});
