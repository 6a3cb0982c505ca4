import type { OutputField } from '../../chunk/batch.js';
import { blockRows } from '../../chunk/block-rows.js';
import type { Chunk } from '../../chunk/chunk.js';
import type { Column } from '../../chunk/column.js';
import type { ProblemKind } from '../../chunk/problem.js';
import { markPresent } from '../../chunk/validity.js';
import { createFeeds } from '../../features/create-feeds.js';
import type { FeaturePlan } from '../../features/feature-plan.js';
import type { ScoreProblem } from '../../features/output-plan.js';
import type { Explained, Scorer } from '../../model/scorer.js';
import { evaluator } from '../../repair/evaluate-expression.js';
import type { Expression } from '../../repair/expression.js';
import { truth } from '../../repair/vectors.js';
import { allRows, reportingAlive, selectColumns } from './rows-of-chunk.js';

/** Configuration of the reasons that are written with a row's score; plain data, sent to workers. */
export interface ReasonPlan {
  readonly top: number;
  /** The rows with reasons; null: all. */
  readonly when: Expression | null;
  /** The columns of the contract that `when` reads. */
  readonly columns: readonly string[];
  /** The names of the model's features, in its order. */
  readonly features: readonly string[];
  /** The columns of the scored file. */
  readonly fields: readonly OutputField[];
}

const baseName = 'base_value';

/**
 * Returns the columns of `output.reasons`: the `top` features, their contributions, the rest, the base value.
 */
export function reasonFields(top: number): readonly OutputField[] {
  if (top === 0) return [];
  const number = (name: string) => ({ name, type: 'float64', dictionary: false }) as const;
  const each = Array.from({ length: top }, (_, i) => [
    { name: `reason_${i + 1}`, type: 'string', dictionary: true } as const,
    number(`reason_${i + 1}_contribution`),
  ]);
  return [...each.flat(), number('reason_others_contribution'), { ...number(baseName), dictionary: true }];
}

/**
 * Tolerance for the difference between the raw score and the sum of contributions and base value, as a share
 * of the score, or of 1.
 */
const tolerance = 1e-6;

const inexact: ProblemKind = {
  code: 'reasons-inexact',
  column: baseName,
  expected: 'contributions that add up to the raw score',
  outcome: 'flagged',
};

/** Returns the columns of `reasonFields` for the kept rows, and the rows that do not add up. */
export type ListReasons = (
  chunk: Chunk,
  kept: Int32Array | null,
  outputs: ReadonlyMap<string, Column>,
  alive: () => void,
) => Promise<{ readonly columns: readonly Column[]; readonly problems: readonly ScoreProblem[] }>;

/** Compiles a plan; costs a batch of `explain` for the rows that it names, and one pass over the others. */
export function reasonLister(plan: ReasonPlan, features: FeaturePlan, scorer: Scorer): ListReasons {
  const evaluate = plan.when === null ? null : evaluator(plan.when);
  const startWriting = reasonWriter(plan);
  return async (chunk, kept, outputs, alive) => {
    const rows = kept === null ? chunk.rows : kept.length;
    const named = () => new Map([...selectColumns(chunk, plan.columns, kept), ...outputs]);
    const wanted = evaluate === null ? allRows(rows) : rowsThat(evaluate({ rows, columns: named() }));
    const writer = startWriting(rows, wanted);
    if (wanted.length > 0) {
      const source = kept === null ? wanted : wanted.map((row) => kept[row]!);
      const columns = selectColumns(chunk, features.columns, source);
      const feeds = reportingAlive(createFeeds(features, columns, wanted.length), alive);
      await scorer.explain!(feeds, wanted.length, writer.write);
    }
    return { columns: writer.columns(), problems: writer.problems };
  };
}

function rowsThat(truths: Uint8Array): Int32Array {
  const rows = new Int32Array(truths.length);
  let count = 0;
  for (let row = 0; row < truths.length; row += blockRows)
    count = addRowsThat(truths, row, Math.min(truths.length, row + blockRows), rows, count);
  return rows.slice(0, count);
}

/** Adds those of the rows `[row, end)` for which a condition holds to others; returns how many there are. */
function addRowsThat(truths: Uint8Array, row: number, end: number, rows: Int32Array, count: number): number {
  let to = count;
  for (let i = row; i < end; i++) if (truths[i] === truth.yes) rows[to++] = i;
  return to;
}

/** The columns of reasons, with room for some rows: all are missing but those that were written last. */
interface ReasonMemory {
  readonly room: number;
  readonly reasons: readonly { codes: Int32Array; values: Float64Array; validity: Uint8Array }[];
  readonly others: Float64Array;
  readonly bases: Float64Array;
  readonly present: Uint8Array;
}

function reasonMemory(top: number, room: number): ReasonMemory {
  const numbers = () => new Float64Array(room).fill(Number.NaN);
  const bits = () => new Uint8Array((room + 7) >> 3);
  const reason = () => ({ codes: new Int32Array(room).fill(-1), values: numbers(), validity: bits() });
  const reasons = Array.from({ length: top }, reason);
  return { room, reasons, others: numbers(), bases: numbers(), present: bits() };
}

/** Makes rows missing again. */
function forgetRows(memory: ReasonMemory, rows: Int32Array): void {
  for (let from = 0; from < rows.length; from += blockRows)
    forgetSome(memory, rows, from, Math.min(rows.length, from + blockRows));
}

function forgetSome(memory: ReasonMemory, rows: Int32Array, from: number, to: number): void {
  const { reasons, others, bases, present } = memory;
  for (let i = from; i < to; i++) {
    const row = rows[i]!;
    for (let k = 0; k < reasons.length; k++) {
      const { codes, values, validity } = reasons[k]!;
      codes[row] = -1;
      values[row] = Number.NaN;
      validity[row >> 3] = 0;
    }
    others[row] = bases[row] = Number.NaN;
    present[row >> 3] = 0;
  }
}

/** Where the reasons of a chunk go: its rows that get some, the columns, and the rows that do not add up. */
interface ReasonTarget {
  readonly memory: ReasonMemory;
  readonly wanted: Int32Array;
  readonly width: number;
  /** Room for the features of one row. */
  readonly best: Int32Array;
  readonly problems: ScoreProblem[];
  /** The fewest reasons of a row. */
  fewest: number;
}

/**
 * Writes the reasons of the wanted rows `[from, to)`. No closure of its chunk: V8 would optimize each chunk's
 * own again, 13 ms each.
 */
function writeReasons(target: ReasonTarget, from: number, to: number, explained: Explained): void {
  for (let i = from; i < to; i += blockRows)
    writeSome(target, i, Math.min(to, i + blockRows), i - from, explained);
}

/** Writes the reasons of the wanted rows `[from, to)`, of which the first is row `first` of `explained`. */
function writeSome(
  target: ReasonTarget,
  from: number,
  to: number,
  first: number,
  { base, contributions, sums }: Explained,
): void {
  const { wanted, width, best, problems } = target;
  const { reasons, others, bases, present } = target.memory;
  for (let i = from; i < to; i++) {
    const row = wanted[i]!;
    const own = first + i - from;
    const at = own * width;
    const count = largest(contributions, at, width, best);
    if (count < target.fewest) target.fewest = count;
    let total = base;
    for (let k = 0; k < count; k++) {
      const { codes, values, validity } = reasons[k]!;
      const feature = best[k]!;
      codes[row] = feature;
      values[row] = contributions[at + feature]!;
      markPresent(validity, row);
      total += values[row]!;
      contributions[at + feature] = 0;
    }
    let rest = 0;
    for (let feature = 0; feature < width; feature++) rest += contributions[at + feature]!;
    others[row] = rest;
    bases[row] = base;
    markPresent(present, row);
    total += rest;
    const sum = sums[own]!;
    if (!(Math.abs(total - sum) <= tolerance * Math.max(1, Math.abs(sum))))
      problems.push({ kind: inexact, row, found: total });
  }
}

/**
 * Returns a function that starts the columns of `rows` rows, missing at first; `write` fills in those of
 * `wanted`. The columns are views of memory that the next start uses again: new columns for each chunk would
 * be garbage of several megabytes.
 */
function reasonWriter({ top, features }: ReasonPlan) {
  let memory = reasonMemory(top, 0);
  let written: Int32Array = new Int32Array(0);
  const best = new Int32Array(top);
  return (rows: number, wanted: Int32Array) => {
    if (rows > memory.room) memory = reasonMemory(top, rows);
    else forgetRows(memory, written);
    written = wanted;
    const { reasons, others, bases, present } = memory;
    const problems: ScoreProblem[] = [];
    const width = features.length;
    const target: ReasonTarget = { memory, wanted, width, best, problems, fewest: top };
    const write = (from: number, to: number, explained: Explained): void =>
      writeReasons(target, from, to, explained);
    const length = rows;
    const number = (values: Float64Array, validity: Uint8Array): Column => ({
      type: 'float64',
      length,
      values: values.subarray(0, rows),
      validity,
    });
    const columns = (): Column[] => {
      const bits = (validity: Uint8Array) => validity.subarray(0, (rows + 7) >> 3);
      // Where each row has as many reasons, columns share one bitmap: it is encoded once.
      const all = bits(present);
      const columnsOf = (
        { codes, values, validity }: ReasonMemory['reasons'][number],
        k: number,
      ): Column[] => {
        const own = k < target.fewest ? all : bits(validity);
        const texts = { layout: 'dictionary', codes: codes.subarray(0, rows), dictionary: features } as const;
        return [{ type: 'string', ...texts, length, validity: own }, number(values, own)];
      };
      return [...reasons.flatMap(columnsOf), number(others, all), number(bases, all)];
    };
    return { write, columns, problems };
  };
}

/**
 * Writes the indices of the numbers of largest magnitude among `width` from `at` on into `best`, equal ones
 * in order; returns how many.
 */
function largest(values: Float64Array, at: number, width: number, best: Int32Array): number {
  let count = 0;
  for (let i = 0; i < width; i++) {
    const size = Math.abs(values[at + i]!);
    if (size === 0 || (count === best.length && size <= Math.abs(values[at + best[count - 1]!]!))) continue;
    let to = count < best.length ? count++ : count - 1;
    for (; to > 0 && Math.abs(values[at + best[to - 1]!]!) < size; to--) best[to] = best[to - 1]!;
    best[to] = i;
  }
  return count;
}
