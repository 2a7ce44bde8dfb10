import { describe, expect, test } from "vitest";
import { MT19937 } from "../../src/random/mt19937.ts";

const draw = (mt: MT19937, n: number) => Array.from({ length: n }, () => mt.nextUint32());

describe("MT19937", () => {
  test("from one word: the first outputs of mt19937ar.c, as numpy.random.RandomState(5489) gives them", () => {
    expect(draw(new MT19937(), 3)).toEqual([3499211612, 581869302, 3890346734]);
  });

  test("the 10,000th output from seed 5489 is the one the C++ standard requires", () => {
    expect(draw(new MT19937(5489), 10_000).at(-1)).toBe(4123659995);
  });

  test("only the low 32 bits of a seed count", () => {
    expect(draw(new MT19937(2 ** 32 + 5), 4)).toEqual(draw(new MT19937(5), 4));
  });

  test("from a key: mt19937ar.out's first outputs, for keys shorter and longer than the state", () => {
    expect(draw(new MT19937().initByArray([0x123, 0x234, 0x345, 0x456]), 3)).toEqual([
      1067595299, 955945823, 477289528,
    ]);
    // random.seed(2**22400 - 1) in Python 3.11, a key of 700 words; then random.getrandbits(32).
    const long = new MT19937().initByArray(new Uint32Array(700).fill(0xffffffff));
    expect(draw(long, 3)).toEqual([2830013534, 1750515526, 2872926267]);
    expect(() => new MT19937().initByArray([])).toThrow("key is empty");
  });

  test.each([0, 1, 623, 624, 625, 1000])("a state taken after %i draws goes on bit for bit", (n) => {
    const mt = new MT19937(7);
    draw(mt, n);
    const state = mt.getState();
    const expected = draw(mt, 1500);
    expect(draw(new MT19937(99).setState(state), 1500)).toEqual(expected);
    // The state is a copy, so drawing has not changed it.
    expect(draw(mt.setState(state), 1500)).toEqual(expected);
  });

  test("an invalid state is refused", () => {
    const mt = new MT19937();
    const { state } = mt.getState();
    expect(() => mt.setState({ state: new Uint32Array(3), index: 0 })).toThrow(
      "MT19937 state has 3 words; it must have 624.",
    );
    for (const index of [-1, 625, 1.5, Number.NaN]) {
      expect(() => mt.setState({ state, index })).toThrow(`MT19937 index is ${index}`);
    }
  });
});
