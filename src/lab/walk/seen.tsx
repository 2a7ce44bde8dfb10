/** What every stop shows of its example: characters, numbers, and the pictures that several stops share. */
import type { ComponentChildren } from "preact";
import { Bars } from "./bars.tsx";
import type { WalkBatch } from "./batch.ts";
import type { Example, HiddenName } from "./example.ts";
import { contextText, count, glyph, number } from "./format.ts";
import { largest, strongest } from "./pick.ts";

/** What a stop is given. */
export interface Seen {
  readonly batch: WalkBatch;
  readonly example: Example;
}

/** Hidden units and characters that a picture has room for. */
const UNITS = 64;
const CHARACTERS = 40;

/** A value in a sentence. */
export const N = ({ of, digits }: { of: number; digits?: number }) => (
  <b class="value">{number(of, digits)}</b>
);

/** A character in a sentence. */
export const Ch = ({ token, batch }: { token: number; batch: WalkBatch }) => (
  <b class="char">{glyph(batch.characters[token])}</b>
);

/** `..e` */
export const Context = ({ batch, example }: Seen) => (
  <b class="char">{contextText(example.context, batch.characters)}</b>
);

/** The units of a picture: all, or the strongest and the one that is followed. */
export function unitsOf({ example }: Seen, name: HiddenName): { units: number[]; which: string } {
  const values = example.hidden[name];
  const units = strongest(values, UNITS, [example.unit.at]);
  return {
    units,
    which:
      units.length < values.length
        ? `the ${units.length} strongest of ${count(values.length)} units`
        : `all ${units.length} units`,
  };
}

interface UnitBarsProps extends Seen {
  readonly name: HiddenName;
  /** What stood there before, drawn behind. */
  readonly before?: HiddenName;
  readonly children?: ComponentChildren;
}

/** A row of the hidden layer. */
export function UnitBars({ batch, example, name, before, children }: UnitBarsProps) {
  // With something behind them, the bars of before are the longer ones.
  const { units, which } = unitsOf({ batch, example }, before ?? name);
  const { at } = example.unit;
  const values = example.hidden[name];
  return (
    <Bars
      bars={units.map((j) => ({
        value: values[j],
        ghost: before && example.hidden[before][j],
        marked: j === at,
      }))}
      label={`${name} of this example, ${which}; unit ${at}: ${number(values[at])}`}
    >
      <code>{name}</code> of this example, {which}; ▲ marks unit {at}. {children}
    </Bars>
  );
}

interface CharacterBarsProps extends Seen {
  readonly values: ArrayLike<number>;
  /** Which are shown if there are too many: the largest, or the largest magnitudes. */
  readonly by?: "largest" | "magnitude";
  readonly name: string;
  readonly format?: (x: number) => string;
  readonly children: ComponentChildren;
}

/** A number for each character, the target marked. */
export function CharacterBars({
  batch,
  example,
  values,
  by = "largest",
  name,
  format = number,
  children,
}: CharacterBarsProps) {
  const pick = by === "largest" ? largest : strongest;
  const shown = pick(values, CHARACTERS, [example.target]);
  const label = (v: number) => glyph(batch.characters[v]);
  const top = [...shown].sort((a, b) => values[b] - values[a]).slice(0, 3);
  const some = shown.length < values.length ? `, ${shown.length} of ${count(values.length)} characters` : "";
  const said = [...new Set([...top, example.target])].map((v) => `${label(v)} ${format(values[v])}`);
  return (
    <Bars
      bars={shown.map((v) => ({ label: label(v), value: values[v], marked: v === example.target }))}
      label={`${name}${some}: ${said.join(", ")}, the last being the target`}
      format={format}
    >
      {children}
      {some &&
        ` Shown are the ${shown.length} ${by === "largest" ? "largest" : "strongest"} of ${count(values.length)}, and the target.`}
    </Bars>
  );
}
