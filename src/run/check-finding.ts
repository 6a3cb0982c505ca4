import type { ExitCode } from '../reasons.js';

/** One finding of a preflight; an `error` would fail the run or a partition. */
export interface CheckFinding {
  readonly level: 'error' | 'warning' | 'note';
  readonly about: string;
  readonly message: string;
  readonly hint: string | null;
  /** The exit code that a run, or the partition, would end with; only for some errors. */
  readonly exit_code?: ExitCode;
}
