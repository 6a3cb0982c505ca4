import { InvalidError } from '../../errors.js';
import { whatIsThere } from '../../storage/what-is-there.js';

/** Returns an error for a model that does not exist with what lies there instead; any other as it is. */
export async function withNeighbours(error: unknown): Promise<unknown> {
  if (!(error instanceof InvalidError) || error.reason !== 'model-missing') return error;
  const { message, cause, location } = error;
  const { code, path } = cause as NodeJS.ErrnoException;
  if (location.file === undefined || (code !== 'ENOENT' && code !== 'ENOTDIR')) return error;
  // A folder that lacks a file is there itself.
  if (path !== undefined && path !== location.file) return error;
  const there = await whatIsThere(location.file, '');
  if (there === null) return error;
  const said = `${message}: there is no such file, and ${there.replace(/^there is no/, 'no')}`;
  return new InvalidError('model-missing', said, {
    ...location,
    cause,
    ...(error.hint === null ? {} : { hint: error.hint }),
  });
}
