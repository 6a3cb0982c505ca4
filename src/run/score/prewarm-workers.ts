import { existsSync } from 'node:fs';
import type { Job } from '../../job/job.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { type Prewarmed, startPrewarmed } from '../../workers/prewarmed.js';
import type { Machine } from '../budgets/machine.js';
import { meansFor } from '../budgets/means.js';
import { layoutOf } from '../records/layout.js';

/** Below this the processes of a run are counted one by one, and none is started before its place is sure. */
const enoughMemory = 2 ** 30;

export const stageUrl = new URL('../slice/score-slice.js', import.meta.url);

/**
 * Starts the workers that a run will most likely need while it is still being planned; null where workers are not processes, where memory is short, and where
 * the last run left nothing to do. Close them whatever happens.
 */
export function prewarmWorkers(
  job: Job,
  inputs: readonly InputFile[],
  machine: Machine,
  force: boolean,
): Prewarmed | null {
  const { isolation, threadsPerWorker } = job.run;
  const threads = threadsPerWorker === 'auto' ? 1 : threadsPerWorker;
  const { workers, memoryBytes } = meansFor(job, machine, { threads, bytes: 0 }, inputs);
  if (isolation !== 'process' || memoryBytes < enoughMemory) return null;
  if (!force && existsSync(layoutOf(job.output.path, job.output.format).success)) return null;
  return startPrewarmed(workers, stageUrl);
}
