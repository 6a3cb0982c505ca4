import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { cellsOf, type Defect, type Line, readDefects, readSpoiledLines, readTable } from './samples.js';

const clean = readTable('truth/2013-01-04.csv');
const lineOf = new Map(cellsOf(clean, 'flight_id').map((id, i) => [id, clean.rows[i]!]));
const spoiled = readSpoiledLines();
const defects = readDefects();
const width = clean.header.length;

/**
 * Tests if a line shows a defect, compared with the flight's clean cells; `cell` and `was` are its column's.
 */
const shows: Record<string, (line: Line, cell: string, was: string) => boolean> = {
  'short-row': (line) => line.cells.length < width,
  'long-row': (line) => line.cells.length > width,
  'stray-quote': (line, cell, was) =>
    cell.indexOf('"') > 0 && cell.replace('"', '') === was && quotes(line) === 1,
  'unclosed-quote': (line, cell, was) => cell === `"${was}` && quotes(line) === 1,
  'invalid-utf8': (_, cell) => cell.includes('\xff'),
  'nul-byte': (_, cell, was) => cell.includes('\0') && cell.replace('\0', '') === was,
  'number-format': (line, _, was) => line.text.includes(`"${Number(was).toLocaleString('en-US')}"`),
  missing: (_, cell, was) => cell === 'N/A' || (cell === '' && was === ''),
  'unknown-category': (_, cell) => !cellsOf(clean, 'carrier').includes(cell),
  'out-of-range': (_, cell) => Number(cell) > 2000,
  'repeated-header': (line) => line.text === clean.header.join(','),
  'blank-line': (line) => line.text === '',
  'truncated-row': (line) => line.number === spoiled.length && line.cells.length < width,
};

function quotes(line: Line): number {
  return line.text.split('"').length - 1;
}

function name(defect: Defect): string {
  return `${defect.code} in line ${defect.line}`;
}

test('every defect stands in the line and the column in which it is said to stand', () => {
  for (const defect of defects) {
    const line = spoiled[defect.line - 1]!;
    const index = defect.column === null ? -1 : clean.header.indexOf(defect.column);
    const was = defect.flight_id === null ? undefined : lineOf.get(String(defect.flight_id));
    if (defect.flight_id !== null) assert.equal(line.cells[0], String(defect.flight_id), name(defect));
    assert.equal(defect.column === null, index < 0, name(defect));
    assert.ok(shows[defect.code]?.(line, line.cells[index] ?? '', was?.[index] ?? ''), name(defect));
  }
});

test('rows are counted without the header and the blank line, and with the repeated header', () => {
  const blank = defects.find((defect) => defect.code === 'blank-line')!;
  assert.equal(blank.row, null);
  for (const defect of defects) {
    if (defect !== blank)
      assert.equal(defect.row, defect.line - 1 - (defect.line > blank.line ? 1 : 0), name(defect));
  }
  assert.equal(spoiled.length, 1 + clean.rows.length + 2);
});

test('every kind of defect that the samples promise is there, at most one injected per line', () => {
  assert.deepEqual(new Set(defects.map((defect) => defect.code)), new Set(Object.keys(shows)));
  const lines = defects.filter((defect) => defect.injected).map((defect) => defect.line);
  assert.equal(new Set(lines).size, lines.length);
  const rejected = defects.filter((defect) => defect.outcome === 'rejected');
  assert.equal(rejected.length, 3, 'under 1 % of the rows, or the gate of the job stops the sample run');
});

test('every line that is not listed is the clean line, in the clean order', () => {
  const listed = new Set(defects.filter((defect) => defect.injected).map((defect) => defect.line));
  const ids: string[] = [];
  for (const line of spoiled.slice(1)) {
    const was = lineOf.get(line.cells[0]!);
    if (was !== undefined) ids.push(line.cells[0]!);
    if (!listed.has(line.number)) assert.deepEqual(line.cells, was, `line ${line.number}`);
    else assert.notDeepEqual(line.cells, was, `line ${line.number}`);
  }
  assert.deepEqual(ids, cellsOf(clean, 'flight_id'));
});

test('what was missing in 2013 is listed too', () => {
  const neverLeft = cellsOf(clean, 'dep_delay').flatMap((cell, i) =>
    cell === '' ? [clean.rows[i]![0]] : [],
  );
  const rejected = defects
    .filter((defect) => defect.outcome === 'rejected')
    .map((defect) => String(defect.flight_id));
  const listed = defects.filter((defect) => defect.code === 'missing' && !defect.injected);
  assert.deepEqual(
    listed.map((defect) => String(defect.flight_id)),
    neverLeft.filter((id) => !rejected.includes(id!)),
  );
});

test('the repaired day is the clean one without the rejected rows, but for the cells that cannot be known', () => {
  const repaired = parse(readFileSync('data-samples/truth/2013-01-04.repaired.csv', 'utf8')) as string[][];
  assert.deepEqual(repaired.shift(), clean.header);
  const rejected = new Set(
    defects.filter((defect) => defect.outcome === 'rejected').map((defect) => String(defect.flight_id)),
  );
  const survivors = clean.rows.filter((row) => !rejected.has(row[0]!));
  const differences = survivors.flatMap((row, i) =>
    row.flatMap((cell, j) => (repaired[i]![j] === cell ? [] : [`${clean.header[j]}: ${repaired[i]![j]}`])),
  );
  assert.equal(repaired.length, survivors.length);
  assert.deepEqual(differences, [
    'hour: ',
    'minute: ',
    'time_hour: ',
    'tailnum: N70"3JB',
    'tailnum: N36\uFFFDNB',
    'dep_delay: ',
    'carrier: ZZ',
    'dep_delay: 2000',
    'time_hour: ',
  ]);
});
