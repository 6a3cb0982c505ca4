import type { SourceFinding } from '../chunk/source-finding.js';
import type { Job } from '../job/job.js';
import { eachInGroups } from '../storage/in-groups.js';
import type { InputFile } from '../storage/list-inputs.js';
import { passedOverFindings } from './plan/passed-over.js';
import { pinPlan } from './plan/pinned-plan.js';
import { listJobInputs } from './plan/plan-run.js';
import { refuseOtherJob } from './plan/refuse-other-job.js';
import { scoredRowsFindings } from './plan/scored-rows-findings.js';
import { type Selection, selectInputs } from './plan/select-inputs.js';
import { assignShards, inputsOfShard } from './plan/shard-inputs.js';
import { onlyNew } from './plan/since-last.js';
import { type Layout, layoutOf, openRunFolder } from './records/layout.js';
import { entryReader, recordedPartitions } from './records/read-records.js';
import type { LedgerEntry } from './records/record.js';

/** A partition as a scheduler sees it. */
interface PlannedPartition {
  readonly partition: string;
  readonly input: string;
  readonly bytes: number;
  /** According to its record, if it has one for the current input. */
  readonly state: 'published' | 'failed' | 'gated' | 'interrupted' | 'not-started' | 'outdated';
  /** Doubts about the input that its listing and its record show. */
  readonly findings: readonly SourceFinding[];
}

/** A shard with work, as a scheduler starts it. */
interface PlannedShard {
  /** The value of `--shard`. */
  readonly shard: string;
  readonly partitions: number;
  readonly bytes: number;
}

/** What to list, and whether to pin it. */
interface Listing extends Pick<Selection, 'partition' | 'shard'> {
  /** Number of shards to list; null: none. */
  readonly shards: number | null;
  /** Not null: to save the inputs in the run folder, unless this aborts before. */
  readonly saving: AbortSignal | null;
}

/** The partitions of a job, and its shards; null if none were asked for. */
export interface PartitionList {
  readonly partitions: readonly PlannedPartition[];
  readonly shards: readonly PlannedShard[] | null;
}

/** Returns the partitions of a job in order, with their recorded states, and its shards. */
export async function listPartitions(
  job: Job,
  { partition, shard, shards, saving }: Listing,
): Promise<PartitionList> {
  const { inputs, scoredRows, published } = await onlyNew(job, await listJobInputs(job), {
    isSaving: saving !== null,
  });
  const layout: Layout = layoutOf(job.output.path, job.output.format);
  if (saving !== null) {
    saving.throwIfAborted();
    await openRunFolder(layout);
    await refuseOtherJob(layout, job.name);
    await pinPlan(layout, inputs);
  }
  const named = selectInputs(inputs, { partition, shard: null, failedOnly: false }, new Set());
  const chosen = shard === null ? named : inputsOfShard(named, shard);
  const recorded = new Set(await recordedPartitions(layout));
  const read = entryReader(layout);
  const partitions = await eachInGroups(chosen, async (input): Promise<PlannedPartition> => {
    const record = recorded.has(input.partition) ? await read(input.partition) : null;
    return plannedPartition(input, record, [
      ...passedOverFindings(input, job.input.onEmpty),
      ...scoredRowsFindings(job, { scoredRows, published }, input),
    ]);
  });
  return { partitions, shards: shards === null ? null : plannedShards(named, shards) };
}

/** `beside`: what the listing of inputs shows. */
function plannedPartition(
  input: InputFile,
  record: LedgerEntry | null,
  beside: readonly SourceFinding[],
): PlannedPartition {
  const { partition, path, bytes, mtimeMs, etag } = input;
  const before = record?.identity.input;
  const isSame =
    record !== null && before?.bytes === bytes && before.mtimeMs === mtimeMs && before.etag === etag;
  const state = record === null ? 'not-started' : isSame ? record.state : 'outdated';
  const known = isSame ? record.doubts.filter(({ code }) => !beside.some((one) => one.code === code)) : [];
  return { partition, input: path, bytes, state, findings: [...beside, ...known] };
}

/** Returns the shards that have partitions: the first ones, where there are fewer partitions than shards. */
function plannedShards(inputs: readonly InputFile[], count: number): PlannedShard[] {
  const own = Array.from({ length: Math.min(count, inputs.length) }, () => ({ partitions: 0, bytes: 0 }));
  for (const [i, shard] of assignShards(inputs, count).entries()) {
    const { partitions, bytes } = own[shard]!;
    own[shard] = { partitions: partitions + 1, bytes: bytes + inputs[i]!.bytes };
  }
  return own.map((some, i) => ({ shard: `${i + 1}/${count}`, ...some }));
}
