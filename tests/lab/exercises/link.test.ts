/** A text in an address: it comes back as it was, or is refused in one line. */
import { describe, expect, it } from "vitest";
import { decodeText, encodeText, LinkError } from "../../../src/lab/exercises/link.ts";
import { exerciseFragment, fromFragment } from "../../../src/lab/url.ts";
import { solutions } from "../../exercises/dialect/solutions.ts";

describe("a text in an address", () => {
  it.each(["", "dprobs = dlogprobs / probs\n", "# für 𝓛\r\n\t", "\0", ...Object.values(solutions)])(
    "comes back as it was (%#)",
    async (text) => {
      const { text: encoded } = fromFragment(exerciseFragment("exercise-1", await encodeText(text)));
      expect(await decodeText(encoded!)).toBe(text);
    },
  );

  it("that is too long is refused", async () => {
    // Nothing that can be compressed.
    const text = Array.from({ length: 8000 }, (_, i) =>
      String.fromCharCode(33 + ((i * i * 7919) % 89) + (i % 5)),
    ).join("");
    const random = Array.from({ length: 12_000 }, () =>
      String.fromCharCode(33 + Math.floor(90 * Math.random())),
    ).join("");
    expect(text.length).toBe(8000);
    await expect(encodeText(random)).rejects.toThrow(
      /^the text takes \d+ characters of an address, and a link has at most 8000; export it to a file instead$/,
    );
  });

  it("that was cut or changed on its way is refused, and so is what was never one", async () => {
    const encoded = await encodeText(solutions["the lecture's"]);
    const changed = `${encoded.slice(0, 100)}${encoded[100] === "A" ? "B" : "A"}${encoded.slice(101)}`;
    for (const wrong of [encoded.slice(0, -8), changed, "abc", "_", ""])
      await expect(decodeText(wrong)).rejects.toThrow(LinkError);
  });

  it("that would fill the memory is refused", async () => {
    const bomb = await encodeText("a".repeat(200_001));
    expect(bomb.length).toBeLessThan(1000);
    await expect(decodeText(bomb)).rejects.toThrow(/cannot be read/);
    expect(await decodeText(await encodeText("a".repeat(200_000)))).toHaveLength(200_000);
  });
});
