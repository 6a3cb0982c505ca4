/**
 * A sentence about how an input was read. `check`: rows or values may be wrong or lost; `note`: certain, but
 * useful to know.
 */
export interface SourceFinding {
  /** A stable kebab-case code. */
  readonly code: string;
  readonly level: 'check' | 'note';
  /**
   * Without the input's name, which precedes it; names the key of the job file that changes the behaviour.
   */
  readonly sentence: string;
}
