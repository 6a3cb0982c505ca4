import { InvalidError, NoInputError } from '../../errors.js';
import type { Source } from '../../formats/format.js';
import type { Job } from '../../job/job.js';
import { adviceFor } from '../../quality/advice.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { RunPlan } from './run-plan.js';

/** Larger inputs, and those that are split, are assumed to have rows: a header alone is smaller. */
const mostHeaderBytes = 16 * 1024;

/**
 * Treats inputs with a header and no row as `input.on_empty` says. Opens small inputs up to one with a row.
 */
export async function refuseRowless(
  job: Job,
  inputs: readonly InputFile[],
  { sources }: Pick<RunPlan, 'sources'>,
): Promise<void> {
  const mayHaveRows = inputs.some(({ bytes, part }) => part !== undefined || bytes > mostHeaderBytes);
  if (inputs.length === 0 || job.input.onEmpty === 'succeed' || mayHaveRows) return;
  for (const input of inputs) {
    try {
      if (await hasRows(await sources.open(input))) return;
    } catch {
      // An input that cannot be opened is not empty; its partition says why.
      return;
    }
  }
  const what = inputs.length === 1 ? `input "${inputs[0]!.name}" has` : `the ${inputs.length} inputs have`;
  const message = `${what} a header and no rows`;
  const hint = adviceFor('no-rows');
  if (job.input.onEmpty === 'fail') throw new InvalidError('no-rows', message, { hint });
  throw new NoInputError('no-rows', message, { hint });
}

async function hasRows(source: Source): Promise<boolean> {
  if (source.description.rows !== null) return source.description.rows > 0;
  for await (const _ of source.cut(mostHeaderBytes)) return true;
  return false;
}
