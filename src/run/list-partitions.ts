import type { Job } from '../job/job.js';
import { listJobInputs } from './plan/plan-run.js';
import { type Selection, selectInputs } from './plan/select-inputs.js';
import { type Layout, layoutOf } from './records/layout.js';
import { readRecords } from './records/record.js';

/** A partition as a scheduler sees it. */
interface PlannedPartition {
  readonly partition: string;
  readonly input: string;
  readonly bytes: number;
  /** According to its record, if it has one for the current input. */
  readonly state: 'published' | 'failed' | 'gated' | 'interrupted' | 'not-started' | 'outdated';
}

/** Returns the partitions of a job in order, with the state in their records; reads only sizes and times. */
export async function listPartitions(job: Job, selection: Selection): Promise<PlannedPartition[]> {
  const inputs = await listJobInputs(job);
  const layout: Layout = layoutOf(job.output.path, job.output.format);
  const records = await readRecords(layout);
  return selectInputs(inputs, selection, new Set()).map(({ partition, path, bytes, mtimeMs }) => {
    const record = records.get(partition);
    const isSame = record?.identity.input.bytes === bytes && record.identity.input.mtimeMs === mtimeMs;
    const state = record === undefined ? 'not-started' : isSame ? record.state : 'outdated';
    return { partition, input: path, bytes, state };
  });
}
