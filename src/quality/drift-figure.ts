export const driftMeasures = [
  'disappeared',
  'psi',
  'js',
  'ks',
  'chi_square',
  'mean',
  'value_share',
  'null_rate',
  'unknown_rate',
  'new_values',
  'lost_values',
  'beyond_range',
  'tail',
  'spike',
] as const;
export type DriftMeasure = (typeof driftMeasures)[number];

/** One measure of a column's distance from its baseline. */
export interface DriftFigure {
  readonly measure: DriftMeasure;
  readonly figure: number;
  /** Limit of the figure: the threshold, or the sampling noise at this size if that is greater. */
  readonly limit: number;
  /** Upper bound of the figure for an unchanged column, except once in 100,000. */
  readonly noise: number;
  readonly level: DriftLevel;
  /** From 0 to 1, to compare measures: severe from 0.5. */
  readonly extent: number;
  readonly sentence: string;
}

export type DriftLevel = 'none' | 'moderate' | 'severe';

/** Returns a figure from 0 to 1, which is 0.5 at `severe`. */
export function extent(figure: number, severe: number): number {
  return figure / (figure + severe);
}
