import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCell } from '../../src/formats/text/parse-cell.js';
import fc from '../seeded.js';
import { column, comma, kernels, load, readCells, runs } from './both-kernels.js';

const dayMillis = 86_400_000;

test('every day of the years 0000 to 9999 is its number of days since 1970', () => {
  const first = new Date(0).setUTCFullYear(0, 0, 1) / dayMillis;
  const step = process.env['NIGHTSHIFT_FULL'] === '1' ? 1 : 7;
  const days: number[] = [];
  const lines: string[] = [];
  for (let day = first; day < 2_932_897; day += step) {
    days.push(day);
    const date = new Date(day * dayMillis);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
    lines.push(
      `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(date.getUTCDate()).padStart(2, '0')}\n`,
    );
  }
  assert.equal(lines[0], '0000-01-01\n');
  const bytes = Buffer.from(lines.join(''));
  for (const kernel of kernels) {
    kernel.prepare(comma, [column('date'), column('timestamp')]);
    load(kernel, bytes);
    assert.equal(kernel.scan(0, bytes.length).rows, days.length);
    const [dates, timestamps] = kernel.parse();
    assert.ok(dates?.column.type === 'date' && timestamps?.column.type === 'timestamp');
    assert.deepEqual([dates.slow, timestamps.slow], [0, 0]);
    for (const [row, day] of days.entries()) {
      if (dates.column.values[row] !== day) assert.fail(`${lines[row]} is day ${dates.column.values[row]}`);
      if (timestamps.column.values[row] !== BigInt(day) * 86_400_000_000n) assert.fail(`${lines[row]}`);
    }
  }
});

test('days and times that do not exist are left to the exact way', () => {
  const cells = [
    '2013-02-29',
    '2012-02-30',
    '2013-04-31',
    '2013-00-10',
    '2013-13-01',
    '2013-01-00',
    '2013-01-32',
    '1900-02-29',
  ];
  cells.push(
    '2013-01-01 24:00',
    '2013-01-01 23:60',
    '2013-01-01 23:59:60',
    '2013-01-01 05:06+19',
    '2013-01-01 05:06+01:60',
  );
  cells.push(
    '2013-1-1',
    '20130101',
    '2013/01/01',
    '13-01-2001',
    '2013-01-01T',
    '2013-01-01T05',
    '2013-01-01T05:06:',
    '-013-01-01',
  );
  for (const kernel of kernels) {
    for (const type of ['date', 'timestamp'] as const) {
      assert.equal(readCells(kernel, cells, column(type)).slow, cells.length);
    }
  }
});

const pair = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
const written = fc
  .tuple(
    fc.integer({ min: 0, max: 9999 }).map((year) => String(year).padStart(4, '0')),
    pair(13),
    pair(32),
    fc.constantFrom('', 'T', ' ', 'T', ' ', 't', '_'),
    pair(24),
    pair(60),
    fc.option(pair(60)),
    fc.option(fc.string({ unit: fc.constantFrom('0', '1', '9'), maxLength: 10 })),
    fc.oneof(
      fc.constantFrom(
        '',
        '',
        'Z',
        'z',
        ' Z',
        'UTC',
        '+01',
        '-0130',
        '+05:30',
        '+5:30',
        '-00:00',
        '+1',
        '+18:59',
      ),
    ),
  )
  .map(([year, month, day, gap, hours, minutes, seconds, fraction, zone]) => {
    const date = `${year}-${month}-${day}`;
    if (gap === '') return date;
    const point = fraction === null ? '' : `.${fraction}`;
    return `${date}${gap}${hours}:${minutes}${seconds === null ? '' : `:${seconds}${point}`}${zone}`;
  });
const cell = fc.oneof(
  { weight: 8, arbitrary: written },
  { weight: 1, arbitrary: written.map((text) => `" ${text} "`) },
  { weight: 1, arbitrary: written.chain((text) => fc.nat(text.length).map((at) => text.slice(0, at))) },
  { weight: 1, arbitrary: fc.constantFrom('', 'NA', '""', ' ', '2013-01-01', 'now', '1356998400') },
);

test('any date and time is read by both kernels as the exact way reads it, or left to it', () => {
  const plans = fc.record({
    type: fc.constantFrom('date' as const, 'timestamp' as const),
    nullValues: fc.constantFrom(['', 'NA'], ['2013-01-01'], []),
  });
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 20 }), plans, (cells, { type, nullValues }) => {
      const plan = column(type, { nullValues });
      for (const kernel of kernels) {
        const { values } = readCells(kernel, cells, plan);
        for (const [row, value] of values.entries()) {
          const text = cells[row]!.replace(/^"(.*)"$/, '$1');
          const { value: expected } = parseCell(text, plan);
          if (value !== undefined) assert.equal(value, expected === null ? null : String(expected), text);
        }
      }
    }),
    { numRuns: runs(50_000) },
  );
});

test('the usual forms are never left to the exact way', () => {
  const stamps: readonly [string, string][] = [
    ['2013-01-01', '2013-01-01T00:00:00.000Z'],
    ['2013-01-01T10:00:00Z', '2013-01-01T10:00:00.000Z'],
    ['2013-01-01 05:06:07', '2013-01-01T05:06:07.000Z'],
    ['2013-01-01 05:06', '2013-01-01T05:06:00.000Z'],
    ['1969-12-31T23:59:59.5+01:00', '1969-12-31T22:59:59.500Z'],
    ['2013-01-01 05:06:07.123456-0530', '2013-01-01T10:36:07.123Z'],
    ['"2013-01-01T05:06:07.123456789Z"', '2013-01-01T05:06:07.123Z'],
  ];
  for (const kernel of kernels) {
    const cells = stamps.map(([text]) => text);
    const read = readCells(kernel, cells, column('timestamp'));
    const millis = read.values.map((micros) => new Date(Number(micros) / 1000).toISOString());
    assert.deepEqual(
      millis,
      stamps.map(([, iso]) => iso),
    );
    const dates = readCells(kernel, cells, column('date'));
    const days = dates.values.map((day) => new Date(Number(day) * dayMillis).toISOString().slice(0, 10));
    assert.deepEqual(
      days,
      stamps.map(([, iso]) => iso.slice(0, 10)),
    );
  }
});

test('where the zone of the column is not UTC, what depends on it is left to the exact way', () => {
  const zone = { zone: 'America/New_York' };
  for (const kernel of kernels) {
    const stamps = readCells(
      kernel,
      ['2013-01-01 05:06', '2013-01-01 05:06Z'],
      column('timestamp', {}, zone),
    );
    assert.deepEqual(stamps.values, [undefined, '1357016760000000']);
    const dates = readCells(
      kernel,
      ['2013-01-01 05:06', '2013-01-01 05:06Z', '2013-01-01'],
      column('date', {}, zone),
    );
    assert.deepEqual(dates.values, ['15706', undefined, '15706']);
  }
});

test('dates that must be kept whole are left to the exact way where a time of day follows', () => {
  const cells = ['2013-01-04', '"2013-01-04"', ' 2013-01-04 ', '2013-01-04T10:00', '2013-01-04 00:00:00Z'];
  const bytes = Buffer.from(cells.map((cell) => `${cell}\n`).join(''));
  for (const kernel of kernels) {
    kernel.prepare(comma, [
      { ...column('date'), exact: 'all' },
      { ...column('date'), exact: 'digits' },
    ]);
    load(kernel, bytes);
    kernel.scan(0, bytes.length);
    const [whole, day] = kernel.parse();
    assert.deepEqual([whole!.slow, day!.slow], [2, 0]);
  }
});
