import { AbsentModelError } from '../../model/absent-model-error.js';
import { whatIsThere } from '../../storage/what-is-there.js';

/**
 * Returns an error for a model that does not exist with what lies there instead; any other as it is. `hint` is
 * what to do if the path is not that of a job file.
 */
export async function withNeighbours(error: unknown, hint?: string): Promise<unknown> {
  if (!(error instanceof AbsentModelError)) return error;
  const { path, cause } = error;
  const isNone = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
  const there = isNone ? await whatIsThere(path, '') : null;
  const why = there === null ? '' : `: there is no such file, and ${there.replace(/^there is no/, 'no')}`;
  return new AbsentModelError(path, cause, { why, ...(hint === undefined ? {} : { hint }) });
}
