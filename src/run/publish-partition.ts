import { stat } from 'node:fs/promises';
import { checkGates } from '../quality/gates.js';
import type { InputFile } from '../storage/list-inputs.js';
import { commitPartition } from './commit.js';
import { gatesOf } from './gates-of.js';
import { gateFailure } from './judge-run.js';
import { checkUnchanged } from './open-partition.js';
import { type PartitionRecord, writeRecord } from './record.js';
import type { StagedPartition } from './run-partition.js';
import type { Scene } from './scene.js';

/** Holds a staged partition to its own gates and commits it; returns the record it left: `published`, or `gated` with nothing published. */
export async function publishPartition(
  { plan, layout }: Scene,
  input: InputFile,
  staged: StagedPartition,
  draft: PartitionRecord,
  previous: PartitionRecord | undefined,
  start: number,
): Promise<PartitionRecord> {
  const gates = checkGates(staged.quality, gatesOf(plan, 'partition'), {
    scope: 'partition',
    features: plan.features.columns,
    drift: [],
    rowsBefore: null,
  });
  try {
    checkUnchanged(input, await stat(input.path));
    const closed = gates.find(({ passed, severity }) => !passed && severity === 'fail');
    if (closed !== undefined) {
      await staged.staging.discard();
      const failure = gateFailure([closed]);
      const durationMs = Math.round(performance.now() - start);
      const record: PartitionRecord = { ...draft, state: 'gated', failure, gates, durationMs };
      await writeRecord(layout, record);
      return record;
    }
    const { moves, outputs } = await staged.staging.finish(staged.rowsByPath);
    const kept = new Set(outputs.map(({ path }) => path));
    const stale = (previous?.outputs ?? []).map(({ path }) => path).filter((path) => !kept.has(path));
    const record: PartitionRecord = {
      ...draft,
      state: 'published',
      attempts: 0,
      gates,
      outputs,
      durationMs: Math.round(performance.now() - start),
    };
    await commitPartition(layout, record, moves, stale);
    return record;
  } finally {
    await staged.staging.discard();
  }
}
