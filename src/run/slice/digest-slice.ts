import type { ReadPlan } from '../../chunk/read-plan.js';
import type { Slice } from '../../chunk/slice.js';
import type { SourceDescription } from '../../formats/format.js';
import type { RepairPlan } from '../../repair/contract.js';
import { createRepair } from '../../repair/create-repair.js';
import { digestKeys } from '../../repair/key-digest.js';
import type { StageContext } from '../../workers/stage.js';
import { type NewRows, openRows } from './take-new.js';

/** The context shared by all slices of a partition while only their keys are read; plain data. */
export interface KeysContext {
  /** Names of the key columns. */
  readonly keys: readonly string[];
  readonly source: SourceDescription;
  readonly read: ReadPlan;
  readonly repair: RepairPlan;
  /** Which rows other runs of the job have scored; null: all rows are taken. */
  readonly newRows: NewRows | null;
}

/** One slice, and its rows that are left out, because another run has published their key; null: none. */
export interface KeysTask {
  readonly slice: Slice;
  readonly published: Int32Array | null;
}

/** Reads, repairs and digests the keys of slices, one after another. */
export async function openKeys({ keys, source, read, repair, newRows }: KeysContext): Promise<StageContext> {
  const reader = await openRows(source, read, newRows);
  const { apply } = createRepair(repair);
  return {
    async run(data) {
      const { slice, published } = data as KeysTask;
      const { chunk } = await reader.read(slice, published);
      return digestKeys(apply(chunk, null), keys);
    },
    close: () => reader.close(),
  };
}
