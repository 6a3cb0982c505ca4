import { createHash } from 'node:crypto';
import type { Job } from '../../job/job.js';
import { jobMeaning } from '../../job/job-meaning.js';
import { hashNow } from '../../storage/hash-input.js';

/**
 * Returns the SHA-256 of the part of a job that determines the bytes it writes: its meaning, and the
 * baseline's content if values or categories come from it. An unreadable baseline counts as empty: planning
 * reports it.
 */
export async function hashJob(job: Job): Promise<string> {
  const hash = createHash('sha256').update(jobMeaning(job));
  if (job.quality.baseline !== null && takesFromBaseline(job))
    hash.update(await hashNow(job.quality.baseline).catch(() => ''));
  return hash.digest('hex');
}

function takesFromBaseline({ columns }: Job): boolean {
  return columns.some(
    ({ missing, categories }) => missing.kind === 'fill-from-baseline' || categories?.kind === 'baseline',
  );
}
