/** Ways in which files get damaged. */
import fc from "fast-check";

/** One change of some bytes. */
export type Damage = (bytes: Uint8Array) => Uint8Array;

const at = (bytes: Uint8Array, share: number): number => Math.floor(share * bytes.length);
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
// More often near the start, where lengths and brackets are.
const place = fc.oneof(
  share,
  share.map((s) => s ** 8),
);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  place.map(
    (s): Damage =>
      (b) =>
        b.slice(0, at(b, s)),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
    ([s, mask]): Damage =>
      (b) => {
        const copy = b.slice();
        if (copy.length > 0) copy[at(b, s)] ^= mask;
        return copy;
      },
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 9 })).map(
    ([s, more]): Damage =>
      (b) =>
        Uint8Array.from([...b.subarray(0, at(b, s)), ...more, ...b.subarray(at(b, s))]),
  ),
  fc.tuple(place, share).map(
    ([s, length]): Damage =>
      (b) =>
        Uint8Array.from([...b.subarray(0, at(b, s)), ...b.subarray(at(b, s) + Math.ceil(20 * length))]),
  ),
);

/** These bytes after one to three accidents; fast-check prints the damaged bytes. */
export const damaged = (good: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(good, fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([bytes, accidents]) => accidents.reduce((b, d) => d(b), bytes));
