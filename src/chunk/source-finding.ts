/** A sentence about how an input was read. `check`: rows or values may be wrong or lost, a person must look; `note`: certain, and worth saying. */
export interface SourceFinding {
  /** A stable kebab-case word for machines. */
  readonly code: string;
  readonly level: 'check' | 'note';
  /** Without the input's name, which stands before it; says which key of the job file changes it. */
  readonly sentence: string;
}
