import type { Job } from './job.js';

/**
 * Returns the part of a job that determines the bytes it writes, as one canonical text to hash. Excludes the
 * locations of files, the bytes of model and baseline (hashed separately), gates, and how the job is run
 * except for how it is cut.
 */
export function jobMeaning(job: Job): string {
  const { format, csv } = job.input;
  const { inputs, outputs, constants, rewrite, rounds } = job.model;
  const { slices } = job.quality;
  return canonical({
    input: { format, csv },
    model: { inputs, outputs, constants, rewrite, ...(rounds === 'auto' ? {} : { rounds }) },
    columns: job.columns.map(
      ({ maxProblems: _, maxNull: __, maxUnknown: ___, maxDrift: ____, ...contract }) => contract,
    ),
    rules: job.rules,
    output: { format: job.output.format, columns: job.output.columns, formulas: job.output.formulas },
    ...(job.output.reasons === null ? {} : { reasons: job.output.reasons }),
    audit: job.audit,
    redact: job.redact,
    // These change the records, not the bytes: partitions are scored again only to be counted by slice.
    ...(slices.length === 0 ? {} : { slices }),
    run: { chunkBytes: job.run.chunkBytes, batchRows: job.run.batchRows },
  });
}

/** Returns JSON with sorted keys; distinguishes what JSON cannot (bigint and number, NaN). */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return { bigint: item.toString() };
    if (typeof item === 'number' && (!Number.isFinite(item) || Object.is(item, -0)))
      return { number: Object.is(item, -0) ? '-0' : String(item) };
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
