import { resolve } from 'node:path';
import type { Job } from '../../job/job.js';
import { type InputFile, listInputs } from '../../storage/list-inputs.js';
import { splitInputs } from './split-inputs.js';

/**
 * Lists the files that a job reads, including empty ones if they would fail it; of a folder not the job file
 * and the models. Throws like `listInputs`.
 */
export function listFiles({ input, model, file, baseDir }: Job): Promise<InputFile[]> {
  const { path, challengers, compareWith } = model;
  const own = new Set([file, path, ...challengers, compareWith ?? path].map((one) => resolve(one)));
  return listInputs(input.paths, { baseDir, empty: input.onEmpty === 'fail', own });
}

/** Lists the partitions of a job: its files, large ones in parts. */
export async function listParts(job: Job): Promise<InputFile[]> {
  return splitInputs(await listFiles(job), job.input.splitBytes);
}
