import type { Job } from './job.js';

/**
 * What of a job decides the bytes it writes, as one canonical text to hash. Not in it: where files lie, the model's own bytes and the baseline's
 * (they are hashed by themselves), gates, and how the job is run except for how it is cut.
 */
export function jobMeaning(job: Job): string {
  const { format, csv } = job.input;
  const { inputs, outputs, constants, rewrite } = job.model;
  const { slices } = job.quality;
  return canonical({
    input: { format, csv },
    model: { inputs, outputs, constants, rewrite },
    columns: job.columns.map(
      ({ maxProblems: _, maxNull: __, maxUnknown: ___, maxDrift: ____, ...contract }) => contract,
    ),
    rules: job.rules,
    output: { format: job.output.format, columns: job.output.columns, formulas: job.output.formulas },
    audit: job.audit,
    redact: job.redact,
    // Not of the bytes, but of the records beside them: partitions are scored again to be counted by slice.
    ...(slices.length === 0 ? {} : { slices }),
    run: { chunkBytes: job.run.chunkBytes, batchRows: job.run.batchRows },
  });
}

/** JSON with keys in order; what JSON cannot tell apart (bigint and number, NaN) is kept apart. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return { bigint: item.toString() };
    if (typeof item === 'number' && (!Number.isFinite(item) || Object.is(item, -0)))
      return { number: Object.is(item, -0) ? '-0' : String(item) };
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
