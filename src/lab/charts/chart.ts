/** What a chart of curves over steps shows. */

export interface Line {
  readonly label: string;
  /** A CSS custom property, such as `--accent`. */
  readonly color: string;
  readonly width?: number;
  /** Lengths of dashes and gaps, in pixels. */
  readonly dash?: readonly number[];
  /** Points only, not joined by lines. */
  readonly points?: boolean;
  /** Drawn, but left out of the legend. */
  readonly unnamed?: boolean;
  /** Too far from the others: the scale ignores it. */
  readonly outlier?: boolean;
}

/** Something that happens at a step of a run. */
export interface StepEvent {
  readonly step: number;
  readonly label: string;
}

export interface Chart {
  readonly lines: readonly Line[];
  readonly height: number;
  /** The name of the vertical axis. */
  readonly axis: string;
  readonly log?: boolean;
  /** Indices of two lines, the upper one first. The area between them is filled in the colour of the first. */
  readonly band?: readonly [number, number];
  /** A value to mark with a dashed horizontal line. */
  readonly mark?: number;
  /** Steps to mark with dashed vertical lines, and what happens there; in their order. */
  readonly events?: readonly StepEvent[];
  /** Range of the vertical axis while there is no data. */
  readonly idle: readonly [number, number];
}
