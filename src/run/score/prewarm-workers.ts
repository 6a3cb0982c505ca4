import type { Job } from '../../job/job.js';
import { isTreeFile } from '../../model/trees/is-tree-file.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { storeOf } from '../../storage/store-of.js';
import { type Prewarmed, startPrewarmed } from '../../workers/prewarmed.js';
import type { Machine } from '../budgets/machine.js';
import { meansFor } from '../budgets/means.js';
import { sliceBytesFor } from '../plan/slice-bytes.js';
import { layoutOf } from '../records/layout.js';

/** With less memory, no process is started before it is certain to fit. */
const enoughMemory = 2 ** 30;

export const stageUrl = new URL('./stage.js', import.meta.url);

/**
 * Starts the workers that a run will probably need while it is being planned; null if workers are not
 * processes, if memory is short, or if the last run left nothing to do. Always close them.
 */
export async function prewarmWorkers(
  job: Job,
  inputs: readonly InputFile[],
  machine: Machine,
  force: boolean,
): Promise<Prewarmed | null> {
  const { isolation, threadsPerWorker } = job.run;
  const threads = threadsPerWorker === 'auto' ? 1 : threadsPerWorker;
  const slice = sliceBytesFor(job, job.columns.length);
  const { workers, memoryBytes } = meansFor(job, machine, { threads, heldBytes: 0 }, inputs, slice);
  if (isolation !== 'process' || memoryBytes < enoughMemory) return null;
  const { success } = layoutOf(job.output.path, job.output.format);
  if (!force && (await storeOf(success).exists(success))) return null;
  return startPrewarmed(workers, stageUrl, isTreeFile(job.model.path) ? 'modules' : 'runtime');
}
