import type { OutputField } from '../../chunk/batch.js';
import type { Chunk } from '../../chunk/chunk.js';
import type { Column } from '../../chunk/column.js';
import type { RawForm } from '../../chunk/raw-form.js';
import type { ReadPlan } from '../../chunk/read-plan.js';
import { noRows, type RowCounts, statusCounts } from '../../chunk/row-counts.js';
import { selectRows } from '../../chunk/select-rows.js';
import type { Slice } from '../../chunk/slice.js';
import { InvalidError } from '../../errors.js';
import { createFeeds } from '../../features/create-feeds.js';
import type { FeaturePlan } from '../../features/feature-plan.js';
import type { OutputPlan } from '../../features/output-plan.js';
import { scoresToRank, withRanks } from '../../features/rank-scores.js';
import type { Encoder, FormatName, SourceDescription, WriteOptions } from '../../formats/format.js';
import { formats, ownFormat } from '../../formats/formats.js';
import type { ProbeSaid } from '../../model/answer-probe.js';
import { openScorer } from '../../model/open-scorer.js';
import type { ProbeRequest } from '../../model/probe-report.js';
import { warmRuntime } from '../../model/runtime-session.js';
import type { Scorer, ScorerPlan } from '../../model/scorer.js';
import { ownBytes } from '../../process/resident-bytes.js';
import { type BinSum, createBinSum } from '../../quality/bin-sum.js';
import { type BinList, type BinPacker, createBinPacker, onlyRegisters } from '../../quality/column-bins.js';
import type { ColumnProfile } from '../../quality/column-profile.js';
import { packLight } from '../../quality/light-quality.js';
import { countProblems } from '../../quality/problem-count.js';
import { createProfiler, type ProfileField, type Profiler } from '../../quality/profile-column.js';
import { segmentSample } from '../../quality/segment.js';
import type { SliceQuality } from '../../quality/slice-quality.js';
import { auditFields, auditRows } from '../../repair/audit-rows.js';
import type { RepairPlan } from '../../repair/contract.js';
import { createRepair, type Repair, type RepairedChunk } from '../../repair/create-repair.js';
import { digestKeys, type KeyDigest } from '../../repair/key-digest.js';
import type { ScoreRanks } from '../../repair/rank-ledger.js';
import { malformedRows, rawCell, redactRaw } from '../../repair/redact.js';
import { countStatus, type RowStatus } from '../../repair/row-status.js';
import type { OpenStage, SendPart, StageContext } from '../../workers/stage.js';
import { trimMemory } from '../../workers/trim-memory.js';
import {
  type ChallengerContext,
  type ChallengerPlan,
  type Challengers,
  challengersOf,
  openChallenges,
} from './challenge-slice.js';
import { type ExportContext, openExportPair } from './compare-export.js';
import { type CompareContext, comparedModels, openComparison, type Scored } from './compare-slice.js';
import { type CountSegments, segmentCounter } from './count-segments.js';
import { type KeysContext, openKeys } from './digest-slice.js';
import { type ListReasons, type ReasonPlan, reasonLister } from './list-reasons.js';
import { noteRows } from './note-rows.js';
import { rejectLines } from './reject-lines.js';
import { allRows, reportingAlive, selectColumns } from './rows-of-chunk.js';
import { modelError, type ScoredRows, scoreRows } from './score-rows.js';
import type { SegmentEntry } from './segment-plan.js';
import { settleUnknown } from './settle-unknown.js';
import type { HeldBins, SliceResult } from './slice-result.js';
import { type NewRows, openRows } from './take-new.js';

/** The plan shared by all slices of a run; plain data, sent to each worker once. */
export interface StagePlan {
  readonly scorer: ScorerPlan;
  readonly features: FeaturePlan;
  readonly outputs: OutputPlan;
  readonly format: FormatName;
  readonly write: WriteOptions;
  /** Of the scored file: input columns, outputs, notes. */
  readonly fields: readonly OutputField[];
  readonly carried: readonly string[];
  readonly profiled: readonly ProfileField[];
  readonly profiledOutputs: readonly ProfileField[];
  /** Names of the profiled columns that are derived from others. */
  readonly derived: readonly string[];
  /** How rows are assigned to segments, by `quality.slices`. */
  readonly segments: readonly SegmentEntry[];
  /** Which reasons of a row's score are written; null: none. */
  readonly reasons: ReasonPlan | null;
  readonly challengers: readonly ChallengerPlan[];
}

/** The context shared by all slices of a partition; plain data, sent to a worker with the first of them. */
export interface PartitionContext {
  readonly source: SourceDescription;
  readonly read: ReadPlan;
  readonly repair: RepairPlan;
  /** The value of `_source_file`. */
  readonly file: string;
  readonly rawForm: RawForm;
  /** Columns whose values are withheld, by every name that they have here. */
  readonly redacted: readonly string[];
  /** Columns whose values are digested during scoring, to find repeated keys; empty: none. */
  readonly digested: readonly string[];
  /** Which rows other runs of the job have scored; null: all rows are taken. */
  readonly newRows: NewRows | null;
  /** For each challenger: how it reads the partition; null: as the model does. */
  readonly challengers: readonly (ChallengerContext | null)[];
}

/** One slice, and what is known of its rows. */
export interface SliceTask {
  /** True if the bins counted since the last handover come with the result; otherwise they are added up. */
  readonly handOver: boolean;
  readonly slice: Slice;
  /** Rows whose key is repeated in the run, counted without those left out; null: none. */
  readonly repeated: Int32Array | null;
  /** Rows that are left out, because another run has published their key; null: none. */
  readonly published: Int32Array | null;
  /** The ranks of its scored rows, for each output that is ranked; null while they are not known. */
  readonly ranks: readonly ScoreRanks[] | null;
  /** Rows (from 0 within the slice) that ended a worker: they are rejected without being scored. */
  readonly deadly: readonly number[];
  /** True to give up (`model-fails`) if rows from all over the slice fail, instead of finding each one. */
  readonly failFast: boolean;
  /** Score only these rows, to find the one that ends a worker; the result is discarded. */
  readonly probe: { readonly from: number; readonly to: number } | null;
  /** The challengers that score it, by their index in the plan. */
  readonly challengers: readonly number[];
  /** True to return only their results: the slice itself has already been counted. */
  readonly isChallenge: boolean;
}

/** Loads what the stage will need before its plan is known: the modules alone, or the runtime too. */
export async function warmStage(what: unknown): Promise<void> {
  if (what === 'runtime') await warmRuntime();
}

/** Tries out a model for `prepareModel`. */
export async function tryOut(request: unknown, say: (said: ProbeSaid) => void): Promise<void> {
  const { answerProbe } = await import('../../model/answer-probe.js');
  return answerProbe(request as ProbeRequest, say);
}

/** The stage that a worker runs: decode, check and repair, features, score, encode. */
export const openStage: OpenStage = async (data) => {
  const plan = data as StagePlan;
  const format = await formats[plan.format]();
  const baseBytes = ownBytes();
  const [scorer, encoder] = await Promise.all([
    openScorer(plan.scorer),
    format.encoder(plan.fields, plan.write),
  ]);
  const openedBytes = Math.max(0, ownBytes() - baseBytes);
  const compared = comparedModels({ scorer, plan: plan.scorer, openedBytes });
  const challengers = challengersOf(plan.challengers);
  const auditEncoder = async () => (await formats[ownFormat]()).encoder(auditFields);
  const listReasons = plan.reasons === null ? null : reasonLister(plan.reasons, plan.features, scorer);
  const shared: Shared = {
    plan,
    scorer,
    encoder,
    auditEncoder,
    listReasons,
    challengers,
    ...profilers(plan),
  };
  return {
    report: scorer.report,
    openContext(context) {
      if ('keys' in (context as object)) return openKeys(context as KeysContext);
      if ('candidates' in (context as object)) return openComparison(context as CompareContext, compared);
      if ('exported' in (context as object)) return openExportPair(context as ExportContext);
      return openPartition(shared, context as PartitionContext);
    },
    async close() {
      await compared.close();
      await challengers.close();
      await scorer.close();
    },
  };
};

interface Shared extends Profilers {
  readonly plan: StagePlan;
  readonly scorer: Scorer;
  readonly encoder: Encoder;
  readonly auditEncoder: () => Promise<Encoder>;
  readonly listReasons: ListReasons | null;
  readonly challengers: Challengers;
}

/**
 * Number of slices whose bins a worker adds up before it hands them over: if it ends earlier, as many slices
 * are scored again.
 */
const mostHeld = 64;

/**
 * A slice with larger bins, as of a thousand columns, leaves enough garbage to be collected before its worker
 * hands them over.
 */
const muchPacked = 2 * 2 ** 20;

/** Number of parts between two collections while bins are handed over. */
const partsBetween = 4;

/** Compiled contracts by their plans: partitions whose columns match in the same way have the same one. */
const repairs = new WeakMap<RepairPlan, Repair>();

function repairOf(plan: RepairPlan): Repair {
  const known = repairs.get(plan);
  if (known !== undefined) return known;
  const repair = createRepair(plan);
  repairs.set(plan, repair);
  return repair;
}

async function openPartition(shared: Shared, context: PartitionContext): Promise<StageContext> {
  const reader = await openRows(context.source, context.read, context.newRows);
  const repair = repairOf(context.repair);
  const challenges = openChallenges(shared.challengers, context.source, context.challengers);
  const sum = createBinSum();
  let held: number[] = [];

  function give(): HeldBins {
    const slices = held;
    held = [];
    return { slices, bins: sum.take() };
  }

  /** Hands over the same bins in parts of many columns, so that memory never holds them twice. */
  async function giveInParts(send: SendPart | undefined): Promise<HeldBins> {
    if (send === undefined) return give();
    const isMuch = shared.packer.length() > muchPacked;
    shared.packer.release();
    if (isMuch) trimMemory();
    let parts = 0;
    for (const part of sum.takeParts()) {
      await send(part);
      if (++parts % partsBetween === 0) trimMemory();
    }
    return give();
  }

  return {
    async run(data, alive, send) {
      const { slice, repeated, published, deadly, failFast, probe, handOver, ...asked } = data as SliceTask;
      const start = performance.now();
      const { chunk, leftOut, marks } = await reader.read(slice, published);
      const safeRows = rowsSafeToShow(chunk, context);
      const packer = shared.packer;
      packer.clear();
      const counts: Counts = { packer, sum };
      const raw = shared.profileInputs(counts, chunk.columns, safeRows);
      rejectDeadly(chunk, deadly);
      const columns = new Map(chunk.columns);
      const repaired = repair.apply(chunk, repeated, (name, column) => {
        columns.set(name, column);
        raw.push(shared.profileInput(counts, name, selectRows(column, safeRows)));
      });
      if (probe !== null) return probeRows(shared, repaired, probe.from, probe.to, alive);
      const keys = context.digested.length === 0 ? null : digestKeys(repaired, context.digested);
      // Each model adds its own problems to those of the rows.
      const before = asked.challengers.length === 0 ? null : withOwnProblems(repaired);
      const scored = await scoreRows(shared, repaired, failFast, alive);
      const ms = performance.now() - start;
      const challenge = () =>
        before === null
          ? []
          : challenges.score(
              asked.challengers,
              { slice, published, repeated, repaired: before, scored: asScored(scored, chunk.rows), ms },
              alive,
            );
      if (asked.isChallenge) return challenge();
      const isSample = slice.index % segmentSample === 0;
      const ranked = scoresToRank(shared.plan.outputs, scored.outputs);
      if (asked.ranks !== null) checkRanked(ranked, asked.ranks, slice);
      const outputs = withRanks(shared.plan.outputs, scored.outputs, asked.ranks);
      const result = await encode(
        shared,
        context,
        repaired,
        { ...scored, outputs },
        { counts, columns, raw, safeRows, isSample },
        keys,
      );
      const rows = leftOut === 0 ? result.rows : { ...result.rows, left_out: leftOut };
      const challenged = { ...result, rows, marks, ranked, challengers: await challenge() };
      // The first slice of a small file is the sum of all of them.
      if (handOver && slice.index === 0 && held.length === 0) {
        const { names, bytes } = packer.packed();
        return { ...challenged, bins: { slices: [0], bins: { names, bytes: bytes.slice() } } };
      }
      // Comes last: work that fails before is tried again, and counts once.
      sum.add(packer.packed());
      held.push(slice.index);
      if (handOver) return { ...challenged, bins: give() };
      return held.length >= mostHeld ? { ...challenged, bins: await giveInParts(send) } : challenged;
    },
    async close(send) {
      await reader.close();
      await challenges.close();
      return held.length === 0 ? null : giveInParts(send);
    },
  };
}

/** Returns the chunk with its own problems, to which a model may add. */
function withOwnProblems(repaired: RepairedChunk): RepairedChunk {
  const { chunk } = repaired;
  return { ...repaired, chunk: { ...chunk, problems: chunk.problems.copy() } };
}

/** Returns the model's scores as those of challengers are compared with them. */
function asScored({ status, outputs }: ScoredRows, chunkRows: number): Scored {
  const none = { failed: 0, scoreMs: 0, cpuMicros: 0, batches: [], grownBytes: null };
  return { ...none, chunkRows, kept: status.kept, outputs };
}

async function encode(
  shared: Shared,
  context: PartitionContext,
  { chunk, became, unknown }: RepairedChunk,
  { status, outputs, reasons }: ScoredRows,
  profiled: Profiled,
  keys: KeyDigest | null,
): Promise<SliceResult> {
  const { plan, encoder } = shared;
  const { problems, origin } = chunk;
  const rows = countRows(status, chunk.rows);
  const carried = selectColumns(chunk, plan.carried, status.kept);
  const notes = noteRows(problems, status, chunk.rows, context.file, origin);
  const columns = [...carried.values(), ...outputs.values(), ...reasons, ...notes];
  const scored = rows.scored === 0 ? null : await encoder.encode({ rows: rows.scored, columns });
  const redacted = new Set(context.redacted);
  const rejects = rejectLines(
    chunk,
    status,
    context.file,
    (text) => redactRaw(text, context.rawForm, redacted),
    (text, name) => {
      const index = context.read.columns.find((column) => column.name === name)?.source;
      return index === undefined ? null : rawCell(text, context.rawForm, index);
    },
  );
  const { counts, columns: before, raw, safeRows } = profiled;
  const quality: SliceQuality = {
    rows: statusCounts(rows),
    problems: countProblems(problems, origin, redacted),
    raw: settleUnknown(raw, unknown),
    used: shared.profileUsed(counts, chunk, before, intersectRows(status.kept, safeRows)),
    outputs: shared.profileOutputs(counts, outputs),
    segments: shared.countSegments({
      chunk,
      status,
      outputs,
      features: profiled.isSample ? plan.features.columns : [],
      safeRows,
      packer: counts.packer,
    }),
  };
  const changed = became === null ? null : auditRows(problems, became, status, context.file, origin);
  const audit =
    changed === null || changed.rows === 0
      ? null
      : { bytes: await (await shared.auditEncoder()).encode(changed), rows: changed.rows };
  const written = { rows, scored, rejects, audit, keys };
  return { ...written, quality: packLight(quality), bins: null, marks: null, ranked: [], challengers: [] };
}

/** Throws `InvalidError` if the model has not scored the same rows as when their scores were ranked. */
function checkRanked(scores: readonly Float64Array[], ranks: readonly ScoreRanks[], { index }: Slice): void {
  for (const [i, { length }] of scores.entries()) {
    const before = ranks[i]!.ranks.length;
    if (before === length) continue;
    const message = `the model scored ${before} rows of slice ${index} when they were ranked, and ${length} when they were written`;
    throw new InvalidError('model-fails', message, {
      hint: 'check that the model gives the same answers twice; remove "rank" and "decile" if it does not',
    });
  }
}

/** Destination of the bins of a slice's columns, and the accumulated bins of its partition. */
interface Counts {
  readonly packer: BinPacker;
  readonly sum: BinSum;
}

/**
 * A slice before repair, which changes columns in place: the columns as read, and those derived from them.
 */
interface Profiled {
  readonly counts: Counts;
  readonly columns: ReadonlyMap<string, Column>;
  readonly raw: SliceQuality['raw'];
  readonly safeRows: Int32Array | null;
  /** True if features are counted by segment in this slice. */
  readonly isSample: boolean;
}

interface Profilers {
  readonly packer: BinPacker;
  readonly countSegments: CountSegments;
  /** Profiles the columns as they were read, for all rows or for `rows`; derived ones are not there yet. */
  profileInputs(
    counts: Counts,
    columns: ReadonlyMap<string, Column>,
    rows: Int32Array | null,
  ): ColumnProfile[];
  /** Profiles one column as it was read or derived. */
  profileInput(counts: Counts, name: string, column: Column): ColumnProfile;
  /** Profiles the columns as the model got them: those that repair changed, or all if rows were rejected. */
  profileUsed(
    counts: Counts,
    chunk: Chunk,
    before: ReadonlyMap<string, Column>,
    kept: Int32Array | null,
  ): SliceQuality['used'];
  profileOutputs(counts: Counts, columns: ReadonlyMap<string, Column>): SliceQuality['outputs'];
}

function profilers(plan: StagePlan): Profilers {
  const inputs = createProfiler(plan.profiled);
  const outputs = createProfiler(plan.profiledOutputs);
  const derived = new Set(plan.derived);
  const read = plan.profiled.filter(({ name }) => !derived.has(name));
  const count = (
    profiler: Profiler,
    { packer, sum }: Counts,
    list: BinList,
    name: string,
    column: Column,
  ) => {
    const { light, bins } = profiler.count(name, column, sum.finest(list, name));
    packer.add(list, name, bins);
    return light;
  };
  return {
    packer: createBinPacker(),
    countSegments: segmentCounter(plan.segments, plan.profiled, plan.profiledOutputs),
    profileInputs(counts, columns, safeRows) {
      const rows = safeRows?.length ?? columns.values().next().value?.length ?? 0;
      return read.map(({ name }) => {
        const column = columns.get(name);
        if (column !== undefined) return count(inputs, counts, 'raw', name, selectRows(column, safeRows));
        counts.packer.add('raw', name, onlyRegisters(null));
        return inputs.absent(name, rows);
      });
    },
    profileInput: (counts, name, column) => count(inputs, counts, 'raw', name, column),
    profileUsed(counts, chunk, before, kept) {
      return plan.profiled.flatMap(({ name }) => {
        const column = chunk.columns.get(name);
        if (column === undefined || (column === before.get(name) && kept === null)) return [];
        return [count(inputs, counts, 'used', name, selectRows(column, kept))];
      });
    },
    profileOutputs: (counts, columns) =>
      plan.profiledOutputs.flatMap(({ name }) => {
        const column = columns.get(name);
        return column === undefined ? [] : [count(outputs, counts, 'outputs', name, column)];
      }),
  };
}

/**
 * Returns the rows whose values may be counted and shown if columns are redacted: all but malformed ones,
 * whose cells may contain parts of those columns; null: all.
 */
function rowsSafeToShow({ problems, rows }: Chunk, { redacted }: PartitionContext): Int32Array | null {
  if (redacted.length === 0) return null;
  const malformed = new Set(malformedRows(problems, problems.length));
  return malformed.size === 0 ? null : allRows(rows).filter((row) => !malformed.has(row));
}

/** Returns the rows that are in both lists; null means all rows. */
function intersectRows(one: Int32Array | null, other: Int32Array | null): Int32Array | null {
  if (one === null || other === null) return one ?? other;
  const among = new Set(other);
  return one.filter((row) => among.has(row));
}

function countRows({ status }: RowStatus, read: number): RowCounts {
  const [, repaired, flagged, rejected] = countStatus(status, read) as [number, number, number, number];
  return { ...noRows, read, scored: read - rejected, repaired, flagged, rejected };
}

function rejectDeadly(chunk: Chunk, deadly: readonly number[]): void {
  for (const row of deadly) chunk.problems.add(modelError, row, 'the row crashed the process that scored it');
}

/** Scores the kept rows among `[from, to)` of the chunk, only to see whether the process survives. */
async function probeRows(
  { plan, scorer }: Shared,
  { chunk, kept }: RepairedChunk,
  from: number,
  to: number,
  alive: () => void,
): Promise<null> {
  const all = kept ?? allRows(chunk.rows);
  const rows = all.filter((row) => row >= from && row < to);
  if (rows.length === 0) return null;
  const columns = selectColumns(chunk, plan.features.columns, rows);
  await scorer.score(reportingAlive(createFeeds(plan.features, columns, rows.length), alive), rows.length);
  return null;
}
