import { createHash } from 'node:crypto';
import type { InputFile } from '../../storage/list-inputs.js';
import type { Mark } from '../records/marks.js';
import type { ScoredInput } from '../records/scored-elsewhere.js';
import type { VersionedJob } from './run-plan.js';

/**
 * Returns a digest of what other runs of the job have published that decides which rows of an input are new;
 * null if the job takes whole files.
 */
export function scoredBefore(
  { job, scoredRows, published }: Pick<VersionedJob, 'job' | 'scoredRows' | 'published'>,
  { path }: Pick<InputFile, 'path'>,
): string | null {
  const { since } = job.input;
  if (since === null) return null;
  if (since.key.length > 0) return digestOfFiles(published);
  if (since.watermark === null) return null;
  const ranges = (scoredRows.get(path) ?? []).map(({ after, to, by }) => [
    by,
    after === null ? null : textOf(after),
    textOf(to),
  ]);
  return sha256(ranges);
}

/** Every key of every file counts for every input. */
const digests = new WeakMap<readonly ScoredInput[], string>();

function digestOfFiles(published: readonly ScoredInput[]): string {
  const known = digests.get(published);
  if (known !== undefined) return known;
  const digest = sha256(published.map(({ folder, partition, runId }) => [folder, partition, runId]));
  digests.set(published, digest);
  return digest;
}

function textOf(mark: Mark): string {
  return typeof mark === 'object' ? Buffer.from(mark).toString('hex') : String(mark);
}

function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
