import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Slice } from '../../chunk/slice.js';
import type { Feeds, TensorData, TensorType } from '../../chunk/tensor.js';
import { InvalidError } from '../../errors.js';
import { createFeeds } from '../../features/create-feeds.js';
import type { FeaturePlan } from '../../features/feature-plan.js';
import { changedModel } from '../../model/changed-model.js';
import {
  addCounts,
  compareRows,
  type Divergence,
  noCounts,
  type PairCounts,
  type PairFacts,
  pairTrees,
} from '../../model/ensembles/compare-trees.js';
import { openExport } from '../../model/ensembles/open-export.js';
import { openScorer } from '../../model/open-scorer.js';
import { padFeeds } from '../../model/pad-feeds.js';
import type { Scorer, ScorerPlan } from '../../model/scorer.js';
import { featuresInput } from '../../model/trees/describe-trees.js';
import { ModelFault } from '../../model/trees/model-value.js';
import { createTreeScorer, valuePreparer } from '../../model/trees/open-tree-scorer.js';
import { readTrees, treeFormat } from '../../model/trees/read-trees.js';
import type { TreeModel } from '../../model/trees/tree-model.js';
import type { Reals } from '../../model/trees/walk-trees.js';
import { createRepair, type RepairedChunk } from '../../repair/create-repair.js';
import type { StageContext } from '../../workers/stage.js';
import type { CandidatePlan } from './compare-slice.js';
import { openDecoder } from './open-decoder.js';
import { allRows, selectColumns } from './rows-of-chunk.js';

/** A file of trees and how it reads, repairs and is fed with an input; plain data. */
type PairedPlan = Pick<CandidatePlan, 'scorer' | 'features' | 'context'>;

/**
 * The answers that both files give for a row. If one file gives several and the other one, the last of them.
 */
export interface PairedAnswers {
  readonly trained: { readonly name: string; readonly type: TensorType };
  readonly exported: { readonly name: string; readonly type: TensorType };
}

/** The context of an input; some of its rows are scored with a trainer's file and its export. Plain data. */
export interface ExportContext {
  readonly trained: PairedPlan;
  readonly exported: PairedPlan;
  /** Null if the files have no answers of the same kind. */
  readonly answers: PairedAnswers | null;
}

/** The first `mostRows` rows of a slice. */
export interface ExportTask {
  readonly slice: Slice;
  readonly mostRows: number;
}

/** The rows of a slice scored with both; rows of examples are those of the file, from 1. */
export interface ExportCounts {
  readonly facts: PairFacts;
  readonly counts: PairCounts;
  /** Rows that only one of the files accepts, and rows that the runtime could not score. */
  readonly unpaired: number;
  readonly failed: number;
  /** Rows with equal raw scores and other answers, and their largest distance. */
  readonly answers: { readonly different: number; readonly most: number };
}

/** Rows that are scored at once. */
const batchRows = 2048;

/** Opens a trainer's file and its export. Throws `InvalidError` if their trees are not comparable. */
export async function openExportPair(context: ExportContext): Promise<StageContext> {
  try {
    return await openPair(context);
  } catch (error) {
    if (!(error instanceof ModelFault)) throw error;
    const { path } = context.exported.scorer;
    const message = `the trees of "${path}" cannot be compared: ${error.message}`;
    throw new InvalidError('models-not-comparable', message, { file: path, cause: error });
  }
}

async function openPair({ trained: own, exported: other, answers }: ExportContext): Promise<StageContext> {
  const model = await readModelOf(own.scorer);
  const { table, divisor } = model;
  const graph = await openExport(other.scorer);
  const pairs = pairTrees({ table, divisor }, graph);
  const prepare = valuePreparer(model);
  const scorers = answers === null ? null : await openAnswers(model, own.scorer, other.scorer, answers);
  const isShared = isDeepStrictEqual(own.context, other.context);
  const read = await openReader(own.context);
  const readOther = isShared ? null : await openReader(other.context);
  let values: Reals = table.numbers === 'float64' ? new Float64Array(0) : new Float32Array(0);
  const room = (size: number): Reals => {
    if (values.length < size)
      values = table.numbers === 'float64' ? new Float64Array(size) : new Float32Array(size);
    return values.subarray(0, size);
  };
  return {
    async run(data, alive) {
      const { slice, mostRows } = data as ExportTask;
      const mine = await read.read(slice);
      const theirs = readOther === null ? mine : await readOther.read(slice);
      const kept = rowsOf(mine);
      const both = intersection(kept, rowsOf(theirs));
      const rows = both.subarray(0, mostRows);
      const unpaired = new Set([...kept, ...rowsOf(theirs)]).size - both.length;
      let counts = noCounts;
      let failed = 0;
      const differing = { different: 0, most: 0 };
      const size = other.scorer.fixedRows ?? batchRows;
      for (let from = 0; from < rows.length; from += size) {
        alive();
        const batch = rows.subarray(from, from + size);
        const fed = feedsOf(own.features, mine, batch)(0, batch.length)[featuresInput]!;
        const prepared = room(batch.length * table.features);
        prepare(fed.data as Reals, prepared);
        const given = feedsOf(other.features, theirs, batch);
        const { values: exported, width } = await graph.features(
          padded(given(0, batch.length), batch.length, other.scorer),
        );
        const isEqual = new Uint8Array(batch.length);
        const part = compareRows(pairs, prepared, exported, width, batch.length, isEqual);
        const located = part.examples.map((one) => inFile(one, batch, mine.chunk.origin.firstRow));
        counts = addCounts(counts, { ...part, examples: located });
        if (scorers === null) continue;
        const found = await scorers.compare(fed, given, batch.length, isEqual);
        failed += found.failed;
        differing.different += found.different;
        differing.most = Math.max(differing.most, found.most);
      }
      return { facts: pairs.facts, counts, unpaired, failed, answers: differing } satisfies ExportCounts;
    },
    async close() {
      await read.close();
      await readOther?.close();
      await scorers?.close();
      await graph.close();
      return null;
    },
  };
}

async function readModelOf({ path, trees }: ScorerPlan): Promise<TreeModel> {
  const bytes = await readFile(path);
  const format = treeFormat(bytes);
  if (format === null || trees === undefined) throw changedModel(path);
  return readTrees(bytes, format, path, trees.rounds);
}

interface Reader {
  read(slice: Slice): Promise<RepairedChunk>;
  close(): Promise<void>;
}

async function openReader({ source, read, repair }: PairedPlan['context']): Promise<Reader> {
  const decoder = await openDecoder(source, read);
  const { apply } = createRepair(repair);
  return { read: async (slice) => apply(await decoder.decode(slice), null), close: () => decoder.close() };
}

function rowsOf({ kept, chunk }: RepairedChunk): Int32Array {
  return kept ?? allRows(chunk.rows);
}

/** Returns the rows that are in both of two ascending lists. */
function intersection(one: Int32Array, other: Int32Array): Int32Array {
  const among = new Set(other);
  return one.filter((row) => among.has(row));
}

function feedsOf(features: FeaturePlan, { chunk }: RepairedChunk, rows: Int32Array) {
  return createFeeds(features, selectColumns(chunk, features.columns, rows), rows.length);
}

function padded(feeds: Feeds, rows: number, { fixedRows, constants }: ScorerPlan): Feeds {
  if (fixedRows === null || rows === fixedRows) return feeds;
  return padFeeds(feeds, rows, fixedRows, new Set(constants));
}

function inFile(one: Divergence, batch: Int32Array, firstRow: number): Divergence {
  return { ...one, row: firstRow + batch[one.row]! };
}

interface Answers {
  compare(
    trained: TensorData,
    exported: (from: number, to: number) => Feeds,
    rows: number,
    isEqual: Uint8Array,
  ): Promise<{ readonly failed: number; readonly different: number; readonly most: number }>;
  close(): Promise<void>;
}

/**
 * Tolerances for answers whose raw scores are equal but for rounding: relative to their size, and absolute.
 */
const tolerance = { relative: 1e-3, absolute: 1e-6 };

async function openAnswers(
  model: TreeModel,
  own: ScorerPlan,
  other: ScorerPlan,
  { trained, exported }: PairedAnswers,
): Promise<Answers> {
  const mine: Scorer = createTreeScorer(model, { ...own, outputs: [trained] });
  const theirs = await openScorer({ ...other, outputs: [exported] });
  return {
    async compare(fed, given, rows, isEqual) {
      const ours = await mine.score(() => ({ [featuresInput]: fed }), rows);
      const { fetches, failed } = await theirs.score(given, rows);
      const [a, b] = [ours.fetches[trained.name]!, fetches[exported.name]!];
      const [widthA, widthB] = [a.data.length / rows, b.data.length / rows];
      const width = Math.min(widthA, widthB);
      const broken = new Set(failed.map(({ row }) => row));
      let [different, most] = [0, 0];
      for (let row = 0; row < rows; row++) {
        if (isEqual[row] !== 1 || broken.has(row)) continue;
        let apart = 0;
        for (let i = 1; i <= width; i++) {
          const [x, y] = [Number(a.data[(row + 1) * widthA - i]), Number(b.data[(row + 1) * widthB - i])];
          const distance = Math.abs(x - y);
          if (!Object.is(x, y) && !(distance <= tolerance.absolute + tolerance.relative * Math.abs(x)))
            apart = Math.max(apart, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
        }
        if (apart === 0) continue;
        different++;
        most = Math.max(most, apart);
      }
      return { failed: failed.length, different, most };
    },
    async close() {
      await mine.close();
      await theirs.close();
    },
  };
}
