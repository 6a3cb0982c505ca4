import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { byteFit } from '../../../src/formats/csv/byte-fit.js';
import { fitOf, learnShapes } from '../../../src/formats/csv/column-shapes.js';
import { marksOf } from '../../../src/formats/csv/marks.js';
import { repairRow } from '../../../src/formats/csv/repair-row.js';
import { rowKind, rowReader } from '../../../src/formats/csv/row-reader.js';
import fc from '../../seeded.js';
import { fileOf, readTable } from './read-table.js';

const runs = process.env['NIGHTSHIFT_FULL'] === '1' ? 20 : 1;

/** A column by what its cells look like. */
const cellsOf = [
  (i: number) => `${i}`,
  (i: number) => `${2013 + (i % 2)}`,
  (i: number) => ['AA', 'B6', 'UA'][i % 3]!,
  (i: number) => `N${1000 + ((i * 37) % 9000)}`,
  (i: number) => ['JFK', 'LGA', 'EWR', 'BOS', 'SFO'][(i * 7) % 5]!,
  (i: number) => (i % 5 === 0 ? '' : `${(i * 13) % 400}.5`),
  (i: number) => `2013-01-${10 + (i % 20)}`,
  (i: number) => ['some text', 'name of a thing', "it's odd", 'ab', 'Zürich'][(i * 3) % 5]!,
  (i: number) => `-${i % 50}`,
  (i: number) => `rm-${i % 7}`,
];

/** A damage to a row: its kind, the cell, and the offset in the cell. */
const damage = fc.record({
  kind: fc.constantFrom(
    'cut',
    'empty',
    'extra',
    'quote',
    'opened',
    'closed',
    'tail',
    'tail',
    'foreign',
    'blank',
    'swap',
    'letter',
  ),
  cell: fc.nat(9),
  at: fc.nat(6),
  text: fc.constantFrom('x', 'y z', '7', 'JFK', ' ', '2013', "'", 'é', '1,2', ';;;;;;;;;;'),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(cells: readonly string[], { kind, cell, at, text }: Damage): string {
  const place = cell % cells.length;
  const own = cells[place]!;
  const put = (other: string): string => cells.with(place, other).join(',');
  switch (kind) {
    case 'cut':
      return cells.slice(0, Math.max(1, place)).join(',');
    case 'empty':
      return `${cells.join(',')}${','.repeat(1 + (at % 3))}`;
    case 'extra':
      return `${cells.join(',')}${`,${text}`.repeat(1 + (at % 4))}`;
    case 'quote':
      return put(`${own.slice(0, at)}"${own.slice(at)}`);
    case 'opened':
      return put(`"${own}`);
    case 'closed':
      return put(`${own}"`);
    case 'tail':
      return put(`"${own}"${text}`);
    case 'foreign':
      return cells.join(';');
    case 'blank':
      return put('');
    case 'swap':
      return [...cells.slice(0, place), text, ...cells.slice(place)].join(',');
    default:
      return put(text);
  }
}

test('rows that are split by their bytes become what the repair lane makes of their text', async () => {
  const table = fc.record({
    columns: fc.uniqueArray(fc.nat(cellsOf.length - 1), { minLength: 2, maxLength: cellsOf.length }),
    rows: fc.array(fc.tuple(fc.nat(400), fc.option(fc.array(damage, { minLength: 1, maxLength: 2 }))), {
      minLength: 5,
      maxLength: 60,
      size: 'max',
    }),
    learned: fc.constantFrom(0, 40),
    seed: fc.nat(50),
  });
  let split = 0;
  await fc.assert(
    fc.asyncProperty(table, async ({ columns, rows, learned, seed }) => {
      const regular = (i: number): string[] => columns.map((kind) => cellsOf[kind]!(i + seed));
      const lines = [
        columns.map((kind) => `column${kind}`).join(','),
        ...Array.from({ length: learned }, (_, i) => regular(i).join(',')),
        ...rows.map(([i, faults]) =>
          (faults ?? []).reduce((line, fault) => damaged(line.split(','), fault), regular(i).join(',')),
        ),
        regular(1).join(','),
      ];
      const path = fileOf(`${lines.join('\n')}\n`);
      const told = { delimiter: ',', quote: '"', header: true, skip_lines: 0, comment: 'none' };
      const found = await readTable(path, told);
      const { dialect, dataStart, dataEnd } = found.details;
      const bytes = readFileSync(path).subarray(0, dataEnd ?? undefined);
      const reader = rowReader(marksOf(dialect));
      reader.reset(bytes, bytes.length, true);
      let row = 0;
      for (let at = dataStart; at < bytes.length; ) {
        const kind = reader.read(at);
        const { end, next } = reader.span;
        if (kind === rowKind.row && bytes.toString('utf8', at, end) !== lines[0]) {
          const { cells, defects } = repairRow(bytes.subarray(at, end), dialect, false);
          const line = JSON.stringify(bytes.toString('utf8', at, end));
          const missing = found.names.map(() => null);
          // The found text of a quote problem may or may not include the quote.
          const withoutQuote = (code: string, what: unknown): unknown =>
            typeof what === 'string' && code.endsWith('quote') ? what.replaceAll('"', '') : what;
          assert.deepEqual(found.rows[row], cells.length === 0 ? missing : cells, line);
          assert.deepEqual(
            found.problems
              .filter((problem) => problem.row === row + 1)
              .map(({ code, column, outcome, found: what }) => [
                code,
                column,
                outcome,
                withoutQuote(code, what),
              ]),
            defects.map(({ code, column, outcome, found: what }) => [
              code,
              column === null ? null : (found.names[column] ?? null),
              outcome,
              withoutQuote(code, what),
            ]),
            line,
          );
          split += defects.length;
        }
        if (kind === rowKind.row) row++;
        at = next;
      }
      assert.equal(row, found.rows.length);
    }),
    { numRuns: 150 * runs },
  );
  assert.ok(split > 1000);
});

test('a cell fits its column by its bytes as it does by its text', () => {
  const cell = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'09aZ-.: ,/_\t'), maxLength: 8 }),
    fc.constantFrom('2013-01-04', 'N12', 'JFK', '-7.5', 'http://a', 'x'.repeat(70), 'aB'.repeat(40)),
  );
  const column = fc.array(fc.nat(400), { minLength: 8, maxLength: 40, size: 'max' });
  fc.assert(
    fc.property(fc.array(column, { minLength: 1, maxLength: 3 }), fc.nat(9), cell, (numbers, kind, text) => {
      const values = numbers.flat().map((i) => cellsOf[kind]!(i));
      const shapes = learnShapes(
        values.map((value) => [value, 'a']),
        2,
      );
      const fitAt = byteFit(shapes);
      for (const one of [text, ...values.slice(0, 3)].filter((one) => /^[\0-\x7f]*$/.test(one))) {
        const bytes = Buffer.from(`,${one},`);
        assert.equal(fitAt(bytes, 1, bytes.length - 1, 0), fitOf(one, shapes[0]!), one);
      }
    }),
    { numRuns: 3000 * runs },
  );
});
