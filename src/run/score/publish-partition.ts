import { checkGates, type GateResult } from '../../quality/gates.js';
import { otherFindings, truncatedGate } from '../../quality/truncated-gate.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { join } from '../../storage/paths.js';
import { statInput } from '../../storage/stat-input.js';
import { onStorage } from '../../storage/storage-error.js';
import { gateFailure } from '../judge/judge-run.js';
import { checkUnchanged } from '../plan/open-partition.js';
import type { RunPlan } from '../plan/run-plan.js';
import { discardStaged } from '../publish/staging.js';
import type { Intent } from '../records/intent.js';
import type { Layout } from '../records/layout.js';
import type { RecordedMarks } from '../records/marks.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import { entryOf, type OutputFile, type PartitionRecord, textOf, writeRecord } from '../records/record.js';
import type { StagedPartition } from './run-partition.js';
import type { Scoring } from './scene.js';
import type { WholeFile } from './whole-files.js';

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
  run: Scoring,
  input: InputFile,
  staged: TakenPartition,
  scored: PartitionRecord,
  start: number,
  waits: (() => void) | null,
): Promise<PartitionOutcome> {
  const { plan, layout, ended } = run;
  const { partition } = input;
  let kept = false;
  try {
    const { draft, closing } = await judgePartition(plan, input, staged, scored);
    if (closing.length > 0) {
      const path = layout.heldRejects(partition);
      const isKept = await staged.staging.keep(layout.rejects(partition), join(layout.output, path));
      const failure = gateFailure(closing, isKept ? path : null)!;
      const durationMs = Math.round(performance.now() - start);
      const record: PartitionRecord = { ...draft, state: 'gated', failure, durationMs };
      await writeRecord(layout, record);
      ended.set(partition, entryOf(record));
      return { partition, state: 'gated', failure, entries: ended };
    }
    const intent = await finishPartition(layout, staged, draft, start);
    return await commitPartition(run, input, intent, waits, () => {
      kept = true;
    });
  } finally {
    if (!kept) await staged.staging.discard();
  }
}

/** Commits a partition that a worker has scored, judged and staged, like `publishPartition`. */
export async function publishWhole(
  run: Scoring,
  input: InputFile,
  { intent, events }: WholeFile,
  waits: (() => void) | null,
): Promise<PartitionOutcome> {
  const { layout, observe, releaseWorkers } = run;
  let kept = false;
  try {
    for (const event of events) observe(event);
    releaseWorkers(input.partition);
    return await commitPartition(run, input, intent, waits, () => {
      kept = true;
    });
  } finally {
    if (!kept) await discardStaged(layout, input.partition);
  }
}

/** A staged partition's record with its gates, and those that keep it from being published. */
interface Judged {
  readonly draft: PartitionRecord;
  readonly closing: readonly GateResult[];
}

/** Judges a staged partition by its own gates. Throws if its input has changed. */
export async function judgePartition(
  { job, gates: { partition: own }, features }: JudgedPlan,
  input: InputFile,
  { quality }: Pick<StagedPartition, 'quality'>,
  scored: PartitionRecord,
): Promise<Judged> {
  const { findings } = scored.input;
  const truncated = truncatedGate(quality, findings, job.quality.truncated);
  const checked = checkGates(quality, own, {
    scope: 'partition',
    features: features.columns,
    drift: [],
    rowsBefore: null,
  });
  const gates = [...truncated, ...checked];
  checkUnchanged(input, await onStorage('input', input.path, () => statInput(input.path)));
  return {
    draft: { ...scored, input: { ...scored.input, findings: otherFindings(findings) }, gates },
    closing: gates.filter(({ passed, severity }) => !passed && severity === 'fail'),
  };
}

/** The part of a plan by which a partition is judged alone. */
export interface JudgedPlan {
  readonly job: Pick<RunPlan['job'], 'quality'>;
  readonly gates: Pick<RunPlan['gates'], 'partition'>;
  readonly features: Pick<RunPlan['features'], 'columns'>;
}

/** Syncs the staged files of a partition that passed its gates, and returns how it is published. */
export async function finishPartition(
  layout: Layout,
  { staging, rowsByPath, taken }: TakenPartition,
  draft: PartitionRecord,
  start: number,
): Promise<Intent> {
  const { moves, outputs: files } = await staging.finish(rowsByPath);
  const outputs = files.map((file) =>
    withMarks(file, file.path === layout.scored(draft.partition) ? taken : null),
  );
  const paths = new Set(outputs.map(({ path }) => path));
  const stale = draft.outputs.filter(({ path }) => !paths.has(path));
  const durationMs = Math.round(performance.now() - start);
  const record: PartitionRecord = { ...draft, state: 'published', attempts: 0, outputs, durationMs };
  return { record, text: textOf(record), moves, stale };
}

/** Commits a partition with others; calls `decided` when its staged files must stay. */
async function commitPartition(
  { plan, recent, ended, commits }: Scoring,
  input: InputFile,
  intent: Intent,
  waits: (() => void) | null,
  decided: () => void,
): Promise<PartitionOutcome> {
  const { partition } = input;
  const atOnce = waits === null || input.bytes > smallBytes;
  const committed = commits.add({ intent, atOnce, decided });
  if (commits.hasRoom()) waits?.();
  await committed;
  recent.add(intent);
  ended.set(partition, entryOf(intent.record));
  return { partition, state: plan.gates.holds ? 'held' : 'published', failure: null, entries: ended };
}

function withMarks(file: OutputFile, marks: RecordedMarks | null): OutputFile {
  return marks === null ? file : { ...file, marks };
}
