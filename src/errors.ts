/** Location of a failure, as far as it is known. */
export interface ErrorLocation {
  readonly file?: string;
  readonly row?: number;
  readonly line?: number;
  readonly column?: string;
}

export interface ErrorDetails extends ErrorLocation {
  /** What to do about it, in one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * A failure that a person can act on; one subclass per responsible person. `message` is one sentence: subject first, lower case, the option
 * quoted, the value last, no full stop. `reason` is a stable kebab-case code.
 */
export abstract class NightshiftError extends Error {
  abstract readonly exitCode: number;
  readonly reason: string;
  readonly hint: string | null;
  readonly location: ErrorLocation;

  constructor(reason: string, message: string, details: ErrorDetails = {}) {
    const { hint, cause, ...location } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.reason = reason;
    this.hint = hint ?? null;
    this.location = location;
  }
}

/** The job file, the model, the schema or an input file is wrong; its author must fix it. Exit code 2. */
export class InvalidError extends NightshiftError {
  readonly exitCode: number = 2;
}

/** An input ends too early. Its transfer may still be in progress, so the scheduler tries again. Exit code 5. */
export class TruncatedError extends InvalidError {
  override readonly exitCode = 5;
}

/** A quality gate failed; an analyst must look at the summary. Exit code 3. */
export class GateError extends NightshiftError {
  readonly exitCode: number = 3;
}

/**
 * A cause outside the run that may pass (storage away, input still being written, the lock held); the scheduler tries again. Exit code 5.
 */
export class TransientError extends NightshiftError {
  readonly exitCode: number = 5;
}

/** The run stopped cleanly at a memory or time budget; raise the budget, or rerun. Exit code 6. */
export class BudgetError extends NightshiftError {
  readonly exitCode: number = 6;
}

/** There was no input, and `on_empty` says to skip the run. Exit code 99. */
export class NoInputError extends NightshiftError {
  readonly exitCode: number = 99;
}

/** A signal asked the run to stop; a rerun resumes. Exit code 130 (SIGINT) or 143 (SIGTERM, SIGHUP). */
export class InterruptedError extends NightshiftError {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super('interrupted', `the run was stopped by ${signal}`, {
      hint: 'run the same command again: it resumes',
    });
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}
