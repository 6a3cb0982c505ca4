import { checkGates } from '../../quality/gates.js';
import { otherFindings, truncatedGate } from '../../quality/truncated-gate.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { join } from '../../storage/paths.js';
import { statInput } from '../../storage/stat-input.js';
import { onStorage } from '../../storage/storage-error.js';
import { gateFailure } from '../judge/judge-run.js';
import { checkUnchanged } from '../plan/open-partition.js';
import type { Intent } from '../records/intent.js';
import type { RecordedMarks } from '../records/marks.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import { entryOf, type OutputFile, type PartitionRecord, textOf, writeRecord } from '../records/record.js';
import type { StagedPartition } from './run-partition.js';
import type { Scoring } from './scene.js';

/** Inputs up to this size wait for others, to be committed together. */
const smallBytes = 2 ** 20;

/** A staged partition, and which rows of its input it has, by watermark; null: all. */
type TakenPartition = StagedPartition & { readonly taken: RecordedMarks | null };

/**
 * Checks a staged partition against its own gates and commits it, or holds it until the run's gates are
 * known; if a gate closes, discards it and records it as `gated`. Calls `waits` once it waits for others, which
 * may begin meanwhile; null: it waits for none.
 */
export async function publishPartition(
  { plan, layout, known, recent, ended, commits }: Scoring,
  input: InputFile,
  { staging, rowsByPath, quality, taken }: TakenPartition,
  scored: PartitionRecord,
  start: number,
  waits: (() => void) | null,
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
      ended.set(partition, entryOf(record));
      return { partition, state: 'gated', failure, entries: ended };
    }
    const { moves, outputs: files } = await staging.finish(rowsByPath);
    const outputs = files.map((file) =>
      withMarks(file, file.path === layout.scored(partition) ? taken : null),
    );
    const paths = new Set(outputs.map(({ path }) => path));
    const stale = (known.records.get(partition)?.outputs ?? []).filter(({ path }) => !paths.has(path));
    const durationMs = Math.round(performance.now() - start);
    const record: PartitionRecord = { ...draft, state: 'published', attempts: 0, gates, outputs, durationMs };
    const intent: Intent = { record, text: textOf(record), moves, stale };
    const decided = () => {
      kept = true;
    };
    const atOnce = waits === null || input.bytes > smallBytes;
    const committed = commits.add({ intent, atOnce, decided });
    if (commits.hasRoom()) waits?.();
    await committed;
    recent.add(intent);
    ended.set(partition, entryOf(record));
    return { partition, state: plan.gates.holds ? 'held' : 'published', failure: null, entries: ended };
  } finally {
    if (!kept) await staging.discard();
  }
}

function withMarks(file: OutputFile, marks: RecordedMarks | null): OutputFile {
  return marks === null ? file : { ...file, marks };
}
