/** tanh with a dot for each hidden unit, and the slope at one of them. */
import type { ComponentChildren } from "preact";

const [WIDTH, HEIGHT] = [360, 190];
/** The picture shows arguments up to this far from 0; beyond it tanh is flat. */
const REACH = 3.4;

const x = (value: number): number =>
  WIDTH / 2 + (Math.max(-REACH, Math.min(REACH, value)) / REACH) * (WIDTH / 2 - 8);
const y = (value: number): number => HEIGHT / 2 - value * (HEIGHT / 2 - 14);

const CURVE = Array.from({ length: 81 }, (_, i) => {
  const at = -REACH + (2 * REACH * i) / 80;
  return `${i === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(Math.tanh(at)).toFixed(1)}`;
}).join("");

interface Props {
  /** hpreact and h of the units that are shown. */
  readonly units: readonly { readonly before: number; readonly after: number }[];
  /** Of the one that is followed. */
  readonly own: { readonly before: number; readonly after: number };
  readonly label: string;
  readonly children?: ComponentChildren;
}

export function TanhCurve({ units, own, label, children }: Props) {
  const slope = 1 - own.after ** 2;
  // A piece of the tangent, of the same width wherever it is.
  const [from, to] = [own.before - 0.7, own.before + 0.7];
  const tangent = (at: number) => y(own.after + slope * (at - own.before));
  return (
    <figure class="curve">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        <path class="axis" d={`M0 ${y(0)}H${WIDTH}M${x(0)} 0V${HEIGHT}`} />
        <path class="axis dashed" d={`M0 ${y(1)}H${WIDTH}M0 ${y(-1)}H${WIDTH}`} />
        <path class="line" d={CURVE} />
        <text x={x(0) + 5} y={y(1) + 12}>
          1
        </text>
        <text x={x(0) + 5} y={y(-1) - 4}>
          −1
        </text>
        <text class="end" x={WIDTH - 3} y={y(0) + 13}>
          hpreact
        </text>
        {units.map(({ before, after }, i) => (
          <circle key={i} cx={x(before)} cy={y(after)} r="2.5" />
        ))}
        <path class="tangent" d={`M${x(from)} ${tangent(from)}L${x(to)} ${tangent(to)}`} />
        <circle class="own" cx={x(own.before)} cy={y(own.after)} r="6" />
      </svg>
      <figcaption>{children}</figcaption>
    </figure>
  );
}
