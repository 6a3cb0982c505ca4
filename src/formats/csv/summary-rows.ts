import type { SourceFinding } from '../../chunk/source-finding.js';
import { plainNumber } from '../text/parse-number.js';
import { type ColumnShape, fitOf, learnShapes, misfits } from './column-shapes.js';
import type { SampleRow } from './sample-rows.js';

/**
 * Returns findings about the last rows, above the footer at `first`, that may sum up the others: their first
 * cells say so and those of other rows do not (`Total`, `Mean`; apart from subtotals, which have the same
 * cells empty), their numbers are the sums of their columns, or a blank line separates them from the table
 * and they begin unlike its rows. `isWhole`: the rows are all rows of the file.
 */
export function findSummaryRows(
  rows: readonly SampleRow[],
  first: number,
  fields: number,
  isWhole: boolean,
): SourceFinding | null {
  const lines = rows.slice(0, first).filter(({ kind }) => kind !== 'comment');
  let start = lines.length;
  let taken = 0;
  let isSure = false;
  const table = lines.filter(({ kind }) => kind === 'row');
  for (let i = lines.length - 1; i > 0 && taken < mostRows; i--) {
    const line = lines[i]!;
    if (line.kind === 'blank') continue;
    const before = table.slice(0, table.length - taken - 1);
    if (before.length < leastRows) break;
    const isParted = lines[i - 1]!.kind === 'blank' || (taken > 0 && start === i + 1);
    const sign = signOf(line.cells, before, fields, isParted, isWhole);
    if (sign === 'none') break;
    isSure ||= sign === 'sure' || lines[i - 1]!.kind === 'blank' || taken > 0;
    taken++;
    start = i;
  }
  if (taken === 0 || !isSure) return null;
  const labels = table.slice(-taken).map(({ cells }) => `"${labelOf(cells).slice(0, 40)}"`);
  const sentence =
    taken === 1
      ? `the last row begins with ${labels[0]} and is read as a row: take it out of the file if it sums up the others, or is not a row at all`
      : `the last ${taken} rows begin with ${labels.slice(0, 3).join(', ')}${taken > 3 ? ' and so on' : ''}, and are read as rows: take them out of the file if they sum up the others, or are not rows at all`;
  return { code: 'total-row', level: 'check', sentence };
}

const leastRows = 2;
const mostRows = 20;

/** Evidence that a row sums up those before it: none, too little by itself, or enough. */
type Sign = 'none' | 'some' | 'sure';

function signOf(
  cells: readonly string[],
  before: readonly SampleRow[],
  fields: number,
  isParted: boolean,
  isWhole: boolean,
): Sign {
  const label = labelOf(cells);
  const isFirst = cells.findIndex((cell) => cell.trim() !== '') === 0;
  const isAlone = !before.some((row) => labelOf(row.cells) === label);
  if (label !== '' && strongWords.test(label) && (isAlone || isSubtotal(cells, label, before))) return 'sure';
  if (isAlone && cells.filter((cell) => cell.trim() !== '').length === 1 && clientLines.test(label))
    return 'sure';
  const regular = before.filter((row) => row.cells.length === fields);
  if (isWhole && isMeasured(cells, regular)) return 'sure';
  if (label !== '' && isAlone && weakWords.test(label))
    return isParted || (isWhole && isCounted(cells, before.length)) ? 'sure' : 'some';
  if (!isParted || cells.length !== fields || fields < 2) return 'none';
  const isBlankFirst = !isFirst && before.every((row) => row.cells[0]!.trim() !== '');
  return isBlankFirst || isUnlike(cells, regular, fields) ? 'sure' : 'none';
}

/** The first cell with a text. */
function labelOf(cells: readonly string[]): string {
  return cells.find((cell) => cell.trim() !== '')?.trim() ?? '';
}

/** Returns true if a cell is empty in all rows of a label and in no other: those of groups. */
function isSubtotal(cells: readonly string[], label: string, before: readonly SampleRow[]): boolean {
  const others = before.filter((row) => labelOf(row.cells) !== label);
  const same = before.filter((row) => labelOf(row.cells) === label);
  if (others.length < same.length + leastRows) return false;
  return cells.some(
    (cell, column) =>
      cell.trim() === '' &&
      same.every((row) => (row.cells[column] ?? '').trim() === '') &&
      others.every((row) => (row.cells[column] ?? '').trim() !== ''),
  );
}

/** Returns true if a cell counts the rows above, the header and its own row perhaps included. */
function isCounted(cells: readonly string[], rows: number): boolean {
  return cells.slice(1).some((cell) => {
    const count = numberOf(cell);
    return count !== null && count >= rows && count <= rows + 2;
  });
}

/** Returns true if the first cell is unlike its column, and another one is too or it has two words. */
function isUnlike(cells: readonly string[], before: readonly SampleRow[], fields: number): boolean {
  const shapes: readonly ColumnShape[] = learnShapes(
    before.map((row) => row.cells),
    fields,
  );
  const [shape] = shapes;
  if (shape === undefined || (!shape.figures && shape.values === null)) return false;
  return (
    fitOf(cells[0]!.trim(), shape) === 0 &&
    (shape.figures || /\s/.test(cells[0]!.trim()) || misfits(cells, shapes) > 1)
  );
}

/** Returns true if every number of a row is its column's sum or the row count, and at least one a sum. */
function isMeasured(cells: readonly string[], before: readonly SampleRow[]): boolean {
  if (before.length < 4) return false;
  let measured = 0;
  for (const [column, cell] of cells.entries()) {
    const value = numberOf(cell);
    if (value === null) continue;
    const numbers = before.flatMap((row) => numberOf(row.cells[column] ?? '') ?? []);
    if (numbers.length < before.length * 0.5) return false;
    const sum = numbers.reduce((total, number) => total + number, 0);
    const most = numbers.reduce((largest, number) => Math.max(largest, Math.abs(number)), 0);
    const digits = cell.trim().split(/[.,]/).at(-1)!.length;
    const step = /[.,]/.test(cell) ? 10 ** -digits : 1;
    const isNear = (measure: number) => Math.abs(value - measure) <= step / 2 + Math.abs(measure) * 1e-9;
    if (Math.abs(sum) > most && isNear(sum)) measured++;
    else if (most === 0 && value === 0) continue;
    else if (value !== numbers.length) return false;
  }
  return measured > 0;
}

function numberOf(cell: string): number | null {
  const plain = plainNumber(cell.trim(), '.');
  const value = plain === null ? Number.NaN : Number(plain.text);
  return Number.isFinite(value) ? value : null;
}

/** Returns true if a row that begins with a text may sum up the others. */
export function labelsSum(label: string): boolean {
  return strongWords.test(label) || weakWords.test(label) || clientLines.test(label);
}

/** Words that begin only rows that sum up the others. */
const strongWords =
  /^[\W_]*(?:(?:grand|overall|sub|column)[ -]?)?(?:totals?|totales|totaux|totale|totaal|totalt|sums?|subtotals?|gesamt(?:summe)?|insgesamt|summe|zwischensumme|somme|sous-total|suma|razem|ogółem|celkem|összesen|toplam|итого|всего|合计|总计|小计|合計|總計|総計|小計|합계|총계|averages?|avg|mean|moyenne|promedio|mittelwert|durchschnitt|gemiddelde|среднее|平均)(?: (?:général|general|generale|générale|value|total))?[\W_]*$/iu;

/** Words that are also names or values: they count together with others, or below a blank line. */
const weakWords =
  /^[\W_]*(?:min(?:imum)?|max(?:imum)?|median[ae]?|médiane|std|stdev|std\.? ?dev(?:iation)?|standard deviation|variance|count|number|anzahl|nombre|n|sum of .*|total .*|.* totals?|media|média|medel|som|ensemble|balance|saldo|trl|trailer|p?25%?|p?50%?|p?75%?|share)[\W_]*$/iu;

/** Lines that database clients and export programs write below a table. */
const clientLines =
  /^(?:\(?\d+ rows?(?: affected| selected| returned| in set.*| fetched.*)?\)?\.?|[*\-= ]*(?:end of (?:file|report|data)|eof)[*\-= .]*|(?:generated|created|exported|printed)\b.*\d.*)$/i;
