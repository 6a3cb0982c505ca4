import { checkGates } from '../../quality/gates.js';
import { otherFindings, truncatedGate } from '../../quality/truncated-gate.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { join } from '../../storage/paths.js';
import { statInput } from '../../storage/stat-input.js';
import { onStorage } from '../../storage/storage-error.js';
import { gateFailure } from '../judge/judge-run.js';
import { checkUnchanged } from '../plan/open-partition.js';
import { isClaimLost } from '../publish/claim.js';
import { carryOut, holdPartition, intendPartition } from '../publish/commit.js';
import type { Intent } from '../records/intent.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import { entryOf, type PartitionRecord, textOf, writeRecord } from '../records/record.js';
import type { StagedPartition } from './run-partition.js';
import type { Scene } from './scene.js';

/**
 * Checks a staged partition against its own gates and commits it, or holds it until the run's gates are
 * known; if a gate closes, discards it and records it as `gated`.
 */
export async function publishPartition(
  { plan, layout, known, signal, recent }: Scene,
  input: InputFile,
  { staging, rowsByPath, quality }: StagedPartition,
  scored: PartitionRecord,
  start: number,
): Promise<PartitionOutcome> {
  const { partition } = input;
  const draft = { ...scored, input: { ...scored.input, findings: otherFindings(scored.input.findings) } };
  const truncated = truncatedGate(quality, scored.input.findings, plan.job.quality.truncated);
  const checked = checkGates(quality, plan.gates.partition, {
    scope: 'partition',
    features: plan.features.columns,
    drift: [],
    rowsBefore: null,
  });
  const gates = [...truncated, ...checked];
  let kept = false;
  try {
    checkUnchanged(input, await onStorage('input', input.path, () => statInput(input.path)));
    const closing = gates.filter(({ passed, severity }) => !passed && severity === 'fail');
    if (closing.length > 0) {
      const path = layout.heldRejects(partition);
      const isKept = await staging.keep(layout.rejects(partition), join(layout.output, path));
      const failure = gateFailure(closing, isKept ? path : null)!;
      const durationMs = Math.round(performance.now() - start);
      const record: PartitionRecord = { ...draft, state: 'gated', failure, gates, durationMs };
      await writeRecord(layout, record);
      return { partition, state: 'gated', failure, record: entryOf(record) };
    }
    const { moves, outputs } = await staging.finish(rowsByPath);
    if (isClaimLost(signal.reason)) throw signal.reason;
    const paths = new Set(outputs.map(({ path }) => path));
    const stale = (known.records.get(partition)?.outputs ?? []).filter(({ path }) => !paths.has(path));
    const durationMs = Math.round(performance.now() - start);
    const record: PartitionRecord = { ...draft, state: 'published', attempts: 0, gates, outputs, durationMs };
    const intent: Intent = { record, text: textOf(record), moves, stale };
    const { holds } = plan.gates;
    if (holds) await holdPartition(layout, intent);
    else await intendPartition(layout, intent);
    kept = true;
    if (!holds) await carryOut(layout, intent);
    recent.add(intent);
    return { partition, state: holds ? 'held' : 'published', failure: null, record: entryOf(record) };
  } finally {
    if (!kept) await staging.discard();
  }
}
