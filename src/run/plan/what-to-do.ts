import { eachInGroups } from '../../storage/in-groups.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { changedWhileHeld, type Identity } from '../records/identity.js';
import type { Layout } from '../records/layout.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import { type Entries, isDone, missingOutputs } from '../records/record.js';
import { identityOf, identityUnread } from './identity-of.js';
import type { VersionedJob } from './run-plan.js';

/**
 * A partition, what it depends on now, and whether it is published, held for the run's gates, or to be
 * scored.
 */
export interface Work {
  readonly input: InputFile;
  readonly identity: Identity;
  readonly state: 'todo' | 'done' | 'held';
}

/** A run folder's records of its partitions. */
export interface Known {
  readonly records: Entries;
  readonly held: Entries;
}

/** Returns what to do for some inputs; hashes them if the job asks for it. With `force`, everything. */
export async function whatToDo(
  plan: VersionedJob,
  layout: Layout,
  chosen: readonly InputFile[],
  { records, held }: Known,
  force: boolean,
): Promise<Work[]> {
  // One after another: several large inputs are not read at once.
  const identities: Identity[] = [];
  for (const input of chosen) identities.push(await identityOf(plan, input));
  return eachInGroups(chosen, async (input, i) => {
    const identity = identities[i]!;
    const record = records.get(input.partition);
    const isPublished = isDone(record, identity) && (await missingOutputs(layout, record!)).length === 0;
    const kept = held.get(input.partition);
    const isHeld = kept !== undefined && changedWhileHeld(kept.identity, identity).length === 0;
    const state = force ? 'todo' : isHeld ? 'held' : isPublished ? 'done' : 'todo';
    return { input, identity, state };
  });
}

/**
 * Returns true if all `inputs` are published for the current job, model and inputs, without reading an input.
 */
export function areDone(
  plan: VersionedJob,
  inputs: readonly InputFile[],
  { records }: Pick<Known, 'records'>,
): boolean {
  return inputs.every((input) => isDone(records.get(input.partition), identityUnread(plan, input)));
}

/** Returns the state of a partition that this call does not score: done, held, or as in its record. */
export function outcomeOf({ input, state }: Work, { records, held }: Known): PartitionOutcome {
  const { partition } = input;
  if (state === 'held') return { partition, state, failure: null, entries: held };
  if (state === 'done') return { partition, state: 'skipped', failure: null, entries: records };
  const record = records.get(partition);
  if (record === undefined || record.state === 'published')
    return { partition, state: 'not-started', failure: null, entries: records };
  return { partition, state: record.state, failure: record.failure, entries: records };
}
