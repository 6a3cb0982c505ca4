import type { OutputField } from '../chunk/batch.js';
import type { Column } from '../chunk/column.js';
import type { Decisions } from '../chunk/decisions.js';
import { allPresent, markMissing } from '../chunk/validity.js';
import type { OutputPlan } from './output-plan.js';

/** Ranks of the rows of a chunk among all rows of their partition. */
interface Ranked {
  /** By row: 1 for the highest score; 0 for a row without a score. */
  readonly ranks: Int32Array;
  /** Rows of the partition with a score. */
  readonly counted: number;
}

/** Returns the columns that ranks add to a score. */
export function rankFields(name: string, { rank, decile }: Decisions): readonly OutputField[] {
  const field = (ending: string): OutputField => ({
    name: `${name}_${ending}`,
    type: 'int32',
    dictionary: false,
  });
  return [...(rank === undefined ? [] : [field('rank')]), ...(decile === undefined ? [] : [field('decile')])];
}

/** Returns the names of the outputs whose scores are ranked. */
export function rankedOutputs({ columns }: Pick<OutputPlan, 'columns'>): readonly string[] {
  return columns
    .filter(({ decisions }) => decisions?.rank !== undefined || decisions?.decile !== undefined)
    .map(({ name }) => name);
}

/** Returns the scores to rank, output by output; empty lists without rows. */
export function scoresToRank(plan: OutputPlan, outputs: ReadonlyMap<string, Column>): Float64Array[] {
  return rankedOutputs(plan).map((name) => {
    const column = outputs.get(name);
    if (column === undefined) return new Float64Array(0);
    if (column.type !== 'float32' && column.type !== 'float64')
      throw new Error(`the output "${name}" is ${column.type}, which has no rank`);
    return Float64Array.from(column.values.subarray(0, column.length));
  });
}

/**
 * Returns the outputs in the order of the plan, with the columns of `rankFields`: from `ranked`, one for each
 * ranked output, or missing everywhere while ranks are unknown.
 */
export function withRanks(
  plan: OutputPlan,
  outputs: ReadonlyMap<string, Column>,
  ranked: readonly Ranked[] | null,
): ReadonlyMap<string, Column> {
  const names = rankedOutputs(plan);
  if (names.length === 0 || outputs.size === 0) return outputs;
  const added = new Map<string, Column>();
  for (const [i, name] of names.entries()) {
    const { length } = outputs.get(name)!;
    const { ranks, counted } = ranked?.[i] ?? { ranks: new Int32Array(length), counted: 0 };
    const { decisions } = plan.columns.find((column) => column.name === name)!;
    if (decisions?.rank !== undefined) added.set(`${name}_rank`, wholeNumbers(ranks));
    if (decisions?.decile !== undefined)
      added.set(`${name}_decile`, wholeNumbers(ranks.map((rank) => decileOf(rank, counted))));
  }
  return new Map(plan.fields.map(({ name }) => [name, added.get(name) ?? outputs.get(name)!]));
}

/** The tenth of a rank, 1 for the highest; 0 for none. */
function decileOf(rank: number, counted: number): number {
  return rank === 0 ? 0 : Math.floor(((rank - 1) * 10) / counted) + 1;
}

/** Returns a column whose zeros are missing. */
function wholeNumbers(values: Int32Array): Column {
  const { length } = values;
  let validity: Uint8Array | null = null;
  for (let row = 0; row < length; row++) {
    if (values[row] !== 0) continue;
    validity ??= allPresent(length);
    markMissing(validity, row);
  }
  return { type: 'int32', length, values, validity };
}
