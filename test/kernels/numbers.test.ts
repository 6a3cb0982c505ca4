import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnType } from '../../src/chunk/column.js';
import type { ReadColumn } from '../../src/chunk/read-plan.js';
import { parseCell } from '../../src/formats/text/parse-cell.js';
import type { CsvKernel } from '../../src/kernels/csv-kernel.js';
import fc from '../seeded.js';
import { column, comma, kernels, load, plain, readCells, runs, simd } from './both-kernels.js';

const numberTypes: readonly ColumnType[] = ['float32', 'float64', 'int32', 'int64'];

/** Returns the exact parser's result for a cell, as `readCells` writes it; `undefined` if it is no value. */
function exact(cell: string, plan: ReadColumn): string | null | undefined {
  const { value, code } = parseCell(cell, plan);
  if (code === 'unreadable' || code === 'overflow') return undefined;
  if (value === null) return null;
  return Object.is(value, -0) ? '-0' : String(Number.isNaN(value) ? null : value);
}

/** Fails unless a kernel agrees with the exact parser or leaves the cell to it; returns how many it left. */
function assertExact(kernel: CsvKernel, cells: readonly string[], plan: ReadColumn): number {
  const quoted = cells.map((cell) => (/["\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  const { values, slow } = readCells(kernel, quoted, plan);
  for (const [row, value] of values.entries()) {
    if (value === undefined) continue;
    const expected = exact(cells[row]!, plan);
    assert.equal(value, expected, `${kernel.kind}, ${plan.type}: ${JSON.stringify(cells[row])}`);
  }
  return slow;
}

/** A generator of random 32-bit numbers (mulberry32): the same texts in every run. */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

const random = randomFrom(20_130_101);
const bits = new DataView(new ArrayBuffer(8));

function randomDouble(): number {
  bits.setUint32(0, random());
  bits.setUint32(4, random());
  return bits.getFloat64(0);
}

function digits(count: number): string {
  let text = '';
  while (text.length < count) text += String(random()).padStart(10, '0');
  return text.slice(0, count);
}

/** Returns a decimal nearly midway between two doubles, the hardest to round, in at most 19 digits. */
function halfway(): string {
  const mantissa = (1n << 52n) + (BigInt(random()) << 20n) + BigInt(random() & 0xfffff);
  const shift = random() % 6;
  if (shift < 3) return String((2n * mantissa + 1n) << BigInt(shift));
  const scale = BigInt(shift - 2);
  const scaled = (2n * mantissa + 1n) * 5n ** scale;
  const text = String(scaled + BigInt((random() % 3) - 1));
  return `${text.slice(0, -Number(scale))}.${text.slice(-Number(scale))}`;
}

const generators: Readonly<Record<string, () => string>> = {
  'whole numbers': () => `${random() % 4 === 0 ? '-' : ''}${digits(1 + (random() % 17))}`,
  decimals: () => `${random() % 4 === 0 ? '-' : ''}${digits(random() % 9)}.${digits(1 + (random() % 8))}`,
  'long decimals': () => `${digits(1 + (random() % 4))}.${digits(12 + (random() % 4))}`,
  exponents: () => `${digits(1 + (random() % 18))}e${(random() % 640) - 330}`,
  'marked exponents': () => `.${digits(1 + (random() % 18))}E+${random() % 300}`,
  'shortest doubles': () => {
    const value = randomDouble();
    return Number.isFinite(value) ? String(value) : '0';
  },
  'shortest floats': () => {
    bits.setUint32(0, random());
    const value = bits.getFloat32(0);
    return Number.isFinite(value) ? String(value) : '0';
  },
  'doubles of 17 digits': () => (randomDouble() || 1).toPrecision(17).replace(/NaN|-?Infinity/, '1'),
  'uniform from 0 to 1': () => String(random() / 2 ** 32 + random() / 2 ** 64),
  'halfway cases': halfway,
  'subnormal numbers': () => `${digits(1)}.${digits(random() % 17)}e-${307 + (random() % 18)}`,
};

/** Rows of one block, one number each. */
const batch = 50_000;

for (const [name, make] of Object.entries(generators)) {
  test(`${name} are read as Number reads them, to the bit`, () => {
    const wide = column('float64');
    const narrow = { ...column('float32'), source: 0 };
    const batches = process.env['NIGHTSHIFT_FULL'] === '1' ? 40 : 3;
    let slow = 0;
    let subnormal = 0;
    for (let n = 0; n < batches; n++) {
      const cells = Array.from({ length: batch }, make);
      simd.prepare({ ...comma, quote: 0 }, [wide, narrow]);
      const bytes = Buffer.from(`${cells.join('\n')}\n`);
      load(simd, bytes);
      assert.equal(simd.scan(0, bytes.length).rows, batch);
      const [doubles, floats] = simd.parse();
      assert.ok(doubles?.column.type === 'float64' && floats?.column.type === 'float32');
      const leftDoubles = new Set(doubles.slowRows());
      const leftFloats = new Set(floats.slowRows());
      for (const [row, cell] of cells.entries()) {
        const expected = Number(cell);
        const found = doubles.column.values[row]!;
        if (!leftDoubles.has(row)) assert.ok(Object.is(found, expected), `${cell} is read as ${found}`);
        else if (Math.abs(expected) < 2.3e-308 || !Number.isFinite(expected)) subnormal++;
        else slow++;
        const float = floats.column.values[row]!;
        if (!leftFloats.has(row)) assert.ok(Object.is(float, Math.fround(expected)), `${cell} is ${float}`);
      }
    }
    // The exact parser costs a hundred times as much: only subnormal, infinite and nearly undecidable numbers
    // may use it.
    assert.ok(slow <= (batch * batches) / 10_000, `${slow} of ${batch * batches} were left to the exact way`);
    if (name !== 'subnormal numbers' && name !== 'exponents' && name !== 'marked exponents') {
      assert.ok(subnormal <= (batch * batches) / 200, `${subnormal} subnormal`);
    }
  });
}

const edges = [
  ...[
    '0',
    '-0',
    '+0',
    '00',
    '-00.000',
    '0.0',
    '.0',
    '0.',
    '.',
    '-',
    '+',
    '-.',
    '+.',
    '',
    '-.5',
    '5.',
    '+5',
    '--5',
    '+-5',
  ],
  ...[
    '1e5',
    '1E5',
    '1e+5',
    '1e-5',
    '1e',
    '1e+',
    'e5',
    '.e5',
    '1e5.0',
    '1.5e3',
    '1e308',
    '1.8e308',
    '1e309',
    '-1e400',
    '1e-400',
  ],
  ...[
    '4.9e-324',
    '2.4703282292062327e-324',
    '2.2250738585072014e-308',
    '2.2250738585072011e-308',
    '1.7976931348623157e308',
  ],
  ...[
    '1.7976931348623158e308',
    '9007199254740992',
    '9007199254740993',
    '9007199254740994',
    '9007199254740995',
  ],
  ...[
    '123456789012345',
    '1234567890123456',
    '12345678901234567',
    '123456789012345678',
    '1234567890123456789',
  ],
  ...['12345678901234567890', '18446744073709551615', '18446744073709551616', '99999999999999999999999'],
  ...['000000000000000000000001', '0.000000000000000000000000000001', '100000000000000000000000000000000000'],
  ...['2147483647', '2147483648', '-2147483648', '-2147483649', '4294967296', '9223372036854775807'],
  ...[
    '9223372036854775808',
    '-9223372036854775808',
    '-9223372036854775809',
    '9999999999999999',
    '-9999999999999999',
  ],
  ...[
    '3.4028234e38',
    '3.4028235677973366e38',
    '3.4028235677973365e38',
    '3.5e38',
    '1.401298464324817e-45',
    '1e-46',
  ],
  ...[
    '12.0',
    '12.00',
    '-12.',
    '12.5',
    '12.0e1',
    '1,5',
    '1,234',
    '1.234,5',
    '1_000',
    '0x10',
    '1 2',
    '1\t',
    ' 1',
    ' -1 ',
  ],
  ...[
    '\u00a01',
    '1\u3000',
    '１２',
    '12%',
    '$5',
    'inf',
    '-Infinity',
    'nan',
    'NaN',
    'NA',
    ' NA ',
    'na',
    'null',
    'true',
    'one',
  ],
  ...[
    '"1"',
    '" 1 "',
    '""',
    '"NA"',
    '1"',
    '\ufeff1',
    '1\v',
    '\f1',
    '1\n2',
    '\n1\n',
    '1;',
    ':1',
    '/1',
    '1:',
    '1e١',
  ],
  ...[
    '0.1',
    '0.2',
    '0.3',
    '1.1',
    '123.456',
    '-73.9857421',
    '40.7484405',
    '1e22',
    '1e23',
    '8.5e22',
    '123456789012345e22',
  ],
  ...[
    '999999999999999.9',
    '99999999999999.99',
    '.999999999999999',
    '9.99999999999999',
    '0.00000000000001',
    '-.123456789012345',
  ],
];

test('every edge of the grammar of numbers is read as the exact way reads it, or left to it', () => {
  for (const type of numberTypes) {
    for (const decimal of ['.', ','] as const) {
      for (const kernel of kernels) {
        assertExact(kernel, edges, column(type, {}, { decimal }));
        assertExact(
          kernel,
          edges,
          column(type, { nullValues: ['-0', '5.', '0', '12.5', '9007199254740993', 'one'] }),
        );
        assertExact(kernel, edges, column(type, { nullValues: [] }));
      }
    }
  }
});

test('plain numbers within blanks or quotes are never left to the exact way', () => {
  const plainForms = ['1', '-1', ' 12 ', '" 7"', '+3', '123456789', '\t5', '0007', '"42"'];
  for (const kernel of kernels) {
    for (const type of numberTypes) {
      const { slow, values } = readCells(kernel, plainForms, column(type));
      assert.equal(slow, 0);
      assert.deepEqual(
        values,
        ['1', '-1', '12', '7', '3', '123456789', '5', '7', '42'].map((v) =>
          type === 'float32' && v === '123456789' ? '123456792' : v,
        ),
      );
    }
    const floats = [
      '1.5',
      '-.5',
      '5.',
      '1e3',
      '-2.5E-3',
      '0.1234567890123456',
      '123456789.123456789',
      '1e300',
      '"3.25"',
    ];
    assert.equal(readCells(kernel, floats, column('float64')).slow, 0);
    const wholes = ['12.0', '-9223372036854775808', '9223372036854775807', '1000000000000000000', '5.'];
    assert.equal(readCells(kernel, wholes, column('int64')).slow, 0);
  }
});

test('null tokens are missing and counted; an empty cell is slow where it is no token', () => {
  for (const kernel of kernels) {
    for (const type of numberTypes) {
      const cells = ['1', '', 'NA', '""', ' ', '"N/A"', ' null ', '2', 'NAN'];
      const read = readCells(kernel, cells, column(type));
      assert.deepEqual(read, {
        values: ['1', null, null, null, null, null, null, '2', undefined],
        missing: 6,
        slow: 1,
      });
      const strict = readCells(kernel, cells, column(type, { nullValues: ['NA'] }));
      assert.deepEqual([strict.missing, strict.slow], [1, 6]);
      const sentinels = readCells(
        kernel,
        ['-999', '-99', '-999.0', '"-999"'],
        column(type, { nullValues: ['-999'] }),
      );
      assert.deepEqual(sentinels.values, [null, '-99', '-999', null]);
    }
  }
});

const numberText = fc.oneof(
  fc.string({ unit: fc.constantFrom('0', '1', '9', '5', '.', '-', '+', 'e', ' ', ','), maxLength: 24 }),
  fc.string({ unit: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'), maxLength: 22 }),
  fc.double().map(String),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.constantFrom(...edges),
);

test('any text is read by both kernels as the exact way reads it, or left to it', () => {
  const plans = fc.record({
    type: fc.constantFrom(...numberTypes),
    decimal: fc.constantFrom('.' as const, ',' as const),
    nullValues: fc.subarray(['', 'NA', '-', '0', '-1', '1.5', 'a long null token']),
  });
  fc.assert(
    fc.property(
      fc.array(numberText, { minLength: 1, maxLength: 20 }),
      plans,
      (cells, { type, decimal, nullValues }) => {
        const plan = column(type, { nullValues }, { decimal });
        for (const kernel of kernels) assertExact(kernel, cells, plan);
      },
    ),
    { numRuns: runs(30_000) },
  );
});

test('the SIMD kernel leaves no more to the exact way than what its twin leaves, but for rare roundings', () => {
  const cells = Array.from({ length: 20_000 }, () => generators['decimals']!());
  for (const type of ['float32', 'float64'] as const) {
    assert.deepEqual(readCells(simd, cells, column(type)), readCells(plain, cells, column(type)));
  }
  const wholes = Array.from({ length: 20_000 }, () => generators['whole numbers']!());
  for (const type of ['int32', 'int64'] as const) {
    assert.deepEqual(readCells(simd, wholes, column(type)), readCells(plain, wholes, column(type)));
  }
});
