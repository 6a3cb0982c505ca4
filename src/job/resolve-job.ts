import { dirname, resolve } from 'node:path';
import type { Decisions } from '../chunk/decisions.js';
import { parseDuration } from './duration.js';
import { type Job, type JobScoreGates, standardStream } from './job.js';
import { resolveColumn, resolveRange, type TextAt } from './resolve-column.js';
import { ageGate, figureGate, limitGate } from './resolve-gate.js';
import type { JobFile } from './schema.js';
import { parseSize } from './size.js';
import { parseTimeOfDay } from './time-of-day.js';

/** Returns the job that a valid job file describes; `path` is absolute. */
export function resolveJob(
  file: JobFile,
  path: string,
  {
    date = null,
    set = {},
  }: { readonly date?: string | null; readonly set?: Readonly<Record<string, string>> },
  textAt: TextAt,
): Job {
  const baseDir = dirname(path);
  const csv = file.input.csv;
  const nullValues = csv.null_values.map((item, i) => textAt(['input', 'csv', 'null_values', i], item));
  const maxDrift = figureGate(file.quality.max_drift);
  return {
    name: file.name,
    file: path,
    baseDir,
    date,
    variables: set,
    input: {
      paths: typeof file.input.path === 'string' ? [file.input.path] : file.input.path,
      format: file.input.format,
      csv: {
        delimiter: csv.delimiter,
        quote: csv.quote,
        escape: csv.escape,
        encoding: csv.encoding,
        header: csv.header,
        skipLines: csv.skip_lines,
        comment: csv.comment,
        tables: csv.tables,
        nullValues,
        dialect: csv.dialect,
        maxRowBytes: bytes(csv.max_row_bytes),
        maxFieldBytes: csv.max_field_bytes === null ? null : bytes(csv.max_field_bytes),
      },
      onEmpty: file.input.on_empty,
      splitBytes: file.input.split === null ? null : bytes(file.input.split),
    },
    model: resolveModel(file.model, baseDir),
    columns: Object.entries(file.columns).map(([name, column]) =>
      resolveColumn(name, column, { maxDrift }, textAt),
    ),
    rules: file.rules,
    output: {
      ...file.output,
      path: file.output.path === standardStream ? standardStream : resolve(baseDir, file.output.path),
    },
    quality: {
      maxRejected: limitGate(file.quality.max_rejected),
      maxRepaired: limitGate(file.quality.max_repaired),
      maxFlagged: limitGate(file.quality.max_flagged),
      maxProblems: limitGate(file.quality.max_problems),
      maxRepeated: limitGate(file.quality.max_repeated),
      minRows: figureGate(file.quality.min_rows),
      maxRows: figureGate(file.quality.max_rows),
      maxRowChange: limitGate(file.quality.max_row_change),
      emptyFeatures: file.quality.empty_features,
      maxNull: limitGate(file.quality.max_null),
      constantFeatures: file.quality.constant_features,
      baseline: file.quality.baseline === null ? null : resolve(baseDir, file.quality.baseline),
      maxAge: {
        input: ageGate(file.quality.max_age.input),
        baseline: ageGate(file.quality.max_age.baseline),
        model: ageGate(file.quality.max_age.model),
      },
      repeatedInput: file.quality.repeated_input,
      truncated: file.quality.truncated,
      maxDrift,
      slices: file.quality.slices,
      scores: Object.entries(file.quality.scores).map(
        ([column, gates]): JobScoreGates => ({
          column,
          maxNan: limitGate(gates.max_nan),
          maxInfinite: limitGate(gates.max_infinite),
          maxOutside: limitGate(gates.max_outside),
          minMean: figureGate(gates.min_mean),
          maxMean: figureGate(gates.max_mean),
          constant: gates.constant,
          maxDrift: gates.max_drift === undefined ? maxDrift : figureGate(gates.max_drift),
        }),
      ),
    },
    run: {
      workers: file.run.workers,
      chunkBytes: bytes(file.run.chunk_bytes),
      batchRows: file.run.batch_rows,
      memoryBytes: file.run.memory === 'auto' ? 'auto' : bytes(file.run.memory),
      maxDurationMs: milliseconds(file.run.max_duration),
      finishBy: file.run.finish_by === null ? null : parseTimeOfDay(file.run.finish_by),
      retries: file.run.retries,
      threadsPerWorker: file.run.threads_per_worker,
      isolation: file.run.isolation,
    },
    telemetry: resolveTelemetry(file.telemetry, baseDir),
    audit: file.audit,
    redact: file.redact,
    maxDegraded: file.max_degraded,
    identity: file.identity,
    batchTimeoutMs: milliseconds(file.batch_timeout),
  };
}

function resolveTelemetry(
  { lineage, namespace, webhook }: JobFile['telemetry'],
  baseDir: string,
): Job['telemetry'] {
  const isAddress = lineage === null || /^https?:\/\//i.test(lineage);
  return { lineage: isAddress ? lineage : resolve(baseDir, lineage), namespace, webhook };
}

function resolveModel(model: JobFile['model'], baseDir: string): Job['model'] {
  return {
    path: resolve(baseDir, model.path),
    sha256: model.sha256?.toLowerCase() ?? null,
    inputs: Object.entries(model.inputs).map(([input, columns]) => ({
      input,
      columns: (typeof columns === 'string' ? [columns] : columns).map((column) =>
        typeof column === 'string' ? { column, oneHot: false } : { column: column.one_hot, oneHot: true },
      ),
      packed: typeof columns !== 'string',
    })),
    outputs: Object.entries(model.outputs).map(([column, output]) => ({
      column,
      from: output.from,
      class: output.class,
      range: resolveRange(output.range, (bound) => bound),
      ...resolveDecisions(output),
    })),
    constants: Object.entries(model.constants).map(([input, value]) => ({ input, value })),
    rewrite: model.rewrite,
    rounds: model.rounds,
  };
}

function resolveDecisions({ calibration, round, threshold, bands }: JobFile['model']['outputs'][string]): {
  readonly decisions?: Decisions;
} {
  if (calibration === null && round === null && threshold === null && bands === null) return {};
  return {
    decisions: {
      calibration:
        calibration === null
          ? null
          : 'platt' in calibration
            ? { kind: 'platt', slope: calibration.platt[0], offset: calibration.platt[1] }
            : {
                kind: 'table',
                from: calibration.table.map(([from]) => from),
                to: calibration.table.map(([, to]) => to),
              },
      round,
      threshold:
        threshold === null
          ? null
          : typeof threshold === 'number'
            ? { at: threshold, labels: null }
            : { at: threshold.at, labels: [threshold.no, threshold.yes] },
      bands:
        bands === null
          ? null
          : Object.entries(bands)
              .map(([name, upTo]) => ({ name, upTo }))
              .sort((a, b) => endOf(a.upTo) - endOf(b.upTo)),
    },
  };
}

function endOf(upTo: number | null): number {
  return upTo ?? Number.MAX_VALUE;
}

function bytes(written: string | number): number {
  return parseSize(written) ?? Number.NaN;
}

function milliseconds(written: string | null): number | null {
  return written === null ? null : parseDuration(written);
}
