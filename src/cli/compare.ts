import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { InvalidError } from '../errors.js';
import { parseDuration } from '../job/duration.js';
import type { Job } from '../job/job.js';
import { loadJob } from '../job/load-job.js';
import { parseSize } from '../job/size.js';
import type { Candidate } from '../run/compare-models.js';
import type { ComparedModel, Comparison } from '../run/comparison.js';
import type { Limits, Recommendation } from '../run/recommend-model.js';
import { wrapLine } from '../telemetry/wrap-line.js';
import { printable } from '../text/printable.js';
import { bytesText } from '../text/units.js';
import type { CommandFile } from './command.js';
import { jobOptions, withJob } from './job-options.js';
import { openObserver } from './observe.js';
import { print } from './print.js';
import { stderrFormOf } from './stderr-form.js';
import { stopSignal } from './stop-signal.js';
import { foldedTable, screenWidth } from './table.js';

/** `nightshift compare JOB --models A B`. */
export const compare = {
  name: 'compare',
  summary: 'score the inputs with several models at once: speed, agreement, and how well they predict labels',
  describe: (command) =>
    withJob(command)
      .option(
        '--models <path...>',
        'models, or job files with other settings, to compare with the job’s own model',
      )
      .option('--labels <column>', 'the input column that holds what the scores should have been')
      .option('--positive <text>', 'the label that means 1, where labels are texts')
      .option('--score <output>', 'the output that is compared with the labels; by default the only score')
      .option('--max-memory <size>', 'recommend a model whose run takes at most this, e.g. 512MB', sizeOf)
      .option('--min-auc <n>', 'recommend a model with at least this AUC', numberOf)
      .option('--max-rmse <n>', 'recommend a model with at most this error', numberOf)
      .option(
        '--rows <n>',
        'rows of the run to plan for, e.g. 10M; by default those that are compared',
        rowsOf,
      )
      .option(
        '--within <duration>',
        'recommend a model that scores those rows in this time, e.g. 1h',
        durationOf,
      )
      .option('--workers <n>', 'number of worker processes, instead of the job file’s')
      .option('--memory <size>', 'the memory budget, e.g. 1GiB')
      .option('--quiet', 'no progress', false)
      .option('--json', 'print the comparison as JSON', false)
      .addHelpText(
        'after',
        '\nCost: one pass over the input, like a run without output, and one more scoring for each further model. Writes nothing.',
      ),
  async run(args, options) {
    const stop = stopSignal();
    try {
      const candidates = await candidatesOf(args[0]!, options);
      const { compareModels } = await import('../run/compare-models.js');
      const observer = await openObserver(options['quiet'] === true, stderrFormOf({}));
      const comparison = await compareModels(candidates, {
        labels: textOf(options['labels']),
        positive: textOf(options['positive']),
        score: textOf(options['score']),
        observe: observer.observe,
        signal: stop.signal,
      }).finally(() => observer.close());
      const limits = limitsOf(options);
      const { recommend } = await import('../run/recommend-model.js');
      const recommendation = limits === null ? null : recommend(comparison, limits);
      const text =
        options['json'] === true
          ? JSON.stringify({ ...comparison, recommendation })
          : [...textLines(comparison), ...adviceLines(recommendation)].join('\n');
      print(`${text}\n`);
      return 0;
    } finally {
      stop.release();
    }
  },
} satisfies CommandFile;

/** Returns the limits of the command line; null if it names none. */
function limitsOf(options: Readonly<Record<string, unknown>>): Limits | null {
  const given = (name: string) => (options[name] ?? null) as number | null;
  const limits = {
    maxMemoryBytes: given('maxMemory'),
    minAuc: given('minAuc'),
    maxRmse: given('maxRmse'),
    rows: given('rows'),
    withinMs: given('within'),
  };
  const { rows, ...bounds } = limits;
  if (Object.values(bounds).some((bound) => bound !== null)) return limits;
  if (rows === null) return null;
  throw new InvalidError('usage', '"--rows" has no effect without "--within"', {
    hint: 'say how long the rows may take: --rows 10M --within 1h',
  });
}

function adviceLines(recommendation: Recommendation | null): string[] {
  if (recommendation === null) return [];
  const { model, refused } = recommendation;
  return [
    '',
    model === null ? 'recommended: none of them' : `recommended: ${printable(model)}`,
    ...refused.map((one) => `  ${printable(one.model)} ${one.why}`),
  ];
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('must be a number');
  return value;
}

function sizeOf(text: string): number {
  return parseSize(text) ?? refuse('must be a size such as 512MB');
}

function durationOf(text: string): number {
  return parseDuration(text) ?? refuse('must be a duration such as 30m or 1h');
}

function rowsOf(text: string): number {
  const [, digits, unit = ''] =
    /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text) ?? refuse('must be a number of rows such as 10M');
  return Number(digits) * { '': 1, k: 1e3, M: 1e6 }[unit as '' | 'k' | 'M'];
}

function refuse(message: string): never {
  throw new InvalidArgumentError(message);
}

function textOf(option: unknown): string | null {
  return option === undefined ? null : String(option);
}

/** Returns the job's own model, then those of `--models`: a model file in the job, or another job file over the same input. */
async function candidatesOf(
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<readonly Candidate[]> {
  const models = (options['models'] ?? []) as readonly string[];
  if (models.length === 0) {
    const hint = 'name model files, or job files with other settings: --models b.onnx c.yaml';
    throw new InvalidError('usage', '"--models" must name at least one model', { hint });
  }
  const job = await loadJob(path, jobOptions(options));
  const others = models.map(async (model): Promise<Candidate> => {
    if (!/\.ya?ml$/i.test(model)) {
      return { name: model, job: { ...job, model: { ...job.model, path: resolve(model), sha256: null } } };
    }
    const { input, ...given } = jobOptions(options);
    const other = await loadJob(model, given);
    return { name: model, job: withInputOf(other, job) };
  });
  return [{ name: `${job.name} (the job’s own)`, job }, ...(await Promise.all(others))];
}

/** Returns a job that reads the input of another. */
function withInputOf(job: Job, { input, baseDir, run, batchTimeoutMs }: Job): Job {
  const { chunkBytes } = run;
  return { ...job, input, baseDir, run: { ...job.run, chunkBytes }, batchTimeoutMs };
}

/** Formats a comparison; models are numbered, because their paths may be longer than the screen is wide. */
function textLines(comparison: Comparison): string[] {
  const { models, rows, inputs, labels } = comparison;
  const width = screenWidth();
  const numbered = models.map((one, i) => ({ ...one, model: String(i + 1) }));
  const sections: string[][] = [
    [
      `${rows} rows of ${inputs} ${inputs === 1 ? 'file' : 'files'}, scored with`,
      ...models.flatMap(({ model }, i) => wrapLine(`${i + 1}  ${printable(model)}`, width, 3)),
    ],
    foldedTable(
      ['model', 'rows/s', 'rows/CPU s', 'batch p50', 'p99', 'memory', 'rejected', 'front'],
      numbered.map((one) => [
        one.model,
        ...speedCells(one),
        String(one.rows.rejected),
        one.front ? 'yes' : '',
      ]),
      width,
    ),
    foldedTable(
      ['model', 'output', 'mean', 'equal', 'apart', 'largest', 'correlation', 'PSI'],
      numbered.flatMap((one) => one.outputs.map((output) => [one.model, ...agreementCells(output)])),
      width,
    ),
  ];
  if (labels !== null) sections.push(labelLines({ ...comparison, models: numbered }, width));
  return sections.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

function speedCells({ speed, memory_bytes }: ComparedModel): string[] {
  const { rows_per_second, rows_per_cpu_second, batch_ms, batch_rows } = speed;
  const ms = (value: number | null) => (value === null ? '' : `${figure(value)} ms`);
  return [
    thousands(rows_per_second),
    thousands(rows_per_cpu_second),
    `${ms(batch_ms.p50)} of ${batch_rows}`,
    ms(batch_ms.p99),
    bytesText(memory_bytes),
  ];
}

/** Formats a number of rows with three digits: `950`, `184k`, `1.68M`. */
function thousands(value: number | null): string {
  if (value === null) return '';
  const [size, unit] = value >= 999_500 ? [1e6, 'M'] : value >= 999.5 ? [1e3, 'k'] : [1, ''];
  return `${Number((value / Number(size)).toPrecision(3))}${unit}`;
}

function agreementCells({ name, mean, agreement }: ComparedModel['outputs'][number]): string[] {
  if (agreement === null) return [name, figure(mean), '', '', '', '', ''];
  const { rows, equal, mean_difference, largest_difference, correlation, psi } = agreement;
  return [
    name,
    figure(mean),
    share(equal, rows),
    figure(mean_difference),
    figure(largest_difference),
    figure(correlation, 6),
    figure(psi),
  ];
}

function labelLines({ models, labels }: Comparison, width: number): string[] {
  const scored = models.flatMap(({ model, labels: found }) => (found === null ? [] : [{ model, found }]));
  const binary = scored.flatMap(({ model, found }) => (found.kind === 'binary' ? [{ model, ...found }] : []));
  const numbers = scored.flatMap(({ model, found }) =>
    found.kind === 'numbers' ? [{ model, ...found }] : [],
  );
  const classes = models.flatMap(({ model, outputs }) =>
    outputs.flatMap(({ name, accuracy }) => (accuracy === null ? [] : [[model, name, figure(accuracy, 6)]])),
  );
  return [
    `labels: ${printable(labels!)}`,
    ...(binary.length === 0
      ? []
      : foldedTable(
          ['model', 'output', 'AUC', 'log loss', 'Brier', 'accuracy', 'calibration'],
          binary.map((one) => [
            one.model,
            one.output,
            one.auc === null ? '' : `${figure(one.auc, 6)} ± ${figure(one.auc_error, 1)}`,
            figure(one.log_loss, 6),
            figure(one.brier, 6),
            `${figure(one.accuracy, 6)} at ${one.threshold}`,
            figure(one.calibration_error),
          ]),
          width,
        )),
    ...(numbers.length === 0
      ? []
      : foldedTable(
          ['model', 'output', 'RMSE', 'MAE', 'bias', 'R2'],
          numbers.map((one) => [
            one.model,
            one.output,
            ...[one.rmse, one.mae, one.bias, one.r2].map((value) => figure(value, 6)),
          ]),
          width,
        )),
    ...(classes.length === 0 ? [] : foldedTable(['model', 'class', 'accuracy'], classes, width)),
  ];
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : `${figure((100 * part) / whole, 4)} %`;
}

/** Formats a figure with so many significant digits; empty if there is none. */
function figure(value: number | null, digits = 3): string {
  if (value === null) return '';
  return String(Number(value.toPrecision(digits)));
}
