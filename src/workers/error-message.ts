import {
  BudgetError,
  InterruptedError,
  InvalidError,
  type NightshiftError,
  NoInputError,
  TransientError,
  TruncatedError,
} from '../errors.js';
import type { ErrorMessage } from './messages.js';

type ErrorParts = ConstructorParameters<typeof NightshiftError>;

const classes = {
  InvalidError,
  TruncatedError,
  TransientError,
  BudgetError,
  NoInputError,
} as const;

/**
 * Converts an error to plain data. Recognizes our errors by their fields, because a stage may have its own
 * classes.
 */
export function toErrorMessage(error: unknown): ErrorMessage {
  if (isOurs(error)) {
    const { name, message, reason, hint, location, stack } = error;
    return { name, message, reason, hint, location, stack: stack ?? null };
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, reason: null, hint: null, location: {}, stack: stack ?? null };
}

function isOurs(error: unknown): error is NightshiftError {
  return error instanceof Error && 'reason' in error && 'exitCode' in error && 'location' in error;
}

/**
 * Recreates the error of `toErrorMessage` in its class; all but a `NightshiftError` become plain errors with
 * the worker's stack.
 */
export function fromErrorMessage(data: ErrorMessage): Error {
  if (data.name === InterruptedError.name) return new InterruptedError('SIGTERM');
  const known = classes[data.name as keyof typeof classes];
  if (known !== undefined) {
    const details = data.hint === null ? data.location : { ...data.location, hint: data.hint };
    return new (known as new (...parts: ErrorParts) => NightshiftError)(data.reason!, data.message, details);
  }
  const error = new Error(data.message);
  error.name = data.name;
  if (data.stack !== null) error.stack = data.stack;
  return error;
}
