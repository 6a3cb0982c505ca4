import type { LimitFunction } from 'p-limit';
import { addRows, noRows, type RowCounts } from '../../chunk/row-counts.js';
import type { Slice } from '../../chunk/slice.js';
import { InvalidError } from '../../errors.js';
import type { Assembler, Source } from '../../formats/format.js';
import { formats, ownFormat } from '../../formats/formats.js';
import type { ChallengerCounts } from '../../quality/challenger.js';
import type { SliceQuality } from '../../quality/slice-quality.js';
import { auditFields } from '../../repair/audit-rows.js';
import type { KeyLedger } from '../../repair/key-ledger.js';
import type { RankLedger } from '../../repair/rank-ledger.js';
import { type Observe, sliceScored } from '../../run-event.js';
import type { StagedFile } from '../../storage/staged-file.js';
import { openStaging, type Staging } from '../publish/staging.js';
import type { Layout } from '../records/layout.js';
import { checkLedger } from '../records/ledger.js';
import { addMarks, type MarkCounts, noMarks } from '../records/marks.js';
import type { StagePlan } from '../slice/score-slice.js';
import type { ChallengeSums } from './challenges.js';
import { inOrder } from './in-order.js';
import type { PartitionProfiles } from './partition-profiles.js';
import type { ScoredSlice } from './score-with-retries.js';

/** The work of scoring a partition, without its source. */
interface PartitionWork {
  readonly partition: string;
  readonly layout: Layout;
  readonly stage: StagePlan;
  readonly audit: boolean;
  readonly sliceBytes: number;
  readonly limit: LimitFunction;
  readonly lanes: number;
  readonly signal: AbortSignal;
  readonly observe: Observe;
  /**
   * Scores a slice; with `failFast` may throw `model-fails` at once instead of searching for failing rows.
   */
  score(slice: Slice, failFast: boolean): Promise<ScoredSlice>;
  readonly profiles: PartitionProfiles;
  readonly challenged: ChallengeSums;
  /** Makes the workers hand over the results that they hold for the partition. */
  drop(): Promise<void>;
  /** Destination of scores that are to be ranked; null if there are none, or they are ranked. */
  readonly ranking: RankLedger | null;
  /** Number of ranges of watermarks that other runs have scored; null: no watermark. */
  readonly scoredRanges: number | null;
  /** True if rows may be left out, which are then counted. */
  readonly leavesOut: boolean;
  /** Destination of key digests, in slice order; null if none are needed. */
  readonly keys: KeyLedger | null;
}

/** A scored and staged partition, waiting for its gates and its commit. */
export interface StagedPartition {
  readonly staging: Staging;
  readonly rows: RowCounts;
  /** Rows by published path. */
  readonly rowsByPath: ReadonlyMap<string, number>;
  readonly quality: SliceQuality;
  /** Its rows by watermark; null without one. */
  readonly marks: MarkCounts | null;
  readonly challengers: readonly ChallengerCounts[];
}

/**
 * Takes one partition all the way to its commit: cuts, scores in workers, writes in order, checks the ledger.
 * Memory: the slices in progress, bounded by the run's limit. After a failure nothing stays staged, and the
 * first failed slice's error is thrown.
 */
export async function runPartition(source: Source, work: PartitionWork): Promise<StagedPartition> {
  const { partition, layout } = work;
  const staging = await openStaging(layout, partition);
  try {
    const files = await openFiles(staging, work);
    const sums = emptySums(work);
    await inOrder(source.cut(work.sliceBytes, work.signal), {
      limit: work.limit,
      lanes: work.lanes,
      signal: work.signal,
      work: (slice, earlier) => scoreSlice(slice, earlier, sums, work),
      async consume(result, slice) {
        await layDown(result, slice, files, sums, { ...work, before: source.span?.before ?? 0 });
        source.giveBack?.(slice);
      },
    });
    for (const file of [files.scored, files.audit]) await file?.assembler.finish();
    checkLedger(partition, {
      rows: sums.rows,
      cut: source.span === undefined ? source.description.rows : source.span.rows,
      written: sums.written,
      rejects: sums.rejects,
    });
    const rowsByPath = new Map([
      [layout.scored(partition), sums.written],
      [layout.rejects(partition), sums.rejects],
      [layout.audit(partition), sums.audited],
    ]);
    const quality = await work.profiles.finish(work.drop, work.limit);
    const { rows, marks } = sums;
    return { staging, rows, marks, rowsByPath, quality, challengers: work.challenged.counts() };
  } catch (error) {
    await staging.discard();
    throw error;
  }
}

/**
 * Scores a slice. If the model seems to fail on every row, gives up on it and its partition, unless the model
 * has scored rows of an earlier slice: only then tries each row. So the data decides, not the assignment of
 * slices to workers.
 */
async function scoreSlice(
  slice: Slice,
  earlier: Promise<void>,
  sums: Sums,
  work: PartitionWork,
): Promise<ScoredSlice> {
  try {
    return await work.score(slice, true);
  } catch (error) {
    if (!(error instanceof InvalidError) || error.reason !== 'model-fails') throw error;
    await earlier;
    if (sums.rows.scored === 0) throw error;
    return work.score(slice, false);
  }
}

interface Files {
  readonly scored: { readonly assembler: Assembler };
  readonly audit: { readonly assembler: Assembler } | null;
  readonly rejects: StagedFile;
}

async function openFiles(staging: Staging, work: PartitionWork): Promise<Files> {
  const { layout, partition, stage } = work;
  const assemble = async (path: string, format: typeof stage.format, fields: typeof stage.fields) => {
    const file = await staging.open(path);
    return { assembler: await (await formats[format]()).assembler(fields, file) };
  };
  return {
    scored: await assemble(layout.scored(partition), stage.format, stage.fields),
    rejects: await staging.open(layout.rejects(partition)),
    audit: work.audit ? await assemble(layout.audit(partition), ownFormat, auditFields) : null,
  };
}

interface Sums {
  rows: RowCounts;
  written: number;
  rejects: number;
  audited: number;
  marks: MarkCounts | null;
}

function emptySums({ scoredRanges, leavesOut }: PartitionWork): Sums {
  return {
    rows: leavesOut ? { ...noRows, left_out: 0 } : noRows,
    marks: scoredRanges === null ? null : noMarks(scoredRanges),
    written: 0,
    rejects: 0,
    audited: 0,
  };
}

async function layDown(
  done: ScoredSlice,
  slice: Slice,
  files: Files,
  sums: Sums,
  {
    partition,
    observe,
    keys,
    ranking,
    profiles,
    challenged,
    before,
  }: PartitionWork & { readonly before: number },
): Promise<void> {
  const { rows, scored, rejects, audit, marks } = done.result;
  checkPlace(partition, slice, before + sums.rows.read + (sums.rows.left_out ?? 0));
  if (scored !== null) {
    await files.scored.assembler.append(scored, rows.scored);
    sums.written += rows.scored;
  }
  if (rejects !== null) {
    await files.rejects.write(rejects);
    sums.rejects += lineCount(rejects);
  }
  if (audit !== null && files.audit !== null) {
    await files.audit.assembler.append(audit.bytes, audit.rows);
    sums.audited += audit.rows;
  }
  if (keys !== null && done.result.keys !== null) await keys.add(0, slice.index, done.result.keys);
  await ranking?.add(slice.index, done.result.ranked);
  sums.rows = addRows(sums.rows, rows);
  if (sums.marks !== null && marks !== null) sums.marks = addMarks(sums.marks, marks);
  profiles.add(slice, done);
  challenged.add(done.result.challengers);
  observe(sliceScored(partition, slice, rows));
}

/** The cutter and the decoders count rows independently: if they differ, a row was lost or read twice. */
function checkPlace(partition: string, slice: Slice, read: number): void {
  if (slice.firstRow === read + 1) return;
  throw new Error(
    `ledger of "${partition}" does not balance: slice ${slice.index} begins at row ${slice.firstRow}, ${read} rows were read before it`,
  );
}

function lineCount(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
