import { isDeepStrictEqual } from 'node:util';
import type { Column } from '../../chunk/column.js';
import { doubleAt, halvesOf } from '../../chunk/halves.js';
import type { ReadPlan } from '../../chunk/read-plan.js';
import type { Slice } from '../../chunk/slice.js';
import { isPresent } from '../../chunk/validity.js';
import type { FeaturePlan } from '../../features/feature-plan.js';
import type { OutputPlan } from '../../features/output-plan.js';
import type { SourceDescription } from '../../formats/format.js';
import { openScorer } from '../../model/open-scorer.js';
import type { Scorer, ScorerPlan } from '../../model/scorer.js';
import { ownBytes } from '../../process/resident-bytes.js';
import type { ColumnProfile } from '../../quality/column-profile.js';
import { countLabels, type LabelCounts } from '../../quality/label-figures.js';
import { createProfiler, type ProfileField, type Profiler } from '../../quality/profile-column.js';
import { type AgreementCounts, countAgreement, countEqual } from '../../quality/score-agreement.js';
import { cellAt } from '../../repair/cell.js';
import type { RepairPlan } from '../../repair/contract.js';
import { createRepair, type RepairedChunk } from '../../repair/create-repair.js';
import type { StageContext } from '../../workers/stage.js';
import { openDecoder } from './open-decoder.js';
import { modelError, scoreRows } from './score-rows.js';

/** One of several models that score the same rows; plain data. */
export interface CandidatePlan {
  readonly scorer: ScorerPlan;
  readonly features: FeaturePlan;
  readonly outputs: OutputPlan;
  readonly profiledOutputs: readonly ProfileField[];
  /** How its input is read and repaired. */
  readonly context: {
    readonly source: SourceDescription;
    readonly read: ReadPlan;
    readonly repair: RepairPlan;
  };
  /** The output that is compared with the labels, and its threshold between 0 and 1; null: none. */
  readonly scored: { readonly output: string; readonly threshold: number } | null;
}

/** The column of the labels; plain data. */
export interface LabelPlan {
  /** A column of the first candidate's contract. */
  readonly column: string;
  /** The text that means 1, while any other means 0; null: the labels are numbers or booleans. */
  readonly positive: string | null;
}

/** The context of a partition whose rows several models score; plain data. */
export interface CompareContext {
  /** The first is the reference; the others are compared with it. */
  readonly candidates: readonly CandidatePlan[];
  readonly labels: LabelPlan | null;
}

/** Counts and times of one model over a slice. */
export interface CandidateCounts {
  readonly rows: number;
  readonly rejected: number;
  /** Rows on which the model itself failed. */
  readonly failed: number;
  /** CPU time of all threads in microseconds, for scoring and for reading and repairing. */
  readonly cpuMicros: number;
  readonly readMicros: number;
  /** The same in elapsed milliseconds. */
  readonly scoreMs: number;
  readonly readMs: number;
  /** Memory of the process after the slice, but for what other workers share. */
  readonly usedBytes: number;
  /** Milliseconds of each batch. */
  readonly batches: Float64Array;
  /**
   * Bytes by which the process grew while the model was opened and scored its first slice; null for later
   * slices.
   */
  readonly grownBytes: number | null;
  readonly outputs: readonly ColumnProfile[];
  /** Agreement with the reference, by output; empty for the reference itself. */
  readonly agreement: Readonly<Record<string, AgreementCounts>>;
  /** Agreement with the labels, by output that holds classes. */
  readonly classes: Readonly<Record<string, AgreementCounts>>;
  readonly labels: LabelCounts | null;
}

/** A candidate with its open model. */
export interface Candidate extends Omit<CandidatePlan, 'context'> {
  readonly state: { readonly open: Scorer; readonly openedBytes: number; hasScored: boolean };
  readonly profiler: Profiler;
}

/** The models of a comparison in one worker, opened with the first partition and closed with the stage. */
interface ComparedModels {
  open(plans: readonly CandidatePlan[]): Promise<readonly (Candidate & CandidatePlan)[]>;
  close(): Promise<void>;
}

/** The model that the worker has already opened, its plan, and the memory that it took. */
interface OpenedModel {
  readonly scorer: Scorer;
  readonly plan: ScorerPlan;
  readonly openedBytes: number;
}

/** Returns the models of a comparison; one is already open, and may be among them. */
export function comparedModels({ scorer, plan, openedBytes }: OpenedModel): ComparedModels {
  type Opened = { readonly plan: ScorerPlan; readonly state: Candidate['state'] };
  const opened: Opened[] = [{ plan, state: { open: scorer, openedBytes, hasScored: false } }];
  const open = async (plan: ScorerPlan): Promise<Opened> => {
    const before = ownBytes();
    const open = await openScorer(plan);
    const state = { open, openedBytes: Math.max(0, ownBytes() - before), hasScored: false };
    const one = { plan, state };
    opened.push(one);
    return one;
  };
  return {
    async open(plans) {
      // A scorer's answers are valid until its next: twins must not share one.
      const free = [...opened];
      const candidates: (Candidate & CandidatePlan)[] = [];
      for (const plan of plans) {
        const at = free.findIndex((one) => isDeepStrictEqual(one.plan, plan.scorer));
        const [known] = at < 0 ? [] : free.splice(at, 1);
        const { state } = known ?? (await open(plan.scorer));
        candidates.push({ ...plan, state, profiler: createProfiler(plan.profiledOutputs) });
      }
      return candidates;
    },
    async close() {
      for (const { state } of opened.slice(1)) await state.open.close();
    },
  };
}

/**
 * Scores each slice with several models in turn. Candidates with the same contract share the repaired chunk.
 */
export async function openComparison(
  { candidates, labels }: CompareContext,
  models: ComparedModels,
): Promise<StageContext> {
  const opened = await models.open(candidates);
  const readers = await Promise.all(distinct(opened).map(openReader));
  return {
    async run(data, alive) {
      const { slice } = data as { readonly slice: Slice };
      const results: CandidateCounts[] = [];
      let reference: Scored | null = null;
      let truth: Column | null = null;
      for (const { read, members } of readers) {
        const spent = stopwatch();
        const repaired = await read(slice);
        const [readMs, readMicros] = spent();
        const reading = { readMs, readMicros };
        if (truth === null && labels !== null) truth = repaired.chunk.columns.get(labels.column) ?? null;
        for (const candidate of members) {
          const scored = await scoreOne(candidate, repaired, alive);
          reference ??= scored;
          results[opened.indexOf(candidate)] = {
            ...countsOf(candidate, scored, reference, truth, labels),
            ...reading,
          };
        }
      }
      return results;
    },
    async close() {
      for (const { close } of readers) await close();
      return null;
    },
  };
}

type Reading = Candidate & CandidatePlan;

interface Reader {
  readonly members: readonly Reading[];
  read(slice: Slice): Promise<RepairedChunk>;
  close(): Promise<void>;
}

/** Groups candidates that read and repair in the same way; the reference is in the first group. */
function distinct(candidates: readonly Reading[]): Reading[][] {
  const groups: Reading[][] = [];
  for (const candidate of candidates) {
    const group = groups.find(([first]) => isDeepStrictEqual(first!.context, candidate.context));
    if (group === undefined) groups.push([candidate]);
    else group.push(candidate);
  }
  return groups;
}

async function openReader(members: readonly Reading[]): Promise<Reader> {
  const { source, read, repair } = members[0]!.context;
  const decoder = await openDecoder(source, read);
  const { apply } = createRepair(repair);
  return {
    members,
    read: async (slice) => apply(await decoder.decode(slice), null),
    close: () => decoder.close(),
  };
}

/** A model's scores of a chunk. */
export interface Scored {
  readonly chunkRows: number;
  /** Rows of the chunk that were scored, ascending; null: all. */
  readonly kept: Int32Array | null;
  readonly outputs: ReadonlyMap<string, Column>;
  readonly failed: number;
  readonly scoreMs: number;
  readonly cpuMicros: number;
  readonly batches: number[];
  readonly grownBytes: number | null;
}

export async function scoreOne(
  candidate: Candidate,
  repaired: RepairedChunk,
  alive: () => void,
): Promise<Scored> {
  const { chunk } = repaired;
  // Each model adds its own problems to those of the rows.
  const own = { ...chunk, problems: chunk.problems.copy() };
  const bytes = ownBytes();
  const spent = stopwatch();
  const batches: number[] = [];
  const { status, outputs } = await scoreRows(
    { plan: candidate, scorer: timed(candidate.state.open, batches), listReasons: null },
    { ...repaired, chunk: own },
    !candidate.state.hasScored,
    alive,
  );
  const [scoreMs, cpuMicros] = spent();
  const grown = Math.max(0, ownBytes() - bytes);
  const grownBytes = candidate.state.hasScored ? null : candidate.state.openedBytes + grown;
  candidate.state.hasScored = true;
  const failed = [...own.problems].filter(({ kind }) => kind === modelError).length;
  return {
    chunkRows: chunk.rows,
    kept: status.kept,
    outputs,
    failed,
    scoreMs,
    cpuMicros,
    batches,
    grownBytes,
  };
}

/** Starts a stopwatch, which returns elapsed milliseconds and the CPU time of all threads in microseconds. */
function stopwatch(): () => readonly [ms: number, micros: number] {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return [performance.now() - start, user + system];
  };
}

/** Wraps a scorer so that it records the milliseconds from feeding one batch to feeding the next. */
function timed(scorer: Scorer, batches: number[]): Scorer {
  return {
    ...scorer,
    async score(feeds, rows, failFast) {
      let last: number | null = null;
      const note = () => {
        const now = performance.now();
        if (last !== null) batches.push(now - last);
        last = now;
      };
      const scores = await scorer.score(
        (from, to) => {
          note();
          return feeds(from, to);
        },
        rows,
        failFast,
      );
      note();
      return scores;
    },
  };
}

export function countsOf(
  { profiler, outputs: plan, scored }: Candidate,
  mine: Scored,
  reference: Scored,
  truth: Column | null,
  labels: LabelPlan | null,
): Omit<CandidateCounts, 'readMicros' | 'readMs'> {
  const { outputs, kept, chunkRows } = mine;
  const rows = kept?.length ?? chunkRows;
  const agreement: Record<string, AgreementCounts> = {};
  const classes: Record<string, AgreementCounts> = {};
  const both = commonRows(mine, reference);
  for (const [name, column] of outputs) {
    const other = reference.outputs.get(name);
    if (mine !== reference && other !== undefined) {
      const { a, b, areClasses } = alike(column, other);
      const count = areClasses ? countEqual : countAgreement;
      agreement[name] = count(take(a, both.mine), take(b, both.other));
    }
    if (truth === null || isFloat(column) || column.type === 'list<float32>') continue;
    const { a, b } = alike(column, truth);
    classes[name] = countEqual(a, take(b, kept));
  }
  const column = scored === null ? undefined : outputs.get(scored.output);
  const numbers = column === undefined ? null : numbersOf(column);
  const wanted = truth === null || labels === null ? null : labelNumbers(truth, labels);
  return {
    rows,
    rejected: chunkRows - rows,
    failed: mine.failed,
    scoreMs: mine.scoreMs,
    cpuMicros: mine.cpuMicros,
    batches: Float64Array.from(mine.batches),
    usedBytes: ownBytes(),
    grownBytes: mine.grownBytes,
    outputs: plan.fields.flatMap(({ name }) =>
      outputs.has(name) ? [profiler.profile(name, outputs.get(name)!)] : [],
    ),
    agreement,
    classes,
    labels:
      numbers === null || wanted === null
        ? null
        : countLabels(numbers, take(wanted, kept), scored!.threshold),
  };
}

/** Returns the rows that both models scored, as indices into the scored rows of each; null: all. */
function commonRows(
  mine: Scored,
  other: Scored,
): { readonly mine: Int32Array | null; readonly other: Int32Array | null } {
  if (mine.kept === null && other.kept === null) return { mine: null, other: null };
  const indexOf = new Int32Array(mine.chunkRows).fill(-1);
  const count = other.kept?.length ?? other.chunkRows;
  for (let i = 0; i < count; i++) indexOf[other.kept?.[i] ?? i] = i;
  const own = mine.kept?.length ?? mine.chunkRows;
  const [here, there] = [new Int32Array(own), new Int32Array(own)];
  let shared = 0;
  for (let i = 0; i < own; i++) {
    const index = indexOf[mine.kept?.[i] ?? i]!;
    if (index < 0) continue;
    here[shared] = i;
    there[shared++] = index;
  }
  return { mine: here.subarray(0, shared), other: there.subarray(0, shared) };
}

function take(values: Float64Array, rows: Int32Array | null): Float64Array {
  if (rows === null) return values;
  const taken = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!;
  return taken;
}

interface Alike {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly areClasses: boolean;
}

/**
 * Returns two columns as comparable numbers: their own if both are numeric, else codes of texts; NaN if
 * missing.
 */
function alike(a: Column, b: Column): Alike {
  const [ours, theirs] = [numbersOf(a), numbersOf(b)];
  if (ours !== null && theirs !== null) return { a: ours, b: theirs, areClasses: !isFloat(a) || !isFloat(b) };
  const codeOf = new Map<string, number>();
  return { a: codesOf(a, codeOf), b: codesOf(b, codeOf), areClasses: true };
}

function isFloat({ type }: Column): boolean {
  return type === 'float32' || type === 'float64';
}

/** Returns the values as numbers, NaN if missing; null for texts and lists. */
function numbersOf(column: Column): Float64Array | null {
  const { length, validity } = column;
  if (column.type === 'string' || column.type === 'list<float32>') return null;
  // Missing floats are NaN already.
  if (column.type === 'float64') return column.values.subarray(0, length);
  if (column.type === 'float32') return new Float64Array(column.values.subarray(0, length));
  const numbers =
    column.values instanceof BigInt64Array
      ? longsOf(column.values, length)
      : new Float64Array(column.values.subarray(0, length));
  if (validity !== null)
    for (let row = 0; row < length; row++) if (!isPresent(validity, row)) numbers[row] = Number.NaN;
  return numbers;
}

/** Returns 64-bit whole numbers as the nearest floats, from their words: no BigInt per row. */
function longsOf(values: BigInt64Array, length: number): Float64Array {
  const halves = halvesOf(values);
  const numbers = new Float64Array(length);
  for (let row = 0; row < length; row++) numbers[row] = doubleAt(halves, row);
  return numbers;
}

/** Returns a code for each text, shared by all columns with the same `codeOf`; NaN if missing. */
function codesOf(column: Column, codeOf: Map<string, number>): Float64Array {
  const coded = (text: string) => {
    const code = codeOf.get(text) ?? codeOf.size;
    if (code === codeOf.size) codeOf.set(text, code);
    return code;
  };
  const found = new Float64Array(column.length);
  if (column.type === 'string' && column.layout === 'dictionary') {
    const { codes, dictionary } = column;
    const shared = Float64Array.from(dictionary, coded);
    // A missing row has the code -1.
    for (let row = 0; row < found.length; row++)
      found[row] = codes[row]! < 0 ? Number.NaN : shared[codes[row]!]!;
    return found;
  }
  for (let row = 0; row < found.length; row++) {
    const cell = cellAt(column, row);
    found[row] = cell === null ? Number.NaN : coded(String(cell));
  }
  return found;
}

/** Returns the labels as numbers, NaN if missing; null for texts if no text is named as 1. */
function labelNumbers(column: Column, { positive }: LabelPlan): Float64Array | null {
  if (positive === null) return numbersOf(column);
  // The first code is that of the positive text.
  const codes = codesOf(column, new Map([[positive, 0]]));
  return codes.map((code) => (Number.isNaN(code) ? code : Number(code === 0)));
}
