import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnType } from '../../../src/chunk/column.js';
import { defaultParse, type ParseOptions, type ReadColumn } from '../../../src/chunk/read-plan.js';
import { type CellCode, parseCell } from '../../../src/formats/text/parse-cell.js';
import { loadDateLibrary } from '../../../src/formats/text/zoned-time.js';
import fc from '../../seeded.js';

function column(type: ColumnType, parse: Partial<ParseOptions> = {}): ReadColumn {
  return {
    name: 'c',
    source: 0,
    type,
    layout: 'text',
    categories: [],
    nullValues: ['', 'NA', 'NaN'],
    parse: { ...defaultParse, ...parse },
  };
}

function reads(
  type: ColumnType,
  cases: readonly (readonly [string, unknown, (string | null)?])[],
  parse?: Partial<ParseOptions>,
) {
  for (const [text, value, code = null] of cases) {
    assert.deepEqual(parseCell(text, column(type, parse)), { value, code }, JSON.stringify(text));
  }
}

test('reads plain numbers without a problem', () => {
  reads('float64', [
    ['12', 12],
    [' -12.5 ', -12.5],
    ['1e3', 1000],
    ['.5', 0.5],
    ['5.', 5],
    ['+5', 5],
    ['-0', -0],
    ['true', 1],
    ['FALSE', 0],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['inf', Number.POSITIVE_INFINITY],
  ]);
});

test('takes null values and NaN as missing', () => {
  reads('float32', [
    ['', null],
    [' NA ', null],
    ['nan', null],
  ]);
  reads('string', [
    ['NA', null],
    ['na', 'na'],
    [' kept ', ' kept '],
  ]);
});

test('repairs grouping, currency, percent, blanks and full-width digits', () => {
  reads('float64', [
    ['1,234.50', 1234.5, 'number-format'],
    ['1,234,567', 1234567, 'number-format'],
    ['-1 234', -1234, 'number-format'],
    ['1\u00a0234,0', null, 'unreadable'],
    ['1\u202f234.5', 1234.5, 'number-format'],
    ["1'234", 1234, 'number-format'],
    ['$12', 12, 'number-format'],
    ['-$1,200', -1200, 'number-format'],
    ['$ -3', -3, 'number-format'],
    ['12 €', 12, 'number-format'],
    ['12 %', 12, 'number-format'],
    ['１２．５', 12.5, 'number-format'],
    ['−5', -5, 'number-format'],
  ]);
});

test('does not guess at malformed groups', () => {
  for (const text of [
    '1,5',
    '12,34',
    '0,123',
    '1,2345',
    '1,234 567',
    '1.234.567',
    '1_000',
    '--5',
    '12²',
    '0x10',
    '5 USD',
    '-',
  ]) {
    reads('float64', [[text, null, 'unreadable']]);
  }
});

test('reads a decimal comma where it is declared', () => {
  reads(
    'float64',
    [
      ['1,5', 1.5],
      ['1.234,50', 1234.5, 'number-format'],
      ['1.234', 1234, 'number-format'],
      ['1.5', null, 'unreadable'],
      ['1e3', 1000],
    ],
    { decimal: ',' },
  );
});

test('leaves a number in doubt that would be another one with the other decimal mark, unless thousands marks are certain', () => {
  const doubtful = 'number-ambiguous';
  reads(
    'float64',
    [
      ['1,083', 1083, doubtful],
      ['-1,083', -1083, doubtful],
      ['$1,083', 1083, doubtful],
      ['€1.083', 1.083, doubtful],
      ['1,234,567', 1234567, 'number-format'],
      ['1,234.5', 1234.5, 'number-format'],
      ['1 083', 1083, 'number-format'],
      ['1.083', 1.083],
      ['12 %', 12, 'number-format'],
    ],
    { grouping: 'doubtful' },
  );
  reads('int32', [['1,083', 1083, doubtful]], { grouping: 'doubtful' });
  reads(
    'float64',
    [
      ['1.083', 1083, doubtful],
      ['1,083', 1.083],
    ],
    { grouping: 'doubtful', decimal: ',' },
  );
  const bySize = { grouping: { from: 100, to: 5000 } };
  reads(
    'float64',
    [
      ['1,083', 1083, 'number-format'],
      ['12,345', 12345, doubtful],
    ],
    bySize,
  );
  reads('float64', [['1,083', 1083, doubtful]], { grouping: { from: 0.5, to: 5000 } });
});

test('keeps 64-bit whole numbers exact and names overflow', () => {
  reads('int64', [
    ['9007199254740993', 9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036854775808', null, 'overflow'],
    ['1e18', 1000000000000000000n],
    ['1e999999999', null, 'overflow'],
    ['12.50e1', 125n],
    ['0e5', 0n],
    ['12.5', null, 'unreadable'],
    ['1e-400', null, 'unreadable'],
  ]);
  reads('int32', [
    ['2147483647', 2147483647],
    ['2147483648', null, 'overflow'],
    ['12.0', 12],
    ['-1,000', -1000, 'number-format'],
    ['inf', null, 'unreadable'],
    ['1e30', null, 'overflow'],
  ]);
  reads('float64', [['1e400', null, 'overflow']]);
  reads('float32', [
    ['1e39', null, 'overflow'],
    ['0.1', Math.fround(0.1)],
  ]);
});

test('reads booleans by the declared words', () => {
  reads('boolean', [
    ['TRUE', true],
    ['y', true],
    ['1.0', true],
    ['0', false],
    ['2', null, 'unreadable'],
    ['maybe', null, 'unreadable'],
  ]);
  reads(
    'boolean',
    [
      ['ja', true],
      ['true', null, 'unreadable'],
    ],
    { trueValues: ['Ja'], falseValues: ['Nein'] },
  );
});

test('reads ISO dates and timestamps, with zones', async () => {
  const day = 15709;
  const micros = BigInt(day) * 86_400_000_000n;
  reads('date', [
    ['2013-01-04', day],
    ['20130104', day],
    ['1969-12-31', -1],
    ['2013-01-04T23:59:59', day],
    ['2013-01-04T23:59:59-05:00', day + 1],
    ['2013-02-30', null, 'unreadable'],
    ['1900-02-29', null, 'unreadable'],
    ['13/04/2013', null, 'unreadable'],
    ['03/04/2013', null, 'date-ambiguous'],
    ['3.4.13', null, 'date-ambiguous'],
  ]);
  reads('timestamp', [
    ['2013-01-04', micros],
    ['2013-01-04 05:06', micros + 18_360_000_000n],
    ['2013-01-04T05:06:07.1234567Z', micros + 18_367_123_456n],
    ['2013-01-04T05:06:07+01:00', micros + 14_767_000_000n],
    ['2013-01-04 24:00', null, 'unreadable'],
  ]);
  const zone = 'America/New_York';
  await loadDateLibrary([column('timestamp', { zone })]);
  reads(
    'timestamp',
    [
      ['2013-01-04 00:00', micros + 18_000_000_000n],
      ['2013-07-01', BigInt(Date.UTC(2013, 6, 1, 4)) * 1000n],
      ['2013-03-10 02:30', null, 'time-skipped'],
      ['2013-03-10 02:30-05:00', BigInt(Date.UTC(2013, 2, 10, 7, 30)) * 1000n],
      ['2013-11-03 01:30', null, 'time-repeated'],
      ['2013-11-03 01:30-04:00', BigInt(Date.UTC(2013, 10, 3, 5, 30)) * 1000n],
      ['2013-11-03 02:30', BigInt(Date.UTC(2013, 10, 3, 7, 30)) * 1000n],
    ],
    { zone },
  );
  reads('date', [['2013-01-04T03:00Z', day - 1]], { zone });
});

test('flags local times that clocks skip or show twice, to the microsecond', async () => {
  const utc = (text: string) => BigInt(Date.parse(`${text}Z`)) * 1000n;
  const cases: Readonly<Record<string, readonly (readonly [string, string | null, CellCode?])[]>> = {
    'America/New_York': [
      ['2024-03-10 01:59:59', '2024-03-10T06:59:59'],
      ['2024-03-10 02:00:00', null, 'time-skipped'],
      ['2024-03-10 02:59:59.999999', null, 'time-skipped'],
      ['2024-03-10 03:00:00', '2024-03-10T07:00:00'],
      ['2024-11-03 00:59:59', '2024-11-03T04:59:59'],
      ['2024-11-03 01:00:00', null, 'time-repeated'],
      ['2024-11-03 01:59:59.999999', null, 'time-repeated'],
      ['2024-11-03 02:00:00', '2024-11-03T07:00:00'],
      ['2024-03-10', '2024-03-10T05:00:00'],
    ],
    // Half an hour forward and back.
    'Australia/Lord_Howe': [
      ['2024-10-06 01:59', '2024-10-05T15:29:00'],
      ['2024-10-06 02:00', null, 'time-skipped'],
      ['2024-10-06 02:29:59', null, 'time-skipped'],
      ['2024-10-06 02:30', '2024-10-05T15:30:00'],
      ['2024-04-07 01:29:59', '2024-04-06T14:29:59'],
      ['2024-04-07 01:30', null, 'time-repeated'],
      ['2024-04-07 01:59:59', null, 'time-repeated'],
      ['2024-04-07 02:00', '2024-04-06T15:30:00'],
    ],
    // Midnight itself does not exist, and exists twice.
    'America/Sao_Paulo': [
      ['2018-11-04', null, 'time-skipped'],
      ['2018-11-04 00:59', null, 'time-skipped'],
      ['2018-11-04 01:00', '2018-11-04T03:00:00'],
      ['2018-02-17 23:00', null, 'time-repeated'],
      ['2018-02-18', '2018-02-18T03:00:00'],
    ],
    // A whole day left out.
    'Pacific/Apia': [
      ['2011-12-29 23:59', '2011-12-30T09:59:00'],
      ['2011-12-30 00:00', null, 'time-skipped'],
      ['2011-12-30 23:59', null, 'time-skipped'],
      ['2011-12-31 00:00', '2011-12-30T10:00:00'],
    ],
    'Europe/London': [
      ['2024-03-31 01:30', null, 'time-skipped'],
      ['2024-10-27 01:30', null, 'time-repeated'],
      ['2024-10-27 01:30Z', '2024-10-27T01:30:00'],
    ],
    'Asia/Kolkata': [['2024-03-10 02:30', '2024-03-09T21:00:00']],
    'Africa/Monrovia': [['1970-01-01 00:00', '1970-01-01T00:44:30']],
  };
  for (const [zone, times] of Object.entries(cases)) {
    reads(
      'timestamp',
      times.map(
        ([text, instant, code = null]) => [text, instant === null ? null : utc(instant), code] as const,
      ),
      { zone },
    );
  }
  const layouts = ['dd.MM.yyyy HH:mm'];
  await loadDateLibrary([column('timestamp', { layouts })]);
  const zone = 'Europe/Berlin';
  reads(
    'timestamp',
    [
      ['31.03.2024 02:30', null, 'time-skipped'],
      ['27.10.2024 02:30', null, 'time-repeated'],
    ],
    {
      layouts,
      zone,
    },
  );
  reads('date', [['2024-03-10 02:30', 19_792]], { zone: 'America/New_York' });
});

test('reads declared layouts, and refuses to choose between two that fit', async () => {
  const layouts = ['dd/MM/yyyy', 'MMM d, yyyy'];
  await loadDateLibrary([column('date', { layouts })]);
  reads(
    'date',
    [
      ['04/01/2013', 15709],
      ['4/1/2013', 15709],
      ['Jan 4, 2013', 15709],
      ['2013-01-04', 15709],
      ['04/01/13', null, 'date-ambiguous'],
      ['31/02/2013', null, 'unreadable'],
    ],
    { layouts },
  );
  reads(
    'date',
    [
      ['04/01/2013', null, 'date-ambiguous'],
      ['13/01/2013', 15718],
      ['04/04/2013', 15799],
    ],
    { layouts: ['dd/MM/yyyy', 'MM/dd/yyyy'] },
  );
  reads('timestamp', [['04.01.2013 05:06:07 +01:00', BigInt(Date.UTC(2013, 0, 4, 4, 6, 7)) * 1000n]], {
    layouts: ['dd.MM.yyyy HH:mm:ss xxx'],
    zone: 'Asia/Tokyo',
  });
});

test('reads every digit of a fraction by a layout, at its true size', async () => {
  const at = (year: number, micros: bigint) => BigInt(Date.UTC(year, 0, 4, 5, 6, 7)) * 1000n + micros;
  const layouts = ['dd.MM.yyyy HH:mm:ss.SSSSSS'];
  await loadDateLibrary([column('timestamp', { layouts })]);
  reads(
    'timestamp',
    [
      ['04.01.2013 05:06:07.123456', at(2013, 123456n)],
      ['04.01.9999 05:06:07.123457', at(9999, 123457n)],
      ['04.01.2013 05:06:07.5', at(2013, 500000n)],
      ['04.01.0101 05:06:07.000001', at(101, 1n)],
    ],
    { layouts },
  );
  reads(
    'timestamp',
    [
      ['04.01.2013 05:06:07.5', at(2013, 500000n)],
      ['04.01.2013 05:06:07.25', at(2013, 250000n)],
      ['04.01.2013 05:06:07.123', at(2013, 123000n)],
      ['04.01.2013 05:06:07', at(2013, 0n)],
      ['04.01.2013 05:06:07.1234', null, 'date-ambiguous'],
    ],
    { layouts: ['dd.MM.yyyy HH:mm:ss.SSS', 'dd.MM.yyyy HH:mm:ss'] },
  );
  reads(
    'timestamp',
    [
      ['20130104050607123456', at(2013, 123456n)],
      ['05:06:07,123456 04.01.2013', at(2013, 123456n)],
      ['05h06m07.5 2013-01-04', at(2013, 500000n)],
    ],
    { layouts: ['yyyyMMddHHmmssSSSSSS', 'HH:mm:ss,SSSSSS dd.MM.yyyy', "HH'h'mm'm'ss.SSS yyyy-MM-dd"] },
  );
  const finer = ['04.01.2013 05:06:07.123456789', at(2013, 123456n)] as const;
  const nine = { layouts: ['dd.MM.yyyy HH:mm:ss.SSSSSSSSS'] };
  reads('timestamp', [finer], nine);
  assert.deepEqual(parseCell(finer[0], { ...column('timestamp', nine), exact: 'digits' }), {
    value: finer[1],
    code: 'shortened',
  });
});

test('says of a date that must be kept where its time of day is lost', () => {
  const kept = { ...column('date'), exact: 'all' as const };
  const day = 15_709;
  assert.deepEqual(parseCell('2013-01-04T00:00:00', kept), { value: day, code: null });
  assert.deepEqual(parseCell('2013-01-04T10:00', kept), { value: day, code: 'shortened' });
  assert.deepEqual(parseCell('2013-01-04T00:00:00.0000001', kept), { value: day, code: 'shortened' });
  assert.deepEqual(parseCell('2013-01-04T10:00', { ...kept, exact: 'digits' }), { value: day, code: null });
});

test('reads lists of numbers', () => {
  reads('list<float32>', [
    ['[1, 2.5, null]', new Float32Array([1, 2.5, Number.NaN])],
    ['1;2', new Float32Array([1, 2])],
    ['[1. 2.]', new Float32Array([1, 2])],
    ['[]', new Float32Array(0)],
    ['[1, x]', null, 'unreadable'],
  ]);
});

test('reads back every number that was written', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true }).map((value) => value || 0),
      (value) => {
        assert.deepEqual(parseCell(String(value), column('float64')), { value, code: null });
      },
    ),
  );
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
      assert.deepEqual(parseCell(String(value), column('int64')), { value, code: null });
    }),
  );
  fc.assert(
    fc.property(
      fc.date({ min: new Date(Date.UTC(1000, 0)), max: new Date(Date.UTC(9999, 11)), noInvalidDate: true }),
      (date) => {
        const cell = parseCell(date.toISOString(), column('timestamp'));
        assert.deepEqual(cell, { value: BigInt(date.getTime()) * 1000n, code: null });
      },
    ),
  );
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom<ColumnType>('float64', 'int32', 'int64', 'date', 'boolean'),
      (text, type) => {
        const { value, code } = parseCell(text, column(type));
        assert.ok(value !== null || code !== 'number-format');
      },
    ),
  );
});

test('reads years of two digits as POSIX does, 1969 to 2068, and no time beyond the year 9999', async () => {
  await loadDateLibrary([column('date', { layouts: ['dd/MM/yy'] })]);
  const day = (year: number): number => Date.UTC(year, 5, 5) / 86_400_000;
  reads(
    'date',
    [
      ['05/06/13', day(2013)],
      ['05/06/26', day(2026)],
      ['05/06/68', day(2068)],
      ['05/06/69', day(1969)],
      ['05/06/99', day(1999)],
    ],
    { layouts: ['dd/MM/yy'] },
  );
  reads('date', [['05-Jun-26', day(2026)]], { layouts: ['dd-MMM-yy'] });
  reads(
    'timestamp',
    [
      ['1357257600', 1_357_257_600_000_000n],
      ['1357257600000', null, 'unreadable'],
    ],
    { layouts: ['t'] },
  );
});
