import type { SampleRow } from '../../../src/formats/csv/sample-rows.js';

/** A regular row of a sample. */
export function sampleRow(...cells: string[]): SampleRow {
  return {
    kind: 'row',
    start: 0,
    next: 0,
    line: 1,
    lines: 1,
    cells,
    texts: cells,
    quoted: false,
    trouble: false,
  };
}
