import type { Job } from '../../job/job.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { mebibytes } from '../../text/units.js';
import { type Machine, memoryLimit } from './machine.js';
import { roomFor } from './memory-budget.js';

/** Resources of the machine that a run may use. */
export interface Means {
  readonly workers: number;
  /** Why they are fewer than requested; null if they are not. */
  readonly note: string | null;
  readonly memoryBytes: number;
  /** True if the control group's limit determines the memory. */
  readonly isGroupLimited: boolean;
}

/**
 * Decides how many workers score `inputs` in slices of `sliceBytes`, and in how much memory: no more workers
 * than there are slices, so that a tiny job does not pay for processes that it cannot use, and no more than fit
 * into memory with a model each.
 */
export function meansFor(
  job: Job,
  machine: Machine,
  model: { readonly threads: number; readonly heldBytes: number },
  inputs: readonly Pick<InputFile, 'bytes'>[],
  sliceBytes: number,
): Means {
  const { run } = job;
  const memoryBytes = memoryLimit(job, machine);
  const wanted =
    run.workers === 'auto' ? Math.max(1, Math.floor(machine.cores / model.threads)) : run.workers;
  const slices = inputs.reduce((sum, { bytes }) => sum + Math.max(1, Math.ceil(bytes / sliceBytes)), 0);
  const useful = Math.max(1, Math.min(wanted, slices));
  const room = roomFor({ memoryBytes, modelBytes: model.heldBytes, chunkBytes: sliceBytes });
  const note = `${room} of ${useful} workers are started: no more fit into the memory of ${mebibytes(memoryBytes)} with a model of ${mebibytes(model.heldBytes)} each`;
  return {
    workers: Math.min(room, useful),
    note: room < useful ? note : null,
    memoryBytes,
    isGroupLimited: machine.isLimited && memoryBytes === machine.memoryBytes,
  };
}
