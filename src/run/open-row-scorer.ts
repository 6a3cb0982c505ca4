import { isDeepStrictEqual } from 'node:util';
import type { Chunk } from '../chunk/chunk.js';
import type { Column } from '../chunk/column.js';
import type { Found, ProblemKind } from '../chunk/problem.js';
import { isPresent } from '../chunk/validity.js';
import { InvalidError, NightshiftError } from '../errors.js';
import { rankedOutputs } from '../features/rank-scores.js';
import type { Decoder, ReadOptions, Source, SourceColumn } from '../formats/format.js';
import { openRows } from '../formats/formats.js';
import { csvOptions } from '../job/csv-options.js';
import type { Job } from '../job/job.js';
import { openScorer } from '../model/open-scorer.js';
import type { Scorer, ScorerPlan } from '../model/scorer.js';
import { cellAt } from '../repair/cell.js';
import { createRepair, type RepairedChunk } from '../repair/create-repair.js';
import { digestKeys } from '../repair/key-digest.js';
import type { RepeatedKeys } from '../repair/repeated-keys.js';
import { statusWords } from '../repair/row-status.js';
import type { Became } from '../repair/work.js';
import type { InputFile } from '../storage/list-inputs.js';
import { jsonLines } from './json-line.js';
import { withLocalFiles } from './plan/local-files.js';
import { fitPartition } from './plan/open-partition.js';
import { listJobInputs, planRun } from './plan/plan-run.js';
import { expectedNames } from './plan/request-features.js';
import type { RunPlan } from './plan/run-plan.js';
import { sliceBytes } from './plan/slice-bytes.js';
import { kept, keyNames, openLedger } from './score/repeated-keys.js';
import { type ListReasons, reasonLister } from './slice/list-reasons.js';
import { openDecoder } from './slice/open-decoder.js';
import { type ScoredRows, scoreRows } from './slice/score-rows.js';

/** A value of a row's result: whole numbers beyond 2^53 are bigints, times ISO 8601, float32 exact. */
type RowValue = number | bigint | string | boolean | readonly number[] | null;

/** A defect of a row, as in the records of a run. */
interface RowProblem extends ProblemKind {
  readonly found: Found;
  /** The value after repair; undefined if it is unchanged. */
  readonly became: Became;
}

/** A row as a run would publish it: outputs and carried columns, after repair; null if it is rejected. */
interface RowResult {
  readonly status: (typeof statusWords)[number];
  readonly scores: Readonly<Record<string, RowValue>> | null;
  readonly columns: Readonly<Record<string, RowValue>> | null;
  /** The columns of `output.reasons`; null if the job asks for none. */
  readonly reasons: Readonly<Record<string, RowValue>> | null;
  readonly problems: readonly RowProblem[];
}

/** A job's model and contract, open in this thread. */
interface RowScorer {
  readonly plan: RunPlan;
  /**
   * Returns one result per row, in order: those of a run over these rows as JSON Lines. Calls wait for each
   * other. Throws `InvalidError` for what would fail the file as a whole, such as a column that no row has.
   */
  score(rows: readonly unknown[], signal?: AbortSignal): Promise<RowResult[]>;
  close(): Promise<void>;
}

/**
 * Plans the job and opens its model in this thread. The first input settles the same properties as in a run;
 * without input, the job file and the model must specify everything. Costs a trial of the model in a separate
 * process. Throws like `planRun`.
 */
export function openRowScorer(job: Job, signal: AbortSignal): Promise<RowScorer> {
  return withLocalFiles(job, (local) => openLocal(local, signal));
}

async function openLocal(job: Job, signal: AbortSignal): Promise<RowScorer> {
  const plan = await planRun(job, await inputsOf(job), signal);
  const [ranked] = rankedOutputs(plan.outputs);
  if (ranked !== undefined)
    throw new InvalidError(
      'model-mapping',
      `"${ranked}" is ranked within its partition, which rows in memory do not have`,
      {
        hint: `remove "rank" and "decile" of "model.outputs.${ranked}" for single rows`,
      },
    );
  const scorer = await openScorer(forSingleRows(plan.stage.scorer));
  const { reasons, features } = plan.stage;
  const listReasons = reasons === null ? null : reasonLister(reasons, features, scorer);
  const open: OpenModel = { plan, scorer, listReasons, table: null };
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  };
  return {
    plan,
    score: (rows, stop) => inTurn(() => scoreAll(open, rows, stop)),
    close: () => inTurn(() => open.scorer.close()),
  };
}

/** Without trees that are cut out of a graph: each would cost a call, for answers with the same bits. */
function forSingleRows(plan: ScorerPlan): ScorerPlan {
  return { ...plan, rewrites: plan.rewrites.filter(({ kind }) => kind !== 'walk-trees') };
}

interface OpenModel {
  readonly plan: RunPlan;
  readonly scorer: Scorer;
  readonly listReasons: ListReasons | null;
  /** How the rows of the last call were read. */
  table: OpenTable | null;
}

/** How rows with the same columns are read and repaired in every call; the decoder has no file to close. */
interface OpenTable {
  readonly columns: readonly SourceColumn[];
  readonly decoder: Decoder;
  readonly repair: ReturnType<typeof createRepair>;
}

async function inputsOf(job: Job): Promise<InputFile[]> {
  return listJobInputs(job).catch((error: unknown) => {
    if (error instanceof NightshiftError && ['no-input', 'no-rows'].includes(error.reason)) return [];
    throw error;
  });
}

/** The name of rows in memory in messages, in place of a file. */
const rowsName = 'rows';

async function scoreAll(
  open: OpenModel,
  rows: readonly unknown[],
  signal?: AbortSignal,
): Promise<RowResult[]> {
  signal?.throwIfAborted();
  const { plan, scorer, listReasons } = open;
  const { job, description } = plan;
  const lines = Buffer.from(jsonLines(rows));
  if (rows.length === 0) return [];
  const options: ReadOptions = { csv: csvOptions(job.input.csv), names: expectedNames(job, description) };
  const source = await openRows(rowsName, lines, options);
  const table = await openTable(open, source, lines.length);
  const repeated = keyNames(plan.columns).length === 0 ? null : await findRepeated(plan, source, table);
  const results: RowResult[] = [];
  // As in a run, the model may fail on every row of a slice only after it has scored a row.
  let hasScored = false;
  for await (const { repaired } of repairedSlices(plan, source, table, repeated)) {
    signal?.throwIfAborted();
    const scored = await scoreRows({ plan: plan.stage, scorer, listReasons }, repaired, !hasScored, () => {});
    hasScored ||= scored.status.kept === null || scored.status.kept.length > 0;
    addResults(results, plan, repaired, scored);
  }
  return results;
}

/** Returns the last call's table if the rows have its columns, else matches them with the contract. */
async function openTable(open: OpenModel, source: Source, bytes: number): Promise<OpenTable> {
  const { columns } = source.description;
  if (open.table !== null && isDeepStrictEqual(open.table.columns, columns)) return open.table;
  const file: InputFile = {
    path: rowsName,
    name: rowsName,
    partition: rowsName,
    bytes,
    mtimeMs: 0,
    refusal: null,
  };
  const { context } = await fitPartition(source, file, { ...open.plan.contract, audit: true });
  const decoder = await openDecoder(context.source, context.read);
  const table = { columns, decoder, repair: createRepair(context.repair) };
  // Each call's own rows decide whether numbers in texts have a decimal comma or point.
  const readsTexts = context.read.columns.some(
    ({ type, source: index }) => type !== 'string' && columns[index]!.type === 'string',
  );
  open.table = readsTexts ? null : table;
  return table;
}

/** Yields the repaired slices of the rows, one after another; a slice is valid until the next. */
async function* repairedSlices(
  plan: RunPlan,
  source: Source,
  { decoder, repair }: OpenTable,
  repeated: RepeatedKeys | null,
): AsyncGenerator<{ readonly index: number; readonly repaired: RepairedChunk }> {
  for await (const slice of source.cut(sliceBytes(plan))) {
    const chunk = await decoder.decode(slice);
    yield { index: slice.index, repaired: repair.apply(chunk, repeated?.rowsOf(0, slice.index) ?? null) };
  }
}

/** Finds the rows of a call whose key occurs in another of its rows. */
async function findRepeated(plan: RunPlan, source: Source, table: OpenTable): Promise<RepeatedKeys> {
  const ledger = openLedger();
  try {
    for await (const { index, repaired } of repairedSlices(plan, source, table, null))
      await ledger.add(0, index, digestKeys(repaired, keyNames(plan.columns)));
    return await ledger.finish(kept(plan.columns));
  } finally {
    await ledger.close();
  }
}

function addResults(
  results: RowResult[],
  { stage }: RunPlan,
  { chunk, became, kept: fed }: RepairedChunk,
  { status: { status, kept }, outputs, reasons }: ScoredRows,
): void {
  const problems = problemsByRow(chunk, became);
  const carried = stage.carried.map((name) => [name, chunk.columns.get(name)!] as const);
  // Outputs have one row for each kept row; if repair rejected all, nothing was fed to the model.
  const scores = [...outputs];
  const why = reasons.map((column, i) => [stage.reasons!.fields[i]!.name, column] as const);
  const isEmpty = fed !== null && fed.length === 0;
  let next = 0;
  for (let row = 0; row < chunk.rows; row++) {
    const isKept = !isEmpty && (kept === null || kept[next] === row);
    const at = isKept ? next++ : -1;
    results.push({
      status: statusWords[status?.[row] ?? 0]!,
      scores: isKept ? valuesAt(scores, at) : null,
      columns: isKept ? valuesAt(carried, row) : null,
      reasons: isKept && stage.reasons !== null ? valuesAt(why, at) : null,
      problems: problems.get(row) ?? [],
    });
  }
}

function problemsByRow({ problems }: Chunk, became: readonly Became[] | null) {
  const byRow = new Map<number, RowProblem[]>();
  let i = 0;
  for (const { kind, row, found } of problems) {
    const { code, column, expected, outcome } = kind;
    const problem = { code, column, expected, outcome, found, became: became?.[i++] };
    const known = byRow.get(row);
    if (known === undefined) byRow.set(row, [problem]);
    else known.push(problem);
  }
  return byRow;
}

function valuesAt(columns: readonly (readonly [string, Column])[], row: number): Record<string, RowValue> {
  return Object.fromEntries(columns.map(([name, column]) => [name, valueAt(column, row)]));
}

function valueAt(column: Column, row: number): RowValue {
  if (!isPresent(column.validity, row)) return null;
  switch (column.type) {
    case 'int32':
    case 'float32':
    case 'float64':
      return column.values[row]!;
    case 'int64': {
      const value = column.values[row]!;
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    case 'list<float32>':
      return [...column.items.subarray(column.offsets[row]!, column.offsets[row + 1]!)];
    default:
      return cellAt(column, row);
  }
}
