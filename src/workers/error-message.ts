import {
  BudgetError,
  GateError,
  InterruptedError,
  InvalidError,
  type NightshiftError,
  NoInputError,
  TransientError,
  TruncatedError,
} from '../errors.js';
import type { ErrorMessage } from './messages.js';

const classes = {
  InvalidError,
  TruncatedError,
  GateError,
  TransientError,
  BudgetError,
  NoInputError,
} as const;

/** An error as plain data. One of ours is known by what it carries: a stage that was loaded from elsewhere brings classes of its own. */
export function toErrorMessage(error: unknown): ErrorMessage {
  if (isOurs(error)) {
    const { name, message, reason, hint, place, stack } = error;
    return { name, message, reason, hint, place, stack: stack ?? null };
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, reason: null, hint: null, place: {}, stack: stack ?? null };
}

function isOurs(error: unknown): error is NightshiftError {
  return error instanceof Error && 'reason' in error && 'exitCode' in error && 'place' in error;
}

/** The error that `toErrorMessage` described, of the same class; anything that was no `NightshiftError` is a plain `Error` with the worker's stack. */
export function fromErrorMessage(data: ErrorMessage): Error {
  if (data.name === InterruptedError.name) return new InterruptedError('SIGTERM');
  const known = classes[data.name as keyof typeof classes];
  if (known !== undefined) {
    const details = data.hint === null ? data.place : { ...data.place, hint: data.hint };
    return new known(data.reason ?? 'unknown', data.message, details);
  }
  const error = new Error(data.message);
  error.name = data.name;
  if (data.stack !== null) error.stack = data.stack;
  return error;
}
