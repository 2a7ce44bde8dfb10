/** Which values an axis labels, and how it writes them. */
import { ticks } from "d3-array";

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  /** Its length in pixels, and the least between two labels. */
  readonly pixels: number;
  readonly room: number;
  /** Powers of ten are equally far apart. */
  readonly log?: boolean;
  /** It counts, so that nothing lies between 3 and 4. */
  readonly whole?: boolean;
}

/** As many as have room. They are evenly spaced, unless a log axis is long enough for the usual ones. */
export function axisTicks(axis: Axis): Tick[] {
  const log = axis.log ? logTicks(axis) : [];
  if (log.length >= ENOUGH)
    return log.map((at) => ({ at, label: writer(at, 10 ** Math.floor(Math.log10(at)))(at) }));
  const even = evenTicks(axis);
  const step = even.length > 1 ? even[1] - even[0] : axis.high - axis.low;
  const write = writer(Math.max(...even.map(Math.abs)), step);
  return even.map((at) => ({ at, label: write(at) }));
}

/** With fewer of the usual labels than this, a log axis gets evenly spaced ones. */
const ENOUGH = 4;

/** The densest first. */
const MULTIPLES = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];

function logTicks(axis: Axis): number[] {
  const [first, last] = [axis.low, axis.high].map((v) => Math.floor(Math.log10(v)));
  const within = (multiples: readonly number[], every: number): number[] => {
    const values: number[] = [];
    for (let exponent = Math.ceil(first / every) * every; exponent <= last; exponent += every)
      values.push(...multiples.map((m) => Number(`${m}e${exponent}`)));
    // The lowest decade may begin below the axis.
    return values.filter((v) => v >= axis.low && v <= axis.high);
  };
  for (const multiples of MULTIPLES) {
    const values = within(multiples, 1);
    if (roomy(values, axis)) return values;
  }
  for (let every = 2; ; every++) {
    const values = within([1], every);
    if (roomy(values, axis)) return values;
  }
}

function evenTicks(axis: Axis): number[] {
  const { low, high, pixels, room, whole } = axis;
  const most = Math.floor(pixels / room);
  for (let count = whole ? Math.min(most, Math.floor(high - low)) : most; count > 1; count--) {
    const values = ticks(low, high, count);
    if (roomy(values, axis)) return values;
  }
  return ticks(low, high, 1);
}

/** Whether no two labels would be closer than allowed. */
function roomy(values: readonly number[], { low, high, pixels, room, log }: Axis): boolean {
  const place = log ? Math.log10 : (v: number) => v;
  const scale = pixels / (place(high) - place(low));
  return values.every((v, i) => i === 0 || (place(v) - place(values[i - 1])) * scale >= room);
}

/** Each with the least number that is written in it. */
const UNITS = [
  { unit: 1e9, suffix: "G", from: 1e9 },
  { unit: 1e6, suffix: "M", from: 1e6 },
  { unit: 1e3, suffix: "k", from: 1e4 },
  { unit: 1, suffix: "", from: 0 },
];

/** Writes numbers up to `largest` so that those `step` apart differ. */
function writer(largest: number, step: number): (v: number) => string {
  // A step of 0.3 − 0.2 is a little less than 0.1.
  const last = Math.floor(Math.log10(step) + 1e-6);
  if (largest >= 1e13 || largest < 1e-3) return (v) => (v === 0 ? "0" : scientific(v, last));
  const { unit, suffix } = UNITS.find(
    (u) => largest >= u.from && (u.unit === 1 || last >= Math.log10(u.unit) - 1),
  )!;
  const digits = Math.min(20, Math.max(0, Math.round(Math.log10(unit)) - last));
  const { format } = new Intl.NumberFormat("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (v) => (v === 0 ? "0" : `${format(v / unit)}${suffix}`);
}

/** Such as `3e-7`. `last` is the exponent of the last digit that counts. */
function scientific(v: number, last: number): string {
  const digits = Math.max(0, Math.floor(Math.log10(Math.abs(v)) + 1e-9) - last);
  const [mantissa, exponent] = v.toExponential(Math.min(20, digits)).split("e");
  return `${Number(mantissa)}e${Number(exponent)}`;
}
