import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Feeds, TensorData, TensorType } from '../../chunk/tensor.js';
import { changedModel } from '../changed-model.js';
import type { Scorer, ScorerPlan } from '../scorer.js';
import { answerRows } from './answer-rows.js';
import { featuresInput, outputNames } from './describe-trees.js';
import { openTreeKernel, type TreeKernel } from './open-tree-kernel.js';
import { readTrees, treeFormat } from './read-trees.js';
import { rowExplainer } from './row-explainer.js';
import type { TreeModel } from './tree-model.js';
import { nearZero } from './tree-table.js';
import { type Reals, walkTrees } from './walk-trees.js';

/** Opens a file of trees in this thread, without the runtime. Throws `InvalidError` if the file changed. */
export async function openTreeScorer(
  plan: ScorerPlan,
  { rounds, reasons }: NonNullable<ScorerPlan['trees']>,
): Promise<Scorer> {
  const bytes = await readFile(plan.path);
  if (plan.sha256 !== null && createHash('sha256').update(bytes).digest('hex') !== plan.sha256)
    throw changedModel(plan.path);
  const format = treeFormat(bytes);
  if (format === null) throw changedModel(plan.path);
  return createTreeScorer(readTrees(bytes, format, plan.path, rounds), plan, reasons);
}

/** Creates a scorer over a model in memory; `reasons` is the sum to split, if any. */
export function createTreeScorer(model: TreeModel, plan: ScorerPlan, reasons: number | null = null): Scorer {
  const { table, answer, divisor } = model;
  const { features, groups } = table;
  const batchRows = Math.max(1, plan.batchRows);
  const create = (size: number): Reals =>
    table.numbers === 'float64' ? new Float64Array(size) : new Float32Array(size);
  const prepare = valuePreparer(model);
  const kernel = openTreeKernel(table, null, table.numbers === 'float64' ? nearZero : -1);
  // Only categories that are numbers are prepared outside of the kernel.
  const takesFed =
    kernel !== null && !model.features.some(({ categories }) => typeof categories?.[0] === 'number');
  const add: TreeKernel['score'] = kernel?.score ?? ((from, rows, to) => walkTrees(table, from, rows, to));
  let room = 0;
  let values = create(0);
  let sums = create(0);
  let answers = create(0);
  let slots = plan.outputs.map((output) => slotOf(output.name, output.type, model, 0));

  const reserve = (rows: number): void => {
    if (rows <= room) return;
    room = rows;
    sums = create(rows * groups);
    answers = create(rows * groups);
    slots = plan.outputs.map((output) => slotOf(output.name, output.type, model, rows));
  };

  return {
    report: { batchRows, threads: 1, rewrites: 0 },
    async score(source: (from: number, to: number) => Feeds, rows) {
      reserve(rows);
      for (let from = 0; from < rows; from += batchRows) {
        const to = Math.min(rows, from + batchRows);
        const fed = source(from, to)[featuresInput]!;
        let prepared = fed.data as Reals;
        if (!takesFed) {
          const size = (to - from) * features;
          if (values.length < size) values = create(size);
          prepare(prepared, values.subarray(0, size));
          prepared = values;
        }
        add(prepared, to - from, sums.subarray(from * groups, to * groups));
        // Lets timers and messages run between batches.
        if (to < rows) await setImmediate();
      }
      const used = answers.subarray(0, rows * groups);
      used.set(sums.subarray(0, rows * groups));
      answerRows(answer, divisor, groups, used);
      for (const slot of slots) slot.fill(sums, used, rows);
      return { fetches: Object.fromEntries(slots.map((slot) => [slot.name, slot.tensor(rows)])), failed: [] };
    },
    ...(reasons === null ? {} : { explain: rowExplainer(model, reasons, prepare, kernel) }),
    close: async () => {},
  };
}

/**
 * Returns a function that prepares fed values for the trees: LightGBM treats values near zero as zero, and
 * numbers that are categories become their indices; a number that is not a category is missing.
 */
export function valuePreparer({ table, features }: TreeModel): (from: Reals, to: Reals) => void {
  const coded = features.flatMap(({ categories }, i) => {
    if (categories === null || typeof categories[0] !== 'number') return [];
    const rounded = (category: number) => (table.numbers === 'float32' ? Math.fround(category) : category);
    return [
      {
        i,
        places: new Map((categories as readonly number[]).map((category, at) => [rounded(category), at])),
      },
    ];
  });
  const width = table.features;
  const snaps = table.numbers === 'float64';
  return (from, to) => {
    if (snaps) {
      for (let i = 0; i < to.length; i++) {
        const value = from[i]!;
        to[i] = value >= -nearZero && value <= nearZero ? 0 : value;
      }
    } else to.set(from.subarray(0, to.length));
    for (const { i, places } of coded)
      for (let at = i; at < to.length; at += width) to[at] = places.get(from[at]!) ?? Number.NaN;
  };
}

/** One wanted output: its memory, filled chunk by chunk. */
interface Slot {
  readonly name: string;
  fill(sums: Reals, answers: Reals, rows: number): void;
  tensor(rows: number): TensorData;
}

function slotOf(name: string, type: TensorType, model: TreeModel, room: number): Slot {
  const { answer, table } = model;
  const { groups } = table;
  const isBinary = answer.kind === 'binary';
  if (name === outputNames.label) {
    const labels = new BigInt64Array(room);
    // The low words: no BigInt per row.
    const words = new Int32Array(labels.buffer);
    return {
      name,
      fill(_, answers, rows) {
        for (let row = 0; row < rows; row++)
          words[2 * row] = isBinary
            ? answers[row]! > 0.5
              ? 1
              : 0
            : answer.kind === 'sign'
              ? answers[row]!
              : likeliest(answers, row * groups, groups);
      },
      tensor: (rows) => ({ type, dims: [rows, 1], data: labels.subarray(0, rows) }),
    };
  }
  const width = name === outputNames.probabilities && isBinary ? 2 : groups;
  const values =
    table.numbers === 'float64' ? new Float64Array(room * width) : new Float32Array(room * width);
  const tensor = (rows: number): TensorData => ({
    type,
    dims: [rows, width],
    data: values.subarray(0, rows * width),
  });
  if (width === groups) {
    const isRaw = name === outputNames.raw;
    return {
      name,
      fill: (sums, answers, rows) => values.set((isRaw ? sums : answers).subarray(0, rows * width)),
      tensor,
    };
  }
  return {
    name,
    fill(_, answers, rows) {
      for (let row = 0; row < rows; row++) {
        values[2 * row] = 1 - answers[row]!;
        values[2 * row + 1] = answers[row]!;
      }
    },
    tensor,
  };
}

/** Returns the first of the largest of `groups` values. */
function likeliest(values: Reals, at: number, groups: number): number {
  let best = 0;
  for (let i = 1; i < groups; i++) if (values[at + i]! > values[at + best]!) best = i;
  return best;
}
