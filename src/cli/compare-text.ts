import type { ComparedModel, Comparison } from '../quality/comparison.js';
import type { Recommendation } from '../quality/recommend-model.js';
import { wrapLine } from '../telemetry/wrap-line.js';
import { printable } from '../text/printable.js';
import { bytesText, counted } from '../text/units.js';
import { foldedTable, screenWidth } from './table.js';

/** Formats the recommendation, and the limit that each other model breaks; empty without a recommendation. */
export function adviceLines(recommendation: Recommendation | null): string[] {
  if (recommendation === null) return [];
  const { model, refused } = recommendation;
  const width = screenWidth();
  return [
    '',
    ...wrapLine(model === null ? 'recommended: none' : `recommended: ${printable(model)}`, width, 2),
    ...refused.flatMap((one) => wrapLine(`  ${printable(one.model)} ${one.why}`, width, 4)),
  ];
}

/** Formats a comparison; models are numbered, because their paths may be longer than the screen is wide. */
export function textLines(comparison: Comparison): string[] {
  const { models, rows, inputs, labels, notes } = comparison;
  const width = screenWidth();
  const numbered = models.map((one, i) => ({ ...one, model: String(i + 1) }));
  const sections: string[][] = [
    [
      `${rows.toLocaleString('en')} rows of ${counted(inputs, 'file')}, scored with`,
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
      ['a run with', 'workers', 'start', 's/M rows', 'CPU start', 'CPU s/M rows', 'run memory'],
      numbered.map((one) => [one.model, ...runCells(one)]),
      width,
    ),
    foldedTable(
      ['model', 'output', 'mean', 'equal', 'apart', 'largest', 'correlation', 'PSI'],
      numbered.flatMap((one) => one.outputs.map((output) => [one.model, ...agreementCells(output)])),
      width,
    ),
  ];
  if (labels !== null) sections.push(labelLines({ ...comparison, models: numbered }, width));
  if (notes.length > 0)
    sections.push(notes.flatMap((note) => wrapLine(`note: ${printable(note)}`, width, 2)));
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

function runCells({ run }: ComparedModel): string[] {
  const seconds = (value: number | null) => (value === null ? '' : `${figure(value)} s`);
  return [
    String(run.workers),
    seconds(run.fixed_seconds),
    figure(run.seconds_per_million),
    seconds(run.fixed_cpu_seconds),
    figure(run.cpu_seconds_per_million),
    bytesText(run.memory_bytes),
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
  // Without the name in each row, the table fits 80 columns.
  const shared = new Set(scored.map(({ found }) => found.output)).size === 1;
  const beside = shared ? `, beside ${printable(scored[0]!.found.output)}` : '';
  const named = (head: string) => (shared ? [] : [head]);
  const sections = [
    binary.length === 0
      ? []
      : foldedTable(
          ['model', ...named('output'), 'AUC', 'log loss', 'Brier', 'accuracy', 'calibration'],
          binary.map((one) => [
            one.model,
            ...named(one.output),
            one.auc === null ? '' : `${figure(one.auc, 6)} ± ${figure(one.auc_error, 1)}`,
            figure(one.log_loss, 6),
            figure(one.brier, 6),
            `${figure(one.accuracy, 6)} at ${one.threshold}`,
            figure(one.calibration_error),
          ]),
          width,
        ),
    numbers.length === 0
      ? []
      : foldedTable(
          ['model', ...named('output'), 'RMSE', 'MAE', 'bias', 'R2'],
          numbers.map((one) => [
            one.model,
            ...named(one.output),
            ...[one.rmse, one.mae, one.bias, one.r2].map((value) => figure(value, 6)),
          ]),
          width,
        ),
    classes.length === 0 ? [] : foldedTable(['model', 'class', 'accuracy'], classes, width),
  ].filter((lines) => lines.length > 0);
  return [
    `labels: ${printable(labels!)}${beside}`,
    ...sections.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines])),
  ];
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : `${figure((100 * part) / whole, 4)} %`;
}

/** Formats a figure with the given number of significant digits; empty if there is none. */
function figure(value: number | null, digits = 3): string {
  if (value === null) return '';
  return String(Number(value.toPrecision(digits)));
}
