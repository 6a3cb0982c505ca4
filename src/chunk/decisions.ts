/** How a score becomes a decision: calibrate, round, then compare with the threshold and the bands. */
export interface Decisions {
  readonly calibration: Calibration | null;
  /** Decimal places that are kept. */
  readonly round: number | null;
  /** True, or the label `yes`, from `at` on. */
  readonly threshold: {
    readonly at: number;
    readonly labels: readonly [no: string, yes: string] | null;
  } | null;
  /** Ascending; a score is in the first band that it does not exceed. Null: no bound. */
  readonly bands: readonly { readonly name: string; readonly upTo: number | null }[] | null;
  /** The rows among which a score is ranked and put into tenths; absent: it is not ranked. */
  readonly rank?: 'partition';
  readonly decile?: 'partition';
}

export type Calibration =
  /** 1 / (1 + exp(slope * score + offset)), as Platt and scikit-learn write it. */
  | { readonly kind: 'platt'; readonly slope: number; readonly offset: number }
  /** Interpolates linearly between points; beyond them, the first or the last value applies. */
  | { readonly kind: 'table'; readonly from: readonly number[]; readonly to: readonly number[] };
