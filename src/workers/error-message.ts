import {
  BudgetError,
  GateError,
  InterruptedError,
  InvalidError,
  NightshiftError,
  NoInputError,
  TransientError,
} from '../errors.js';
import type { ErrorMessage } from './messages.js';

const classes = { InvalidError, GateError, TransientError, BudgetError, NoInputError } as const;

/** An error as plain data. */
export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof NightshiftError) {
    const { name, message, reason, hint, place, stack } = error;
    return { name, message, reason, hint, place, stack: stack ?? null };
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, reason: null, hint: null, place: {}, stack: stack ?? null };
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
