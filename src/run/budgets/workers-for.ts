import type { Job } from '../../job/job.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { roomFor } from './memory-budget.js';

export interface WorkersFor {
  readonly workers: number;
  /** Why it is fewer than was asked for; null where it is not. */
  readonly note: string | null;
}

/** What is known of the machine and the model before the first worker starts. */
export interface Means {
  readonly cores: number;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly modelBytes: number;
}

/**
 * How many workers to start to score `inputs`: no more than there are slices, so that a tiny job does not pay for processes that it cannot use, and no more than the memory
 * holds with a model each.
 */
export function workersFor(
  { run }: Job,
  means: Means,
  inputs: readonly Pick<InputFile, 'bytes'>[],
): WorkersFor {
  const { cores, threads, memoryBytes, modelBytes } = means;
  const wanted = run.workers === 'auto' ? Math.max(1, Math.floor(cores / threads)) : run.workers;
  const slices = inputs.reduce((sum, { bytes }) => sum + Math.max(1, Math.ceil(bytes / run.chunkBytes)), 0);
  const useful = Math.max(1, Math.min(wanted, slices));
  const room = roomFor({ memoryBytes, modelBytes, chunkBytes: run.chunkBytes });
  if (room >= useful) return { workers: useful, note: null };
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  return {
    workers: room,
    note: `${room} of ${useful} workers are started: the memory of ${mib(memoryBytes)} holds no more with a model of ${mib(modelBytes)} each`,
  };
}
