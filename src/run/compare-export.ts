import { InvalidError, NightshiftError } from '../errors.js';
import { matchName } from '../features/match-name.js';
import type { Job } from '../job/job.js';
import { describeModel, type ModelDescription } from '../model/describe-model.js';
import { addCounts, type Divergence, noCounts } from '../model/ensembles/compare-trees.js';
import { featuresInput, outputNames } from '../model/trees/describe-trees.js';
import type { InputFile } from '../storage/list-inputs.js';
import { WorkerEndedError } from '../workers/worker-ended.js';
import { readMachine } from './budgets/machine.js';
import { meansFor } from './budgets/means.js';
import { mostModelBytes } from './budgets/memory-budget.js';
import { localModel } from './plan/local-files.js';
import { openPartition } from './plan/open-planned.js';
import { planRun } from './plan/plan-run.js';
import type { RunPlan } from './plan/run-plan.js';
import { sliceBytes } from './plan/slice-bytes.js';
import { endedOften } from './score/score-with-retries.js';
import { type Crew, withRoom, withWorkers } from './score/with-workers.js';
import type { ExportContext, ExportCounts, ExportTask, PairedAnswers } from './slice/compare-export.js';

type Mapping = Job['model']['inputs'][number];

/** A trainer's file and its export, compared over sample rows; plain data, as `check --json` prints it. */
export interface ExportComparison {
  /** The file of LightGBM or XGBoost, and the ONNX file; one of them is `model.path`. */
  readonly trained: ComparedFile;
  readonly exported: ComparedFile;
  readonly inputs: number;
  /** Rows that both files accept and that were scored with both. */
  readonly rows: number;
  /** Rows that only one of them accepts, and rows that the runtime could not score. */
  readonly unpaired: number;
  readonly failed: number;
  readonly trees: { readonly trained: number; readonly exported: number; readonly alike: number };
  readonly thresholds: { readonly compared: number; readonly different: number };
  readonly leaves: { readonly compared: number; readonly different: number };
  /**
   * Rows that land in another leaf of at least one tree. The distances are the largest ones of raw scores,
   * among these rows and among all others.
   */
  readonly in_another_leaf: { readonly rows: number; readonly largest_difference: number };
  /** Rows in the same leaves whose raw scores differ by more than rounding. */
  readonly in_same_leaves: { readonly rows: number; readonly largest_difference: number };
  readonly rounding: { readonly largest_difference: number };
  /** Rows with equal raw scores and other answers; null if the files have no answers of the same kind. */
  readonly answers: {
    readonly trained: string;
    readonly exported: string;
    readonly rows: number;
    readonly largest_difference: number;
  } | null;
  readonly examples: readonly LeafExample[];
}

interface ComparedFile {
  readonly path: string;
  readonly sha256: string;
}

/** A row that reaches different leaves, and the first test that decides it; redacted values are null. */
export interface LeafExample {
  readonly input: string;
  readonly row: number;
  readonly tree: number;
  /** Null if the two trees have different shapes. */
  readonly test: {
    readonly feature: string;
    readonly column: string | null;
    readonly isWithheld: boolean;
    readonly threshold: number | null;
    readonly exported_threshold: number | null;
    readonly value: number | null;
    readonly exported_value: number | null;
  } | null;
}

/** Number of inputs, spread over all, whose first rows are scored. */
const mostInputs = 8;

/** The most rows, and the most walks down a tree of each file: seconds of one core. */
const mostRows = 100_000;
const mostWalks = 2e7;

/** The amount of an input that is read. */
const sampleBytes = 4 * 2 ** 20;

/**
 * Scores the first rows of up to 8 inputs with `model.path` and with `given`, one of which is an ONNX export
 * of the other. Costs a trial of both models and, for each row, a walk down each tree of both. Throws
 * `InvalidError` for a file that is no export of the other: one of the same kind, or with other features or
 * classes.
 */
export async function compareExport(
  own: RunPlan,
  given: string,
  inputs: readonly InputFile[],
  signal: AbortSignal,
): Promise<ExportComparison> {
  const { job } = own;
  const mostBytes = await mostModelBytes(job);
  const path = await localModel(given, mostBytes);
  const other = await describeModel(path, job.model.rounds, mostBytes);
  refuseSameKind(own.description, other);
  // Neither is rewritten: the features of a graph must be those of its own trees.
  const first = await planRun(asItIs(job, job.model), inputs, signal);
  const mapped = {
    ...job.model,
    path,
    inputs: inputsOf(other, first),
    constants: job.model.constants.filter(({ input }) => other.inputs.some(({ name }) => name === input)),
  };
  const second = await planRun(asItIs(job, mapped), inputs, signal);
  const [trained, exported] = other.trees === null ? [first, second] : [second, first];
  return scoreBoth(own, trained, exported, signal);
}

function refuseSameKind(own: ModelDescription, other: ModelDescription): void {
  if ((own.trees === null) !== (other.trees === null)) return;
  const what = own.trees === null ? 'ONNX models' : 'files of a trainer';
  throw notComparable(
    `"${other.path}" and "${own.path}" are both ${what}: one must be an ONNX export, the other the file of LightGBM or XGBoost that it was made from`,
    other.path,
    'nightshift compare JOB --models MODEL compares any two models',
  );
}

function asItIs(job: Job, model: Job['model']): Job {
  return {
    ...job,
    audit: false,
    model: { ...model, sha256: null, challengers: [], outputs: [], rewrite: 'off' },
    output: { ...job.output, columns: [], reasons: null },
    quality: { ...job.quality, slices: [] },
  };
}

function notComparable(message: string, file: string, hint: string | null = null): InvalidError {
  return new InvalidError('models-not-comparable', message, hint === null ? { file } : { file, hint });
}

/** How columns feed one model: its single matrix, or inputs of one value each. */
interface Fed {
  readonly input: string;
  readonly columns: Mapping['columns'];
}

/** Returns how columns feed each input; null for a part that is neither a column nor its categories. */
function fedOf({ features }: RunPlan): readonly Fed[] | null {
  const fed: Fed[] = [];
  for (const { input, parts } of features.tensors) {
    const columns: Mapping['columns'][number][] = [];
    for (const part of parts) {
      if (part.kind === 'fill' || part.kind === 'list') return null;
      columns.push({ column: part.column, oneHot: part.kind === 'one-hot' });
    }
    fed.push({ input, columns });
  }
  return fed;
}

/**
 * Returns the mapping of the other file: by the names of its features if it has them, else in the order in
 * which the columns feed the job's own model. Throws `InvalidError` naming features that the job's model does
 * not take.
 */
function inputsOf(other: ModelDescription, own: RunPlan): readonly Mapping[] {
  const fed = fedOf(own);
  if (fed === null) return [];
  const asked = other.inputs.filter(({ isUsed }) => isUsed);
  const columns = fed.flatMap((one) => one.columns);
  const plain = columns.filter(({ oneHot }) => !oneHot).map(({ column }) => column);
  const ownNames = namedColumns(own, fed);
  const columnOf = (name: string): string | null => {
    const named = matchName(name, [...ownNames.keys()]);
    return named === null ? matchName(name, plain) : ownNames.get(named)!;
  };
  const wanted =
    asked.length === 1 && asked[0]!.featureNames !== null
      ? asked[0]!.featureNames
      : asked.length > 1
        ? asked.map(({ name }) => name)
        : null;
  const found = wanted?.map(columnOf) ?? [];
  const unknown = wanted?.filter((_, i) => found[i] === null) ?? [];
  if (wanted !== null && unknown.length === 0) {
    if (asked.length > 1)
      return asked.map(({ name }, i) => ({
        input: name,
        columns: [{ column: found[i]!, oneHot: false }],
        packed: false,
      }));
    return [
      {
        input: asked[0]!.name,
        columns: found.map((column) => ({ column: column!, oneHot: false })),
        packed: true,
      },
    ];
  }
  // If none of the names is known, they come from another table or from none; then the order counts.
  if (wanted !== null && (unknown.length < wanted.length || asked.length > 1)) {
    const listed = unknown.slice(0, 3).map((name) => `"${name}"`);
    const more = unknown.length > 3 ? ` and ${unknown.length - 3} more` : '';
    throw notComparable(
      `"${other.path}" has features that "${own.description.path}" does not take: ${listed.join(', ')}${more}`,
      other.path,
      'name the file that the export was made from; or give the columns the names of its features',
    );
  }
  const [input] = asked;
  if (input === undefined || fed.length !== 1) return [];
  return [{ input: input.name, columns, packed: true }];
}

/** Returns the column that feeds each named feature of the job's own model. */
function namedColumns(own: RunPlan, fed: readonly Fed[]): ReadonlyMap<string, string> {
  if (fed.length > 1) return new Map(fed.map(({ input, columns }) => [input, columns[0]!.column]));
  const names = own.description.inputs.find(({ name }) => name === fed[0]?.input)?.featureNames ?? null;
  const columns = fed[0]?.columns ?? [];
  if (names === null || names.length !== columns.length) return new Map();
  return new Map(names.map((name, i) => [name, columns[i]!.column]));
}

async function scoreBoth(
  own: RunPlan,
  trained: RunPlan,
  exported: RunPlan,
  signal: AbortSignal,
): Promise<ExportComparison> {
  const { job } = own;
  const { inputs } = trained;
  const answers = answersOf(trained.description, exported.description);
  const chosen = spread(inputs, mostInputs);
  const trees = trained.description.trees!;
  const most = Math.max(1, Math.min(mostRows, Math.floor(mostWalks / trees.count)));
  const heldBytes = own.model.heldBytes + trained.model.heldBytes + exported.model.heldBytes;
  const machine = await readMachine();
  const models = { threads: own.model.threads, heldBytes };
  const means = { ...meansFor(job, machine, models, inputs, sliceBytes(own)), workers: 1 };
  const stopped = new AbortController();
  const run = {
    ...{ plan: own, means, bytes: 0, startedAt: new Date(), output: null, prewarmed: null },
    ...{ signal: AbortSignal.any([signal, stopped.signal]), observe: () => {} },
    stop: (error: Error) => stopped.abort(error),
  };
  const found: { readonly input: InputFile; readonly counts: ExportCounts }[] = [];
  await withWorkers(run, async ({ pool }) => {
    for (const input of chosen) {
      const counts = await compareInput(pool, input, {
        context: { trained, exported, answers },
        mostRows: Math.ceil(most / chosen.length),
        withRoom: (context) => withRoom(context, { heldBytes }, means),
      });
      if (counts !== null) found.push({ input, counts });
    }
  });
  return summed(trained, exported, answers, found);
}

interface InputTask {
  readonly context: {
    readonly trained: RunPlan;
    readonly exported: RunPlan;
    readonly answers: PairedAnswers | null;
  };
  readonly mostRows: number;
  readonly withRoom: (context: Parameters<typeof withRoom>[0]) => Parameters<typeof withRoom>[0];
}

/**
 * Scores the first rows of an input; null without rows, or if it cannot be opened, which `check` reports
 * anyway.
 */
async function compareInput(
  pool: Crew['pool'],
  input: InputFile,
  { context: { trained, exported, answers }, mostRows, withRoom }: InputTask,
): Promise<ExportCounts | null> {
  const sides = [];
  try {
    for (const plan of [trained, exported]) {
      const { source, context } = await openPartition(plan, input);
      const { scorer, features } = plan.stage;
      const { read } = withRoom(context);
      sides.push({
        source,
        plan: { scorer, features, context: { source: context.source, read, repair: context.repair } },
      });
    }
  } catch (error) {
    if (!(error instanceof NightshiftError)) throw error;
    return null;
  }
  const [one, other] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const value: ExportContext = { trained: one.plan, exported: other.plan, answers };
  for await (const slice of one.source.cut(sampleBytes)) {
    try {
      const task = { slice, mostRows } satisfies ExportTask;
      return (await pool.run({ key: input.partition, value }, task)) as ExportCounts;
    } catch (error) {
      if (!(error instanceof WorkerEndedError)) throw error;
      throw endedOften(error, `while it compared the models on the first rows of ${input.name}`);
    } finally {
      void pool.drop(input.partition);
    }
  }
  return null;
}

/** Returns up to `most` of a list, spread over it. */
function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);
}

/**
 * Returns the answers of two files that mean the same: as many numbers for each row, or the probability of
 * one class against those of two.
 */
function answersOf(trained: ModelDescription, exported: ModelDescription): PairedAnswers | null {
  const isFloat = ({ type }: { readonly type: string }) => type === 'float32' || type === 'float64';
  const widthOf = ({ dims }: ModelDescription['outputs'][number]) =>
    dims === null
      ? null
      : dims
          .slice(1)
          .reduce<number | null>(
            (product, dim) => (typeof dim === 'number' && product !== null ? product * dim : null),
            1,
          );
  const mine = trained.outputs.find((one) => isFloat(one) && one.name !== outputNames.raw);
  if (mine === undefined) return null;
  const width = widthOf(mine);
  const floats = exported.outputs.filter((one) => isFloat(one) && one.refused === null);
  const theirs =
    floats.find((one) => widthOf(one) === width) ??
    (width === 2 ? floats.find((one) => widthOf(one) === 1) : undefined);
  if (theirs === undefined) return null;
  return {
    trained: { name: mine.name, type: mine.type },
    exported: { name: theirs.name, type: theirs.type },
  };
}

function summed(
  trained: RunPlan,
  exported: RunPlan,
  answers: PairedAnswers | null,
  found: readonly { readonly input: InputFile; readonly counts: ExportCounts }[],
): ExportComparison {
  const counts = found.reduce((sum, one) => addCounts(sum, one.counts.counts), noCounts);
  const facts = found[0]?.counts.facts ?? null;
  const total = (of: (counts: ExportCounts) => number) => found.reduce((sum, one) => sum + of(one.counts), 0);
  const none = { compared: 0, different: 0 };
  const file = ({ description: { path, sha256 } }: RunPlan) => ({ path, sha256 });
  return {
    trained: file(trained),
    exported: file(exported),
    inputs: found.length,
    rows: counts.rows,
    unpaired: total((one) => one.unpaired),
    failed: total((one) => one.failed),
    trees: facts?.trees ?? { trained: 0, exported: 0, alike: 0 },
    thresholds: facts?.thresholds ?? none,
    leaves: facts?.leaves ?? none,
    in_another_leaf: { rows: counts.elsewhere, largest_difference: counts.elsewhereMost },
    in_same_leaves: { rows: counts.beyond, largest_difference: counts.beyondMost },
    rounding: { largest_difference: counts.roundedMost },
    answers:
      answers === null
        ? null
        : {
            trained: answers.trained.name,
            exported: answers.exported.name,
            rows: total((one) => one.answers.different),
            largest_difference: Math.max(0, ...found.map((one) => one.counts.answers.most)),
          },
    examples: found
      .flatMap(({ input, counts: { counts: part } }) =>
        part.examples.map((one) => exampleOf(trained, input, one)),
      )
      .slice(0, 3),
  };
}

function exampleOf(trained: RunPlan, input: InputFile, { row, tree, test }: Divergence): LeafExample {
  const where = { input: input.name, row, tree };
  if (test === null) return { ...where, test: null };
  const columns = fedOf(trained)?.flatMap((one) => one.columns) ?? [];
  const column = columns.some(({ oneHot }) => oneHot) ? null : (columns[test.feature]?.column ?? null);
  const names = trained.description.inputs.find(({ name }) => name === featuresInput)?.featureNames ?? null;
  const isWithheld =
    trained.job.redact.length > 0 && (column === null || trained.job.redact.includes(column));
  const shown = (value: number | null) =>
    isWithheld || value === null || Number.isNaN(value) ? null : value;
  return {
    ...where,
    test: {
      feature: names?.[test.feature] ?? column ?? String(test.feature),
      column,
      isWithheld,
      threshold: shown(test.threshold),
      exported_threshold: shown(test.exportedThreshold),
      value: shown(test.value),
      exported_value: shown(test.exportedValue),
    },
  };
}
