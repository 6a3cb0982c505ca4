/** Where a failure lies, as far as it is known. */
export interface Place {
  readonly file?: string;
  readonly row?: number;
  readonly line?: number;
  readonly column?: string;
}

export interface ErrorDetails extends Place {
  /** What to do about it, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * A failure that a person can act on; one subclass per who must act. `message` is one sentence: subject first, lower case, the option quoted,
 * the value last, no full stop. `reason` is a stable kebab-case word for machines.
 */
export abstract class NightshiftError extends Error {
  abstract readonly exitCode: number;
  readonly reason: string;
  readonly hint: string | null;
  readonly place: Place;

  constructor(reason: string, message: string, details: ErrorDetails = {}) {
    const { hint, cause, ...place } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.reason = reason;
    this.hint = hint ?? null;
    this.place = place;
  }
}

/** The job file, the model, the schema or an input file is wrong: whoever wrote it must act. Exit code 2. */
export class InvalidError extends NightshiftError {
  readonly exitCode: number = 2;
}

/** An input ends too early: as wrong as any other, but its transfer may still be under way, so the scheduler tries again. Exit code 5. */
export class TruncatedError extends InvalidError {
  override readonly exitCode = 5;
}

/** A quality gate failed: an analyst must look at the summary. Exit code 3. */
export class GateError extends NightshiftError {
  readonly exitCode: number = 3;
}

/** Something outside may pass by waiting (storage away, input still being written, the lock held): the scheduler tries again. Exit code 5. */
export class TransientError extends NightshiftError {
  readonly exitCode: number = 5;
}

/** A memory or time budget was reached and the run stopped cleanly: give it more, or rerun. Exit code 6. */
export class BudgetError extends NightshiftError {
  readonly exitCode: number = 6;
}

/** There was no input, and `on_empty` says that this is to be skipped. Exit code 99. */
export class NoInputError extends NightshiftError {
  readonly exitCode: number = 99;
}

/** A signal asked the run to stop; the rerun resumes. Exit code 130 (SIGINT) or 143 (SIGTERM, SIGHUP). */
export class InterruptedError extends NightshiftError {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super('interrupted', `the run was stopped by ${signal}`, {
      hint: 'run the same command again: it resumes',
    });
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}
