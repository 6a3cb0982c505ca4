/**
 * A sentence about how an input was read. `check`: rows or values may be wrong or lost, and a person should look; `note`: certain, but
 * useful to know.
 */
export interface SourceFinding {
  /** A stable kebab-case code. */
  readonly code: string;
  readonly level: 'check' | 'note';
  /** Without the name of the input, which precedes it; says which key of the job file changes the behaviour. */
  readonly sentence: string;
}
