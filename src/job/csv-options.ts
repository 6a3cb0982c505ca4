import type { JobCsv } from './job.js';

/** Converts `input.csv` of the job to the options of the CSV format. */
export function csvOptions(csv: JobCsv): Readonly<Record<string, unknown>> {
  return {
    delimiter: csv.delimiter,
    quote: csv.quote,
    escape: csv.escape,
    encoding: csv.encoding,
    header: csv.header,
    skip_lines: csv.skipLines,
    comment: csv.comment,
    tables: csv.tables,
    null_values: csv.nullValues,
    max_row_bytes: csv.maxRowBytes,
    max_field_bytes: csv.maxFieldBytes,
  };
}
