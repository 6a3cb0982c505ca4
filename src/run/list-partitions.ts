import type { SourceFinding } from '../chunk/source-finding.js';
import type { Job } from '../job/job.js';
import { passedOverFindings } from './plan/passed-over.js';
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
  /** Doubts about the input, as far as its listing and its record know them. */
  readonly findings: readonly SourceFinding[];
}

/** Returns the partitions of a job in order, with the state in their records; reads only sizes and times. */
export async function listPartitions(job: Job, selection: Selection): Promise<PlannedPartition[]> {
  const inputs = await listJobInputs(job);
  const layout: Layout = layoutOf(job.output.path, job.output.format);
  const records = await readRecords(layout);
  return selectInputs(inputs, selection, new Set()).map((input) => {
    const { partition, path, bytes, mtimeMs } = input;
    const record = records.get(partition);
    const isSame = record?.identity.input.bytes === bytes && record.identity.input.mtimeMs === mtimeMs;
    const state = record === undefined ? 'not-started' : isSame ? record.state : 'outdated';
    const beside = passedOverFindings(input, job.input.onEmpty);
    const known = isSame ? record.doubts.filter(({ code }) => !beside.some((one) => one.code === code)) : [];
    return { partition, input: path, bytes, state, findings: [...beside, ...known] };
  });
}
