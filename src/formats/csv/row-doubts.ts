import type { SourceFinding } from '../../chunk/source-finding.js';
import { firstOf } from '../../text/first-of.js';
import { counted } from '../../text/units.js';
import type { RowProblems } from '../format.js';
import type { CsvDetails } from './source-details.js';

/**
 * Up to this many cells, in a hundred times as many rows, may be damaged by accident; else it is the
 * encoding.
 */
const mostAccidents = 2;
const leastRows = 100;
/** Number of repeated header lines that are named. */
const mostNamed = 5;

/**
 * Returns findings on the whole file, derived from problems of its rows: it is several concatenated files, or
 * has another encoding. They are checks, unless the job itself says how the file is to be read.
 */
export function rowDoubts(
  problems: readonly RowProblems[],
  rows: number,
  { given, dialect }: Pick<CsvDetails, 'given' | 'dialect'>,
): SourceFinding[] {
  const ofCode = (code: string): readonly RowProblems[] => problems.filter((one) => one.code === code);
  return [
    ...repeatedHeader(ofCode('repeated-header'), given.includes('tables')),
    ...unreadableBytes(ofCode('invalid-utf8'), rows, dialect.encoding, given.includes('encoding')),
  ];
}

function repeatedHeader([found]: readonly RowProblems[], isGiven: boolean): SourceFinding[] {
  if (found === undefined) return [];
  const { count, samples } = found;
  const lines = samples.map(({ line }) => line);
  const sentence = `the header is repeated in ${count === 1 ? 'line' : 'lines'} ${firstOf(lines, mostNamed, count)}: the file may be several files joined together; set "input.csv.tables" to one if that is intended`;
  return [{ code: 'repeated-header', level: isGiven ? 'note' : 'check', sentence }];
}

function unreadableBytes(
  found: readonly RowProblems[],
  rows: number,
  encoding: string,
  isGiven: boolean,
): SourceFinding[] {
  const [first] = found
    .flatMap(({ column, samples }) => samples.map((sample) => ({ ...sample, column })))
    .sort((a, b) => a.row - b.row);
  if (first === undefined) return [];
  const times = found.reduce((sum, { count }) => sum + count, 0);
  const isAccident = times <= mostAccidents && rows >= times * leastRows;
  const column = first.column === null ? '' : `, column "${first.column}"`;
  const sentence = `${counted(times, 'cell')} ${times === 1 ? 'has' : 'have'} bytes that are not ${encoding}, first in row ${first.row}${column} (line ${first.line}): set "input.csv.encoding" if the file has another encoding, to ${encoding} if it is damaged`;
  return [{ code: 'invalid-utf8', level: isGiven || isAccident ? 'note' : 'check', sentence }];
}
