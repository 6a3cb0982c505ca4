import type { Job } from '../job/job.js';
import type { InputFile } from '../storage/list-inputs.js';
import type { Identity } from './identity.js';
import { identityOf, type RunPlan } from './plan-run.js';
import { isDone, type PartitionRecord } from './record.js';
import type { PartitionOutcome } from './report.js';

/** A chosen partition, what it depends on now, and whether it is published under just that. */
export interface Work {
  readonly input: InputFile;
  readonly identity: Identity;
  readonly done: boolean;
}

/** What is to be done of the chosen inputs; hashes them where the job asks for it. */
export async function whatToDo(
  plan: RunPlan,
  chosen: readonly InputFile[],
  records: ReadonlyMap<string, PartitionRecord>,
  force: boolean,
): Promise<Work[]> {
  const work: Work[] = [];
  for (const input of chosen) {
    const identity = await identityOf(plan, input);
    work.push({ input, identity, done: !force && isDone(records.get(input.partition), identity) });
  }
  return work;
}

/** No more workers than there are slices: a tiny job does not pay for processes that it cannot use. */
export function workersFor({ run }: Job, cores: number, threads: number, work: readonly Work[]): number {
  const wanted = run.workers === 'auto' ? Math.max(1, Math.floor(cores / threads)) : run.workers;
  const slices = work.reduce(
    (sum, { input, done }) => sum + (done ? 0 : Math.max(1, Math.ceil(input.bytes / run.chunkBytes))),
    0,
  );
  return Math.max(1, Math.min(wanted, slices));
}

/** The outcome of a partition that was done before. */
export function skippedOutcome(
  input: InputFile,
  records: ReadonlyMap<string, PartitionRecord>,
): PartitionOutcome {
  const record = records.get(input.partition)!;
  return { partition: input.partition, state: 'skipped', failure: null, record };
}

/** Partitions that this call was not asked to do, as their records tell. */
export function addUnchosen(
  inputs: readonly InputFile[],
  outcomes: readonly PartitionOutcome[],
  records: ReadonlyMap<string, PartitionRecord>,
  work: readonly Work[],
): PartitionOutcome[] {
  const known = new Map(outcomes.map((outcome) => [outcome.partition, outcome]));
  if (work.length < inputs.length) return [...outcomes];
  return inputs.map(({ partition }) => known.get(partition) ?? unchosen(partition, records.get(partition)));
}

function unchosen(partition: string, record: PartitionRecord | undefined): PartitionOutcome {
  const state =
    record === undefined ? 'not-started' : record.state === 'published' ? 'skipped' : record.state;
  return { partition, state, failure: record?.failure ?? null, record: record ?? null };
}
