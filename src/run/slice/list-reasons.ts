import type { OutputField } from '../../chunk/batch.js';
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

/** Returns the columns that `output.reasons` adds: the `top` features with their contributions, all others together, the base value. */
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

/** Returns the columns of `reasonFields` for the kept rows of a chunk, and the rows whose contributions do not add up. */
export type ListReasons = (
  chunk: Chunk,
  kept: Int32Array | null,
  outputs: ReadonlyMap<string, Column>,
  alive: () => void,
) => Promise<{ readonly columns: readonly Column[]; readonly problems: readonly ScoreProblem[] }>;

/** Compiles a plan; costs a batch of the scorer's `explain` for the rows that it names, and one pass over the others. */
export function reasonLister(plan: ReasonPlan, features: FeaturePlan, scorer: Scorer): ListReasons {
  const evaluate = plan.when === null ? null : evaluator(plan.when);
  return async (chunk, kept, outputs, alive) => {
    const rows = kept === null ? chunk.rows : kept.length;
    const named = () => new Map([...selectColumns(chunk, plan.columns, kept), ...outputs]);
    const wanted = evaluate === null ? allRows(rows) : rowsThat(evaluate({ rows, columns: named() }));
    const writer = reasonWriter(plan, rows, wanted);
    if (wanted.length > 0) {
      const source = kept === null ? wanted : wanted.map((row) => kept[row]!);
      const columns = selectColumns(chunk, features.columns, source);
      const feeds = reportingAlive(createFeeds(features, columns, wanted.length), alive);
      await scorer.explain!(feeds, wanted.length, writer.write);
    }
    return { columns: writer.columns, problems: writer.problems };
  };
}

function rowsThat(truths: Uint8Array): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < truths.length; row++) if (truths[row] === truth.yes) rows.push(row);
  return Int32Array.from(rows);
}

/** Creates the columns for `rows` rows, missing at first; `write` fills in those of `wanted`. */
function reasonWriter({ top, features }: ReasonPlan, rows: number, wanted: Int32Array) {
  const numbers = () => new Float64Array(rows).fill(Number.NaN);
  const bits = () => new Uint8Array((rows + 7) >> 3);
  const reasons = Array.from({ length: top }, () => ({
    codes: new Int32Array(rows).fill(-1),
    values: numbers(),
    validity: bits(),
  }));
  const [others, bases, present] = [numbers(), numbers(), bits()];
  const problems: ScoreProblem[] = [];
  const best = new Int32Array(top);
  const write = (from: number, to: number, { base, contributions, sums }: Explained): void => {
    const width = features.length;
    for (let i = from; i < to; i++) {
      const row = wanted[i]!;
      const of = contributions.subarray((i - from) * width, (i - from + 1) * width);
      const count = largest(of, best);
      let total = base;
      for (let k = 0; k < count; k++) {
        const { codes, values, validity } = reasons[k]!;
        codes[row] = best[k]!;
        values[row] = of[best[k]!]!;
        markPresent(validity, row);
        total += values[row]!;
        of[best[k]!] = 0;
      }
      let rest = 0;
      for (let feature = 0; feature < width; feature++) rest += of[feature]!;
      others[row] = rest;
      bases[row] = base;
      markPresent(present, row);
      total += rest;
      const sum = sums[i - from]!;
      if (!(Math.abs(total - sum) <= tolerance * Math.max(1, Math.abs(sum))))
        problems.push({ kind: inexact, row, found: total });
    }
  };
  const length = rows;
  const number = (values: Float64Array, validity: Uint8Array): Column => ({
    type: 'float64',
    length,
    values,
    validity,
  });
  const columns = [
    ...reasons.flatMap(({ codes, values, validity }): Column[] => [
      { type: 'string', layout: 'dictionary', length, codes, dictionary: features, validity },
      number(values, validity),
    ]),
    number(others, present),
    number(bases, present),
  ];
  return { write, columns, problems };
}

/**
 * Writes the indices of the values of largest magnitude into `best`, the first of equals first; returns how
 * many are not 0.
 */
function largest(values: Float64Array, best: Int32Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size === 0 || (count === best.length && size <= Math.abs(values[best[count - 1]!]!))) continue;
    let at = count < best.length ? count++ : count - 1;
    for (; at > 0 && Math.abs(values[best[at - 1]!]!) < size; at--) best[at] = best[at - 1]!;
    best[at] = i;
  }
  return count;
}
