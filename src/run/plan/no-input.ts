import { InvalidError, NoInputError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { adviceFor } from '../../quality/advice.js';
import { listInputs } from '../../storage/list-inputs.js';
import { companion } from '../../storage/names-beside.js';
import { whatIsThere } from '../../storage/what-is-there.js';

/** Returns the error of a job without inputs, or with empty ones: what is there instead, and what to do. */
export async function noInput({ input, baseDir }: Job): Promise<NoInputError | InvalidError> {
  const { paths, onEmpty } = input;
  const others = await listInputs(paths, { baseDir, companions: true });
  const empty = others.filter(({ bytes }) => bytes === 0).map(({ name }) => name);
  const hint = adviceFor('no-input');
  if (empty.length > 0) {
    const what = empty.length === 1 ? `input "${empty[0]}" has` : `the ${empty.length} inputs have`;
    return new NoInputError('no-rows', `${what} no bytes`, { hint: adviceFor('no-rows') });
  }
  // A file that has arrived since is not said to accompany data.
  const [beside] = others.filter(({ name }) => companion.test(name));
  const there = beside !== undefined ? null : await whatIsThere(paths[0]!, baseDir);
  const instead = there === null ? '' : `: ${there}`;
  const only = beside === undefined ? '' : `, only files that accompany data, such as "${beside.name}"`;
  const message = `no input at "${paths.join('", "')}"${only}${instead}`;
  if (onEmpty === 'fail') return new InvalidError('no-input', message, { hint });
  return new NoInputError('no-input', message, { hint });
}
