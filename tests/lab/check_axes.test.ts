/** What the axes of a tensor's picture say. */
import { expect, it } from "vitest";
import { axesOf, nested, sayElement, ticksOf } from "../../src/lab/check/axes.ts";

const sizes = { vocabulary: 3, context: 2, embedding: 4, hidden: 70, batch: 32 };
const characters = [".", "a", "b"];

it("names an element by example, unit and character", () => {
  const say = (symbols: string[], index: number) => sayElement(axesOf(symbols, sizes, characters), index);
  expect(say(["H", "V"], 5 * 3 + 1)).toBe("unit 5, character a");
  expect(say(["N", "T", "E"], (7 * 2 + 1) * 4 + 3)).toBe("example 7, place 1, float 3");
  expect(say(["N", "K"], 8 + 6)).toBe("example 1, place 1, float 2");
  expect(say(["1", "H"], 69)).toBe("unit 69");
  expect(say(["V"], 0)).toBe('character "."');
  expect(say([], 0)).toBe("");
});

it("labels characters by themselves, and the floats of a context place by place", () => {
  const [v] = axesOf(["V"], sizes, characters);
  expect(ticksOf(v, 24, 19).map(v.tick)).toEqual([".", "a", "b"]);
  const [k] = axesOf(["K"], sizes, characters);
  expect(ticksOf(k, 20, 60).map(k.tick)).toEqual(["place 0", "place 1"]);
  const [, t, e] = axesOf(["N", "T", "E"], sizes, characters);
  expect(ticksOf(nested(t, e), 20, 60)).toEqual([0, 4]);
});

it("keeps labels apart, at numbers that one counts in", () => {
  const [h] = axesOf(["H"], sizes, characters);
  expect(ticksOf(h, 3, 15)).toEqual(Array.from({ length: 14 }, (_, i) => 5 * i));
  expect(ticksOf(h, 0.5, 30)).toEqual([0]);
  expect(ticksOf(h, 24, 20)).toHaveLength(70);
});
