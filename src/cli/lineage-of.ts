import { resolve } from 'node:path';
import { isRemote } from '../formats/remote-file.js';
import { type Job, standardStream } from '../job/job.js';
import type { ColumnSummary, Summary } from '../quality/summary.js';
import { programVersion } from '../run/records/program-version.js';
import type { LineageColumn, LineageOutcome, LineageRun } from '../telemetry/lineage.js';

/** Describes a run for lineage: the folders or files of the job's inputs, and its run folder. */
export function lineageRunOf({ name, input, output, baseDir, telemetry }: Job, runId: string): LineageRun {
  return {
    runId,
    job: name,
    namespace: telemetry.namespace,
    version: programVersion(),
    inputs: [...new Set(input.paths.map((path) => datasetOf(path, baseDir)))],
    output: output.path === standardStream ? 'standard output' : output.path,
  };
}

function datasetOf(path: string, baseDir: string): string {
  return path === standardStream
    ? 'standard input'
    : withoutPattern(isRemote(path) ? path : resolve(baseDir, path));
}

/** Returns the path up to the first part with a pattern: the part that stays the same from day to day. */
function withoutPattern(path: string): string {
  const parts = path.split('/');
  const pattern = parts.findIndex((part) => /[*?[{]/.test(part));
  return pattern < 0 ? path : parts.slice(0, pattern).join('/');
}

/** Returns the lineage facts of a run that wrote a summary. */
export function lineageOutcomeOf(job: Job, summary: Summary): LineageOutcome {
  const { columns, outputs, gates, rows, partitions, throughput } = summary;
  const carried = job.output.columns.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  return {
    rowsRead: rows.read,
    inputBytes: throughput.input_bytes,
    inputFiles: partitions.published + partitions.skipped,
    columns: columns.map(lineageColumn),
    gates: gates.map(({ gate, column, passed }) => ({ gate, column, passed })),
    rowsScored: rows.scored,
    outputBytes: throughput.output_bytes,
    outputFiles: throughput.output_files,
    outputColumns: [...carried, ...outputs].map(({ name, type }) => ({ name, type })),
  };
}

/** Returns only the counts of a redacted column. */
function lineageColumn({ name, type, raw, redacted }: ColumnSummary): LineageColumn {
  const numeric = (value: number | string | null) => (typeof value === 'number' && !redacted ? value : null);
  const quantiles = Object.entries(raw.quantiles ?? {}).flatMap(([point, value]) => {
    const figure = numeric(value);
    return figure === null ? [] : [[String(Number(point.slice(1)) / 100), figure] as const];
  });
  return {
    name,
    type,
    count: raw.rows - raw.missing,
    nullCount: raw.missing,
    distinctCount: raw.distinct,
    min: numeric(raw.min),
    max: numeric(raw.max),
    sum: null,
    quantiles: quantiles.length === 0 ? null : Object.fromEntries(quantiles),
  };
}
