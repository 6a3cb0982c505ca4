import { dirname, resolve } from 'node:path';
import type { Decisions } from '../chunk/decisions.js';
import { parseDuration } from './duration.js';
import type { Job, JobScoreGates } from './job.js';
import { isS3 } from './remote-path.js';
import { resolveColumn, resolveRange, type TextAt } from './resolve-column.js';
import { ageGate, figureGate, limitGate } from './resolve-gate.js';
import { resolveOutput } from './resolve-output.js';
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
    series = null,
  }: {
    readonly date?: string | null;
    readonly set?: Readonly<Record<string, string>>;
    readonly series?: string | null;
  },
  textAt: TextAt,
): Job {
  const baseDir = dirname(path);
  const quality = resolveQuality(file.quality, baseDir);
  const { maxDrift } = quality;
  return {
    name: file.name,
    file: path,
    baseDir,
    date,
    variables: set,
    input: resolveInput(file.input, textAt),
    model: resolveModel(file.model, baseDir),
    columns: Object.entries(file.columns).map(([name, column]) =>
      resolveColumn(name, column, { maxDrift }, textAt),
    ),
    rules: file.rules,
    output: {
      ...file.output,
      path: resolveOutput(file.output.path, baseDir),
      series: series === null ? null : resolveOutput(series, baseDir),
    },
    quality,
    run: resolveRun(file.run),
    telemetry: resolveTelemetry(file.telemetry, baseDir),
    audit: file.audit,
    redact: file.redact,
    maxDegraded: file.max_degraded,
    identity: file.identity,
    batchTimeoutMs: milliseconds(file.batch_timeout),
  };
}

function resolveInput(
  { path, format, csv, on_empty, split, since }: JobFile['input'],
  textAt: TextAt,
): Job['input'] {
  return {
    paths: typeof path === 'string' ? [path] : path,
    format,
    csv: {
      delimiter: csv.delimiter,
      quote: csv.quote,
      escape: csv.escape,
      encoding: csv.encoding,
      header: csv.header,
      skipLines: csv.skip_lines,
      comment: csv.comment,
      tables: csv.tables,
      nullValues: csv.null_values.map((item, i) => textAt(['input', 'csv', 'null_values', i], item)),
      dialect: csv.dialect,
      maxRowBytes: bytes(csv.max_row_bytes),
      maxFieldBytes: csv.max_field_bytes === null ? null : bytes(csv.max_field_bytes),
    },
    onEmpty: on_empty,
    splitBytes: split === null ? null : bytes(split),
    since: since === null ? null : resolveSince(since),
  };
}

function resolveSince(since: NonNullable<JobFile['input']['since']>): Job['input']['since'] {
  if (since === 'last') return { watermark: null, key: [] };
  if ('watermark' in since) return { ...since, key: [] };
  return { watermark: null, key: typeof since.key === 'string' ? [since.key] : since.key };
}

function resolveQuality(quality: JobFile['quality'], baseDir: string): Job['quality'] {
  const maxDrift = figureGate(quality.max_drift);
  return {
    maxRejected: limitGate(quality.max_rejected),
    maxRepaired: limitGate(quality.max_repaired),
    maxFlagged: limitGate(quality.max_flagged),
    maxProblems: limitGate(quality.max_problems),
    maxRepeated: limitGate(quality.max_repeated),
    minRows: figureGate(quality.min_rows),
    maxRows: figureGate(quality.max_rows),
    maxRowChange: limitGate(quality.max_row_change),
    emptyFeatures: quality.empty_features,
    maxNull: limitGate(quality.max_null),
    constantFeatures: quality.constant_features,
    baseline: quality.baseline === null ? null : fileAt(baseDir, quality.baseline),
    maxAge: {
      input: ageGate(quality.max_age.input),
      baseline: ageGate(quality.max_age.baseline),
      model: ageGate(quality.max_age.model),
    },
    repeatedInput: quality.repeated_input,
    truncated: quality.truncated,
    maxDrift,
    slices: quality.slices,
    scores: Object.entries(quality.scores).map(
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
  };
}

function resolveRun(run: JobFile['run']): Job['run'] {
  return {
    workers: run.workers,
    chunkBytes: bytes(run.chunk_bytes),
    batchRows: run.batch_rows,
    memoryBytes: run.memory === 'auto' ? 'auto' : bytes(run.memory),
    maxDurationMs: milliseconds(run.max_duration),
    finishBy: run.finish_by === null ? null : parseTimeOfDay(run.finish_by),
    retries: run.retries,
    threadsPerWorker: run.threads_per_worker,
    isolation: run.isolation,
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
    path: fileAt(baseDir, model.path),
    challengers: model.challengers.map((path) => fileAt(baseDir, path)),
    sha256: model.sha256?.toLowerCase() ?? null,
    compareWith: model.compare_with === null ? null : fileAt(baseDir, model.compare_with),
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

function resolveDecisions({
  calibration,
  round,
  threshold,
  bands,
  rank,
  decile,
}: JobFile['model']['outputs'][string]): {
  readonly decisions?: Decisions;
} {
  if ([calibration, round, threshold, bands, rank, decile].every((one) => one === null)) return {};
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
      ...(rank === null ? {} : { rank: 'partition' as const }),
      ...(decile === null ? {} : { decile: 'partition' as const }),
    },
  };
}

/** Returns the absolute path of a file; the address of an object unchanged. */
function fileAt(baseDir: string, path: string): string {
  return isS3(path) ? path : resolve(baseDir, path);
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
