import { tmpdir } from 'node:os';
import { noRows } from '../../chunk/row-counts.js';
import { TransientError } from '../../errors.js';
import { rankedOutputs } from '../../features/rank-scores.js';
import { openRankLedger } from '../../repair/rank-ledger.js';
import type { RepeatedKeys } from '../../repair/repeated-keys.js';
import { ofPartition } from '../../run-event.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { statInput } from '../../storage/stat-input.js';
import { onStorage, storageError } from '../../storage/storage-error.js';
import { checkUnchanged } from '../plan/open-partition.js';
import { openPartition } from '../plan/open-planned.js';
import type { Work } from '../plan/what-to-do.js';
import { failureOf } from '../records/failure-of.js';
import { takenRanges } from '../records/marks.js';
import { type PartitionOutcome, recordEntry } from '../records/outcomes.js';
import { entryOf, type PartitionRecord, writeRecord } from '../records/record.js';
import { retryStorage } from '../records/retry-storage.js';
import { publishPartition, publishWhole } from './publish-partition.js';
import { kept, keyNames, openLedger } from './repeated-keys.js';
import type { StagedPartition } from './run-partition.js';
import type { Scene, Scoring } from './scene.js';
import { recordOf, reportDialect, stagePartition } from './stage-partition.js';
import type { WholeFile } from './whole-files.js';

/** A partition that a worker has been asked to score whole, in a group. */
export interface InGroup {
  readonly blank: PartitionRecord;
  /** The worker's result or error; null if the file has to be scored in slices. */
  readonly whole: Promise<WholeFile | Error | null>;
}

/**
 * Scores and publishes one partition; always leaves a record. `alone`: no other one is being scored. `waits`
 * is called once it only waits to be committed with others; null: it waits for none. `inGroup`: its mark is
 * written, and a worker scores it; null: it is scored by itself.
 */
export async function scorePartition(
  run: Scoring,
  work: Work,
  alone: boolean,
  waits: (() => void) | null,
  inGroup: InGroup | null = null,
): Promise<PartitionOutcome> {
  const scene: Scoring = { ...run, observe: ofPartition(run.observe, work.input.partition) };
  const { known, signal, observe, attempts } = scene;
  const { partition, bytes } = work.input;
  if (signal.aborted) {
    return { partition, state: 'not-started', failure: null, entries: known.records };
  }
  observe({ kind: 'partition-started', partition, bytes });
  const start = performance.now();
  let record = inGroup?.blank ?? blankRecord(scene, work);
  try {
    if (inGroup === null) await attempts.begin(partition, alone);
    const { retries } = scene.plan.job.run;
    let isAgain = false;
    const ended = await retryStorage(
      { retries, signal, observe, what: `partition "${partition}"` },
      async () => {
        const whole = isAgain ? null : await (inGroup?.whole ?? null);
        if (isAgain) observe({ kind: 'partition-started', partition, bytes });
        isAgain = true;
        if (whole instanceof Error) throw whole;
        return whole === null
          ? scoreOnce(scene, work, record, waits)
          : publishWhole(scene, work.input, whole, waits);
      },
    );
    await attempts.end(partition, true);
    return reportEnd(scene, ended);
  } catch (error) {
    scene.releaseWorkers(partition);
    const failure = failureOf(signal.aborted ? signal.reason : await causeOf(error, work.input));
    const state = signal.aborted ? 'interrupted' : 'failed';
    record = { ...record, state, failure, durationMs: Math.round(performance.now() - start) };
    const ended = await endPartition(scene, record);
    await attempts.end(partition, state === 'failed').catch(() => {});
    return ended;
  }
}

/** Returns the record of a partition before anything except its plan is known. */
export function blankRecord({ known, runId }: Scene, { input, identity }: Work): PartitionRecord {
  const previous = known.records.get(input.partition);
  return {
    version: 1,
    partition: input.partition,
    state: 'failed',
    failure: null,
    attempts: (previous === undefined || previous.state === 'published' ? 0 : previous.attempts) + 1,
    runId,
    identity,
    input: {
      path: input.path,
      format: null,
      bytes: input.bytes,
      details: {},
      notes: [],
      findings: [],
      fingerprint: null,
    },
    outputs: previous?.outputs ?? [],
    rows: noRows,
    quality: null,
    challengers: [],
    skipped: {},
    gates: [],
    startedAt: new Date().toISOString(),
    durationMs: 0,
  };
}

/** Writes the record of a partition that was not published. Stops the run if even that fails. */
export async function endPartition(scene: Scene, record: PartitionRecord): Promise<PartitionOutcome> {
  try {
    // Nothing is written about a partition that another run owns by now.
    if (record.failure?.reason !== 'claim-lost') await writeRecord(scene.layout, record);
  } catch (error) {
    scene.stop(error as Error);
  }
  if (record.failure?.reason === 'disk-full') scene.stop(asError(record.failure.message));
  const { partition, state, failure } = record;
  scene.ended.set(partition, entryOf(record));
  return reportEnd(scene, { partition, state, failure, entries: scene.ended });
}

function asError(message: string): TransientError {
  return new TransientError('disk-full', message, { hint: 'free space, then run again to resume' });
}

function reportEnd({ observe }: Scene, outcome: PartitionOutcome): PartitionOutcome {
  const { partition, state, failure } = outcome;
  const { rows, durationMs } = recordEntry(outcome)!;
  observe({ kind: 'partition-ended', partition, state, rows, message: failure?.message ?? null, durationMs });
  return outcome;
}

/** Returns the cause of an error: if the input was changed or removed meanwhile, that. */
async function causeOf(error: unknown, input: InputFile): Promise<unknown> {
  if (input.refusal !== null) return error;
  try {
    checkUnchanged(input, await onStorage('input', input.path, () => statInput(input.path)));
  } catch (cause) {
    return cause;
  }
  return storageError(error, 'input', input.path);
}

/** Scores in memory while they are ranked; the rest is in a nameless file next to other temporary ones. */
const rankedRows = 4 * 2 ** 20;

/**
 * Scores and publishes. If the run has only this input, checks for repeated keys along the way, because they
 * are rare: if there are any, discards the scores and scores again with the keys known. If scores are ranked,
 * scores once to collect them, and once more to write them with their ranks.
 */
export async function scoreOnce(
  scene: Scoring,
  work: Work,
  blank: PartitionRecord,
  waits: (() => void) | null,
): Promise<PartitionOutcome> {
  const start = performance.now();
  const { plan, observe } = scene;
  const { input } = work;
  const isAsked = keyNames(plan.columns).length > 0 && scene.keys === null;
  const ledger = isAsked ? openLedger() : null;
  const ranked = rankedOutputs(plan.outputs).length;
  const openRanking = () =>
    ranked === 0 ? null : openRankLedger(ranked, { memoryRows: rankedRows, folder: tmpdir() });
  let ranking = openRanking();
  try {
    const opened = await openPartition(plan, input);
    reportDialect(opened.source, input.name, opened.findings, observe);
    const again = async (staged: StagedPartition, message: string) => {
      await staged.staging.discard();
      observe({ kind: 'note', level: 'info', message });
      observe({ kind: 'partition-started', partition: input.partition, bytes: input.bytes });
    };
    let keys: RepeatedKeys | null = scene.keys?.repeated ?? null;
    let staged = await stagePartition(scene, input, opened, { ledger, ranking }, keys);
    const repeated = await ledger?.finish(kept(plan.columns));
    if (repeated !== undefined && repeated.total > 0) {
      keys = repeated;
      await again(
        staged,
        `${repeated.total} rows of "${input.partition}" have the key of another row: scoring the partition again to handle them`,
      );
      await ranking?.close();
      ranking = openRanking();
      staged = await stagePartition(scene, input, opened, { ledger: null, ranking }, keys);
    }
    if (ranking !== null) {
      await again(
        staged,
        `the scores of "${input.partition}" are ranked: scoring it again to write their ranks`,
      );
      await ranking.finish();
      staged = await stagePartition(scene, input, opened, { ledger: null, ranking: null }, keys, ranking);
    }
    scene.releaseWorkers(input.partition);
    for (const found of [scene.keys, scene.published]) {
      if (found?.refused.has(input.partition) !== true) continue;
      await staged.staging.discard();
      throw found.refused.get(input.partition);
    }
    const record = await recordOf(plan, blank, input, opened, staged);
    const { newRows } = opened.context;
    const taken =
      newRows === null || staged.marks === null ? null : takenRanges(newRows, newRows.scored, staged.marks);
    return await publishPartition(scene, input, { ...staged, taken }, record, start, waits);
  } finally {
    plan.sources.forget(input);
    await ledger?.close();
    await ranking?.close();
  }
}
