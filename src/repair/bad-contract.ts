import { InvalidError } from '../errors.js';

/** Returns the error for an invalid option of a column: `"columns.carrier.range" must ...`. */
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
