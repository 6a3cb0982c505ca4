import type { SourceFinding } from '../../chunk/source-finding.js';
import type { Source } from '../../formats/format.js';
import type { KeyLedger } from '../../repair/key-ledger.js';
import type { RankLedger } from '../../repair/rank-ledger.js';
import type { RepeatedKeys } from '../../repair/repeated-keys.js';
import type { Observe } from '../../run-event.js';
import { fingerprint } from '../../storage/fingerprint.js';
import { fileBytesOf, type InputFile } from '../../storage/list-inputs.js';
import type { Pool } from '../../workers/pool.js';
import type { OpenPartition } from '../plan/open-partition.js';
import { challengerContexts, heldBytesOf } from '../plan/plan-challengers.js';
import type { InputPlan, RunPlan } from '../plan/run-plan.js';
import { lateRowsFindings } from '../plan/scored-rows-findings.js';
import { sliceBytes } from '../plan/slice-bytes.js';
import type { PartitionRecord } from '../records/record.js';
import { carrying } from './carry-slice.js';
import { type Challenges, createChallengeSums } from './challenges.js';
import { createPartitionProfiles } from './partition-profiles.js';
import { keyNames } from './repeated-keys.js';
import { runPartition, type StagedPartition } from './run-partition.js';
import type { Scoring } from './scene.js';
import { scoreWithRetries } from './score-with-retries.js';
import { withRoom } from './with-workers.js';

/** The part of a run that stages an input. */
export interface StagingScene
  extends Pick<
    Scoring,
    'means' | 'layout' | 'slots' | 'signal' | 'observe' | 'published' | 'challenges' | 'releaseWorkers'
  > {
  readonly plan: InputPlan & Pick<RunPlan, 'inputs' | 'stage' | 'challengers'>;
  readonly pool: Pick<Pool, 'run' | 'drop'>;
}

/** Reports how a CSV file is read and with which confidence, and warns about oddities and doubts. */
export function reportDialect(
  { description, about, cells }: Source,
  name: string,
  found: readonly SourceFinding[],
  observe: Observe,
): void {
  for (const { level, sentence } of [...found, ...description.findings]) {
    const message = `${name}: ${sentence}`;
    observe({ kind: 'note', level: level === 'check' ? 'warn' : 'info', message });
  }
  if (cells.kind === 'values') return;
  const sure = about.confidence === '' ? '' : ` (${about.confidence})`;
  const how = `${name} is read as ${description.format.toUpperCase()}: ${about.words}${sure}`;
  observe({ kind: 'note', level: 'info', message: how });
  for (const note of about.notes) observe({ kind: 'note', level: 'warn', message: `${name}: ${note}` });
}

/** Collected while a partition is scored, for scoring it again. */
export interface Collected {
  readonly ledger: KeyLedger | null;
  readonly ranking: RankLedger | null;
}

let nextTry = 0;

/** Scores an input's slices and stages the results, with `ranks` if known; collects keys and scores. */
export async function stagePartition(
  { plan, means, layout, pool, slots, signal, observe, published, challenges, releaseWorkers }: StagingScene,
  input: InputFile,
  opened: OpenPartition,
  { ledger: keys, ranking }: Collected,
  repeated: RepeatedKeys | null,
  ranks: RankLedger | null = null,
): Promise<StagedPartition> {
  const { source, context } = opened;
  const { partition } = input;
  const { retries } = plan.job.run;
  const { contexts, refused } = await challengerContexts(plan, opened, input);
  for (const [i, why] of refused.entries()) {
    if (why === null) continue;
    const message = `challenger "${plan.challengers[i]!.path}" is not scored: ${why}`;
    observe({ kind: 'note', level: 'warn', message });
  }
  const challenged = createChallengeSums(challenges, refused);
  const fits = (index: number) => refused[index] === null;
  const ofPartition: Challenges = { ...challenges, active: () => challenges.active().filter(fits) };
  const index = repeated === null && published === null ? 0 : plan.inputs.indexOf(input);
  const value = {
    ...withRoom(context, { heldBytes: heldBytesOf(plan) }, means),
    challengers: contexts,
    digested: keys === null ? [] : keyNames(plan.contract.columns),
  };
  const profiles = createPartitionProfiles(input.bytes);
  // A second attempt at a partition must not receive what a worker still reports from the first.
  const key = `${partition} ${nextTry++}`;
  const others = contexts.flatMap((own) => own?.read.columns ?? []);
  const carried = carrying(source, { columns: [...context.read.columns, ...others] });
  const staged = runPartition(source, {
    partition,
    layout,
    stage: plan.stage,
    audit: plan.job.audit,
    sliceBytes: sliceBytes(plan),
    limit: slots,
    lanes: means.workers * 2,
    signal,
    observe,
    keys,
    ranking,
    scoredRanges: context.newRows?.scored.length ?? null,
    leavesOut: context.newRows !== null || (plan.job.input.since?.key.length ?? 0) > 0,
    score: (slice, failFast) =>
      carried(slice, async (complete) =>
        scoreWithRetries(
          pool,
          { key, value, gathered: profiles.gathered },
          complete,
          repeated?.rowsOf(index, slice.index) ?? null,
          {
            failFast,
            published: published?.repeated.rowsOf(index, slice.index) ?? null,
            ranks: (await ranks?.ofSlice(slice.index)) ?? null,
            handOver: profiles.handOver(slice),
            retries,
            batchTimeoutMs: plan.job.batchTimeoutMs,
            signal,
            observe,
            challenges: ofPartition,
          },
        ),
      ),
    profiles,
    challenged,
    drop: () => {
      // With a ledger of keys, only the end shows whether the partition is scored again; with scores to rank,
      // it always is.
      if (keys === null && ranking === null) releaseWorkers(partition);
      return pool.drop(key);
    },
  });
  return staged.finally(() => void pool.drop(key));
}

/** Returns the record of a fully scored partition, before its gates. */
export async function recordOf(
  { job, scoredRows }: InputPlan,
  blank: PartitionRecord,
  input: InputFile,
  { source, notes, findings }: OpenPartition,
  { rows, quality, marks, challengers }: StagedPartition,
): Promise<PartitionRecord> {
  const scored = scoredRows.get(input.path) ?? [];
  const { path, bytes } = blank.input;
  const { part } = input;
  const content = await fingerprint(path, fileBytesOf(input), input.etag, source.content);
  return {
    ...blank,
    input: {
      path,
      format: source.description.format,
      bytes,
      details: source.about.facts,
      notes,
      findings: [
        ...findings,
        ...(marks === null ? [] : lateRowsFindings(job, scored, marks)),
        ...source.findings,
        ...source.cells.doubts(quality.problems, rows.read),
      ],
      fingerprint: part === undefined ? content : `${content} ${part.index + 1}-of-${part.count}`,
    },
    rows: { ...rows, skipped: countSkipped(source.skipped) },
    quality,
    challengers,
    skipped: Object.fromEntries(source.skipped),
  };
}

function countSkipped(skipped: Source['skipped']): number {
  let lines = 0;
  for (const { count } of skipped.values()) lines += count;
  return lines;
}
