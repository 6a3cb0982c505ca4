import { createHash } from 'node:crypto';
import type { Job } from '../job/job.js';
import { jobMeaning } from '../job/job-meaning.js';
import { hashFile } from '../storage/hash-file.js';
import { listInputs } from '../storage/list-inputs.js';
import { layoutOf } from './layout.js';
import { programVersion } from './program-version.js';
import { type PartitionRecord, readRecords } from './record.js';

export interface PartitionStatus {
  readonly partition: string;
  readonly state: 'published' | 'failed' | 'gated' | 'interrupted' | 'not-started' | 'outdated';
  readonly rows: number | null;
  readonly rejected: number | null;
  readonly attempts: number;
  /** Why it is not published, or what changed since it was. */
  readonly why: string;
}

export interface StatusReport {
  readonly job: string;
  readonly output: string;
  readonly partitions: readonly PartitionStatus[];
  readonly sentence: string;
}

/** What the run folder's records say of every input as it is now; hashes the model, opens nothing else. */
export async function statusOf(job: Job): Promise<StatusReport> {
  const layout = layoutOf(job.output.path, job.output.format);
  const records = await readRecords(layout);
  const inputs = await listInputs(job.input.paths, { baseDir: job.baseDir });
  const model = await hashFile(job.model.path).catch(() => null);
  const jobHash = createHash('sha256').update(jobMeaning(job)).digest('hex');
  const partitions = inputs.map(({ partition, bytes, mtimeMs }): PartitionStatus => {
    const record = records.get(partition);
    if (record === undefined) {
      return { partition, state: 'not-started', rows: null, rejected: null, attempts: 0, why: '' };
    }
    const changed = [
      record.identity.input.bytes === bytes ? '' : 'input size',
      record.identity.input.mtimeMs === mtimeMs || record.identity.input.sha256 !== null
        ? ''
        : 'input modification time',
      model === null || record.identity.model.startsWith(model) ? '' : 'model',
      record.identity.job === jobHash ? '' : 'job',
      record.identity.program === programVersion() ? '' : 'program version',
    ].filter((part) => part !== '');
    return statusLine(record, changed);
  });
  const count = (state: PartitionStatus['state']) => partitions.filter((one) => one.state === state).length;
  const states = ['published', 'failed', 'gated', 'interrupted', 'outdated', 'not-started'] as const;
  const counted = states.filter((state) => count(state) > 0).map((state) => `${count(state)} ${state}`);
  const sentence = counted.length === 0 ? 'no input' : counted.join(', ');
  return { job: job.name, output: layout.output, partitions, sentence };
}

function statusLine(record: PartitionRecord, changed: readonly string[]): PartitionStatus {
  const { partition, state, rows, attempts, failure } = record;
  const isOutdated = state === 'published' && changed.length > 0;
  return {
    partition,
    state: isOutdated ? 'outdated' : state,
    rows: rows.read,
    rejected: rows.rejected,
    attempts,
    why: isOutdated ? `changed since: ${changed.join(', ')}` : (failure?.message.split('\n')[0] ?? ''),
  };
}
