import { InvalidError, TransientError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { pinnedNames } from '../plan/pinned-plan.js';
import type { Selection } from '../plan/select-inputs.js';
import { layoutOf } from '../records/layout.js';
import { markFolders, type ScoredElsewhere } from '../records/scored-elsewhere.js';
import { liveClaims } from './claim.js';

/**
 * Throws `TransientError` while a run of the job works in another folder, or if one has published something
 * since `elsewhere` was read: both might take the same inputs. Call it with the own folder claimed, so that of
 * two runs that begin at once at least one sees the other.
 */
export async function refuseParallel(job: Job, elsewhere: ScoredElsewhere | null): Promise<void> {
  if (elsewhere === null) return;
  for (const [folder, mark] of await markFolders(job)) {
    const [other] = await liveClaims(layoutOf(folder, job.output.format));
    if (other !== undefined) {
      const message = `run ${other.runId} works in "${folder}", and may take the same inputs`;
      throw new TransientError('locked', message, { file: folder, hint: 'run again when it has ended' });
    }
    if (elsewhere.marks.get(folder) === mark) continue;
    const message = `another run of the job wrote to "${folder}" while this one was planned`;
    throw new TransientError('plan-changed', message, {
      file: folder,
      hint: 'run again: it takes what is left',
    });
  }
}

/** Throws `InvalidError` for a shard without a saved plan: each would see other inputs as new. */
export async function refuseUnpinned(job: Job, { shard }: Selection): Promise<void> {
  if (job.input.since === null || shard === null) return;
  if ((await pinnedNames(layoutOf(job.output.path, job.output.format))) !== null) return;
  throw new InvalidError('usage', '"input.since" with "--shard" needs a saved plan', {
    hint: 'save it first, once for all shards: nightshift plan JOB --save',
  });
}
