import { readFileSync } from 'node:fs';

export const days = ['2013-01-01', '2013-01-02', '2013-01-03', '2013-01-04'] as const;
export const models = ['flight-delay', 'flight-delay-trees'] as const;

/** The columns that the sample models read: numbers, then texts. */
export const numberFeatures = [
  'month',
  'day',
  'dep_time',
  'sched_dep_time',
  'dep_delay',
  'sched_arr_time',
  'distance',
  'hour',
  'minute',
] as const;
export const textFeatures = ['carrier', 'origin', 'dest'] as const;

/** A CSV file of the samples as its header and rows of cells; only for files without quotes. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Reads a CSV file under `data-samples/` that ends every line and quotes nothing. */
export function readTable(name: string): Table {
  const text = readFileSync(`data-samples/${name}`, 'utf8');
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error(`${name} does not end its last line`);
  const [header, ...rows] = lines.map((line) => line.split(','));
  return { header: header!, rows };
}

/** The cells of one column. */
export function cellsOf(table: Table, column: string): string[] {
  const index = table.header.indexOf(column);
  if (index < 0) throw new Error(`no column ${column}`);
  return table.rows.map((row) => row[index]!);
}

/** One entry of `truth/2013-01-04.defects.json`. */
export interface Defect {
  readonly flight_id: number | null;
  readonly row: number | null;
  readonly line: number;
  readonly column: string | null;
  readonly code: string;
  readonly outcome: 'repaired' | 'flagged' | 'rejected' | 'skipped';
  readonly injected: boolean;
}

export function readDefects(): Defect[] {
  return JSON.parse(readFileSync('data-samples/truth/2013-01-04.defects.json', 'utf8')) as Defect[];
}

/** A line of the spoiled day as its bytes, one character each, so that bad UTF-8 stays what it is. */
export interface Line {
  readonly number: number;
  readonly text: string;
  readonly cells: readonly string[];
}

export function readSpoiledLines(): Line[] {
  const text = readFileSync('data-samples/flights/2013-01-04.csv', 'latin1');
  return text.split('\n').map((line, i) => ({ number: i + 1, text: line, cells: line.split(',') }));
}
