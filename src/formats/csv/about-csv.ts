import type { About, Cells, SourceDescription } from '../format.js';
import { confidenceText, dialectJson, dialectText, markName } from './dialect-text.js';
import { holdDialect } from './hold-dialect.js';
import type { findNamesLine } from './named-header.js';
import { rowDoubts } from './row-doubts.js';
import { type CsvDetails, csvDetails, shownDetails } from './source-details.js';

/**
 * How a CSV file is read, and the form of its cells. `namesLine` is the line that contains the names that the
 * job expects, if the header found does not.
 */
export function aboutCsv(
  description: SourceDescription,
  namesLine: NamesLine | null = null,
): { readonly about: About; readonly cells: Cells } {
  const details = csvDetails(description.details);
  const { dialect, given, confidence, notes, titles, marks } = details;
  const { delimiter, quote, escape: mark } = dialect;
  return {
    about: {
      words: dialectText(dialect),
      confidence: confidenceText(details),
      notes,
      json: { dialect: dialectJson(dialect), told: given, confidence },
      facts: shownDetails(details),
    },
    cells: {
      kind: 'texts',
      titles,
      isTitled: dialect.headerRows > 0,
      marks,
      rawForm: {
        form: 'text',
        delimiter,
        quote,
        escape: mark,
        columns: description.columns.map(({ name }) => name),
      },
      whyMissing: (wanted) =>
        laterNames(details, namesLine) ??
        joinedNames(details, wanted) ??
        otherDialect(details) ??
        noHeader(details),
      doubts: (problems, rows) => rowDoubts(problems, rows, details),
      hold: (options) => ({ ...options, csv: holdDialect(options.csv, description) }),
    },
  };
}

/** The line that contains the names, and the delimiter between them. */
type NamesLine = ReturnType<typeof findNamesLine>;

/** If the names are in a line that was not taken as the header, they are missing because of that. */
function laterNames({ dialect, dataLine, given }: CsvDetails, found: NamesLine): string | null {
  if (found === null || found.line < dataLine || given.includes('headerRows')) return null;
  const isOther = found.delimiter !== dialect.delimiter && given.includes('delimiter');
  return `line ${found.line} has the names: set "input.csv.skip_lines" to ${found.line - 1} and "input.csv.header" to true${isOther ? `, and "input.csv.delimiter" to ${markName(found.delimiter)}` : ''}`;
}

/** If one name contains several of the expected names, they are missing because of the delimiter. */
function joinedNames({ titles, given }: CsvDetails, wanted: readonly string[]): string | null {
  const names = new Set(wanted);
  const joined = titles.find((title) => {
    const parts = title.split(/[^\p{L}\p{N}_.-]+/u);
    return parts.filter((part) => names.has(part)).length > 1;
  });
  if (joined === undefined) return paddedNames(titles, names);
  const contains = `"${joined.slice(0, 40)}" contains the names of several columns`;
  if (given.includes('delimiter')) return `${contains}: correct "input.csv.delimiter", or set it to "auto"`;
  const isPadded = titles.length === 1 && /^[\p{L}\p{N}_.-]+(?:\s+[\p{L}\p{N}_.-]+)*$/u.test(joined.trim());
  return isPadded
    ? fixedWidth
    : `${contains}: set "input.csv.delimiter" to the character that separates them`;
}

const fixedWidth =
  'its columns are padded to a fixed width, which is not supported: write it with one delimiter between cells';

/** Returns a hint if the file's only name contains a wanted name between blanks: columns are fixed-width. */
function paddedNames(titles: readonly string[], wanted: ReadonlySet<string>): string | null {
  const names = titles[0]?.trim().split(/\s{2,}/) ?? [];
  if (titles.length > 1 || names.length < 2 || !names.some((name) => wanted.has(name))) return null;
  return fixedWidth;
}

/** If a file's dialect differs from that of the job's first file, columns are missing for that reason. */
function otherDialect({ differences }: CsvDetails): string | null {
  if (differences.length === 0) return null;
  return `its dialect differs from that of the job's first file (${differences.join(', ')}): write it like the others, or set the dialect of all files in "input.csv"`;
}

/** Returns a hint if a file has no header, or one of several rows, which may explain missing columns. */
function noHeader({ dialect: { headerRows }, given }: CsvDetails): string | null {
  if (given.includes('headerRows') || headerRows === 1) return null;
  return headerRows === 0
    ? 'no header was detected: if the first row is one, set "input.csv.header" to true'
    : `the first ${headerRows} rows are read as the header: set "input.csv.header" to the right number`;
}
