import type { ReadPlan } from '../../chunk/read-plan.js';
import type { Slice } from '../../chunk/slice.js';
import type { SourceDescription } from '../../formats/format.js';
import type { RepairPlan } from '../../repair/contract.js';
import { createRepair } from '../../repair/create-repair.js';
import { digestKeys } from '../../repair/key-digest.js';
import type { StageContext } from '../../workers/stage.js';
import { openDecoder } from './open-decoder.js';

/** The context shared by all slices of a partition while only their keys are read; plain data. */
export interface KeysContext {
  /** Names of the key columns, the only columns that are read. */
  readonly keys: readonly string[];
  readonly source: SourceDescription;
  readonly read: ReadPlan;
  readonly repair: RepairPlan;
}

/** Reads, repairs and digests the keys of slices, one after another. */
export async function openKeys({ keys, source, read, repair }: KeysContext): Promise<StageContext> {
  const decoder = await openDecoder(source, read);
  const { apply } = createRepair(repair);
  return {
    async run(data) {
      const { slice } = data as { readonly slice: Slice };
      return digestKeys(apply(await decoder.decode(slice), null), keys);
    },
    close: () => decoder.close(),
  };
}
