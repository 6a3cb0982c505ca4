import type { Job } from '../../job/job.js';
import { type InputFile, listInputs } from '../../storage/list-inputs.js';
import { splitInputs } from './split-inputs.js';

/** Lists the files that a job reads, including empty ones if they would fail it. Throws like `listInputs`. */
export function listFiles({ input, baseDir }: Job): Promise<InputFile[]> {
  return listInputs(input.paths, { baseDir, empty: input.onEmpty === 'fail' });
}

/** Lists the partitions of a job: its files, large ones in parts. */
export async function listParts(job: Job): Promise<InputFile[]> {
  return splitInputs(await listFiles(job), job.input.splitBytes);
}
