import type { ExitCode, Reason, ReasonOf } from './reasons.js';

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
 * A failure that a person can act on; one subclass per responsible person. `message` is one sentence: subject
 * first, lower case, the option quoted, the value last, no full stop. `reason` is a stable word for machines,
 * one of those that `reasons` lists for the exit code.
 */
export abstract class NightshiftError<Code extends ExitCode = ExitCode> extends Error {
  abstract readonly exitCode: ExitCode;
  readonly reason: Reason;
  readonly hint: string | null;
  readonly location: ErrorLocation;

  constructor(reason: ReasonOf<Code>, message: string, details: ErrorDetails = {}) {
    const { hint, cause, ...location } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.reason = reason;
    this.hint = hint ?? null;
    this.location = location;
  }

  /** Returns this error after `reword` has replaced its texts. */
  reworded(reword: (text: string) => string): this {
    const { file } = this.location;
    return Object.assign(this, {
      message: reword(this.message),
      hint: this.hint === null ? null : reword(this.hint),
      location: file === undefined ? this.location : { ...this.location, file: reword(file) },
    });
  }
}

/** The job file, the model, the schema or an input file is wrong; its author must fix it. Exit code 2. */
export class InvalidError<Code extends ExitCode = 2> extends NightshiftError<Code> {
  readonly exitCode: ExitCode = 2;
}

/** An input ends too early, maybe because its transfer is in progress; try again later. Exit code 5. */
export class TruncatedError extends InvalidError<5> {
  override readonly exitCode = 5;
}

/**
 * A cause outside the run that may pass (storage away, input being written, lock held); try again later. Exit
 * code 5.
 */
export class TransientError extends NightshiftError<5> {
  readonly exitCode: ExitCode = 5;
}

/** The run stopped cleanly at a memory or time budget; raise the budget, or rerun. Exit code 6. */
export class BudgetError extends NightshiftError<6> {
  readonly exitCode: ExitCode = 6;
}

/** There was no input, and `on_empty` says to skip the run. Exit code 99. */
export class NoInputError extends NightshiftError<99> {
  readonly exitCode: ExitCode = 99;
}

/**
 * A signal stopped the run; a rerun resumes. Exit code 130 (SIGINT, an AbortSignal) or 143 (SIGTERM, SIGHUP).
 */
export class InterruptedError extends NightshiftError<130 | 143> {
  readonly exitCode: ExitCode;

  /** Only a run resumes. */
  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'AbortSignal', what: 'run' | 'command' = 'run') {
    super('interrupted', `the ${what} was stopped by ${signal === 'AbortSignal' ? 'its caller' : signal}`, {
      hint: what === 'run' ? 'run the same command again: it resumes' : 'run the same command again',
    });
    this.exitCode = signal === 'SIGINT' || signal === 'AbortSignal' ? 130 : 143;
  }
}

/**
 * Returns the error for a file that cannot be opened because too many files are open; null for another
 * `cause`.
 */
export function fileLimitError(kind: string, file: string, cause: unknown): TransientError | null {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code !== 'EMFILE' && code !== 'ENFILE') return null;
  return new TransientError('too-many-files', `${kind} "${file}" cannot be opened: too many files are open`, {
    file,
    hint: code === 'ENFILE' ? 'raise the system limit (sysctl fs.file-max)' : fileLimitHint,
    cause,
  });
}

/** Error codes of a disk, mount or network that fails or is busy: the same call may succeed later. */
export const failingStorage: ReadonlySet<string> = new Set([
  'EIO',
  'ESTALE',
  'ETIMEDOUT',
  'EBUSY',
  'EAGAIN',
  'ENOTCONN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EREMOTEIO',
  'EBADMSG',
  'EUCLEAN',
  'ENOLCK',
  'EPROTO',
]);

/** What to do if a process may not open enough files. */
export const fileLimitHint = 'raise the limit (ulimit -n)';

/** The hint for a file that this process has no permission to read. */
export const grantReadHint = 'grant read permission to the user of this process';
