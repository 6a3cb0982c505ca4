import { InvalidError } from '../errors.js';

/** The error for an option of a column that cannot be kept: `"columns.carrier.range" must ...`. */
export function badContract(
  column: string,
  option: string,
  message: string,
  hint: string,
  cause?: unknown,
): InvalidError {
  return new InvalidError('bad-contract', `"columns.${column}.${option}" ${message}`, {
    column,
    hint,
    cause,
  });
}
