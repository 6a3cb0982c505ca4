import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ColumnType, columnTypes } from '../../../src/chunk/column.js';
import { Problems } from '../../../src/chunk/problem.js';
import { defaultParse, type ReadColumn } from '../../../src/chunk/read-plan.js';
import { isPresent } from '../../../src/chunk/validity.js';
import { type ArrowArray, holdsValue, type Numbers } from '../../../src/formats/cast/arrow-array.js';
import type { ArrowType } from '../../../src/formats/cast/arrow-type.js';
import { cellText } from '../../../src/formats/cast/cell-text.js';
import { columnCast } from '../../../src/formats/cast/column-cast.js';
import { parseCell } from '../../../src/formats/text/parse-cell.js';
import { loadDateLibrary } from '../../../src/formats/text/zoned-time.js';
import fc from '../../seeded.js';
import { columnValues, holdsNothing, readColumn } from '../whole-table.js';

/** An array of numbers with every row of `missing` missing, its bits beginning within a byte. */
function numbers(type: ArrowType, values: Numbers, missing: readonly boolean[] = [], start = 0): ArrowArray {
  const rows = { type, length: values.length, ...bits(values.length, missing, start) };
  return { store: 'numbers', ...rows, values };
}

function bits(length: number, missing: readonly boolean[], start: number) {
  if (!missing.some(Boolean)) return { validity: null, validityStart: 0 };
  const validity = new Uint8Array((length + start + 7) >> 3);
  for (let i = 0; i < length; i++)
    if (missing[i] !== true) validity[(start + i) >> 3]! |= 1 << ((start + i) & 7);
  return { validity, validityStart: start };
}

function texts(values: readonly (string | Uint8Array)[], missing: readonly boolean[] = []): ArrowArray {
  const parts = values.map((value) => Buffer.from(value as string));
  const offsets = new Int32Array(parts.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + part.length;
  const type = { kind: 'text', offsets: 32, utf8: true } as const;
  const rows = { type, length: parts.length, ...bits(parts.length, missing, 0) };
  return { store: 'text', ...rows, offsets, bytes: Buffer.concat(parts) };
}

function coded(
  dictionary: ArrowArray,
  codes: readonly number[],
  missing: readonly boolean[] = [],
): ArrowArray {
  const type = {
    kind: 'dictionary',
    index: { bits: 32, signed: true },
    value: dictionary.type,
    id: 0n,
  } as const;
  const rows = { type, length: codes.length, ...bits(codes.length, missing, 3) };
  return { store: 'codes', ...rows, codes: Int32Array.from(codes), dictionary };
}

function cast(array: ArrowArray, column: ReadColumn) {
  const problems = new Problems();
  const made = columnCast(column)(array, problems);
  const found = Array.from(problems, ({ kind, row }) => `${row}:${kind.code}`);
  return { column: made, values: columnValues(made), found };
}

const int = (width: 8 | 16 | 32 | 64, signed = true): ArrowType => ({ kind: 'int', bits: width, signed });
const decimal = (scale: number): ArrowType => ({
  kind: 'decimal',
  precision: 18,
  scale,
  bytes: { width: 8, bigEndian: false },
});

/** Arrays of one row or more, of every kind that has direct casts, with missing rows anywhere. */
const anyArray: fc.Arbitrary<ArrowArray> = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 7 }), fc.constantFrom(0, 0.3))
  .chain(([length, start, share]) => {
    const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { minLength: length, maxLength: length });
    const missing = some(fc.double({ min: 0, max: 1, noNaN: true }).map((draw) => draw < share));
    const of = <T>(type: ArrowType, make: (values: T[]) => Numbers, values: fc.Arbitrary<T>) =>
      fc.tuple(some(values), missing).map(([drawn, gone]) => numbers(type, make(drawn), gone, start));
    const day = 86_400_000_000n;
    const micros = fc.bigInt(-1900n * 365n * day, (7000n * 365n * day) / 2n);
    const exact = fc.double({ min: -(2 ** 53), max: 2 ** 53 });
    const edges = fc.constantFrom(1e300, -1e39, Number.POSITIVE_INFINITY, Number.NaN, -0);
    const small = fc.oneof(fc.integer({ min: -300, max: 300 }), exact, edges);
    return fc.oneof(
      of(int(8), (v) => Int8Array.from(v), fc.integer({ min: -128, max: 127 })),
      of(int(16, false), (v) => Uint16Array.from(v), fc.nat({ max: 65535 })),
      of(int(32), (v) => Int32Array.from(v), fc.integer()),
      of(int(32, false), (v) => Uint32Array.from(v), fc.nat({ max: 4294967295 })),
      of(int(64), (v) => BigInt64Array.from(v), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
      of(int(64), (v) => BigInt64Array.from(v), fc.bigInt(-5n, 5n)),
      of(int(64, false), (v) => BigUint64Array.from(v), fc.bigInt(0n, 2n ** 64n - 1n)),
      of({ kind: 'float', bits: 64 }, (v) => Float64Array.from(v), small),
      of(decimal(2), (v) => BigInt64Array.from(v), fc.bigInt(-(10n ** 17n), 10n ** 17n)),
      of(decimal(0), (v) => BigInt64Array.from(v), fc.bigInt(-300n, 300n)),
      of({ kind: 'date', bits: 32 }, (v) => Int32Array.from(v), fc.integer({ min: -300000, max: 300000 })),
      of({ kind: 'timestamp', unit: 'us', zone: null }, (v) => BigInt64Array.from(v), micros),
      of({ kind: 'timestamp', unit: 'us', zone: 'UTC' }, (v) => BigInt64Array.from(v), micros),
      of(
        { kind: 'timestamp', unit: 'ns', zone: null },
        (v) => BigInt64Array.from(v),
        fc.bigInt(-(10n ** 18n), 10n ** 18n),
      ),
      fc.tuple(some(fc.boolean()), missing).map(([drawn, gone]): ArrowArray => {
        const packed = bits(
          length,
          drawn.map((value) => !value),
          start,
        );
        const type = { kind: 'bool' } as const;
        const values = packed.validity ?? new Uint8Array(8).fill(255);
        return {
          store: 'bits',
          type,
          length,
          ...bits(length, gone, 2),
          bits: values,
          bitStart: packed.validityStart,
        };
      }),
      fc
        .tuple(some(fc.oneof(small.map(String), fc.string({ unit: 'binary', maxLength: 12 }))), missing)
        .map(([drawn, gone]) =>
          texts(
            drawn.map((text) => Buffer.from(text).toString()),
            gone,
          ),
        ),
      fc
        .tuple(some(fc.nat({ max: 2 })), missing)
        .map(([drawn, gone]) => coded(texts(['1', 'x', '2.5'], [false, false, true]), drawn, gone)),
      fc
        .tuple(some(fc.nat({ max: 2 })), missing)
        .map(([drawn, gone]) => coded(numbers(int(64), BigInt64Array.of(1n, -7n, 2n ** 40n)), drawn, gone)),
    );
  });

test('casts every array to every type as its text would be read', async () => {
  const zone = 'America/New_York';
  await loadDateLibrary([readColumn('date', { parse: { ...defaultParse, zone } })]);
  const types = columnTypes.filter((type) => type !== 'list<float32>');
  fc.assert(
    fc.property(
      anyArray,
      fc.constantFrom<ColumnType>(...types),
      fc.constantFrom('dictionary', 'text'),
      fc.constantFrom('UTC', zone),
      fc.constantFrom<readonly string[]>([], ['', '1', 'x']),
      (array, type, layout, columnZone, nullValues) => {
        const parse = { ...defaultParse, zone: columnZone };
        const column = readColumn(type, { layout, nullValues, parse } as Partial<ReadColumn>);
        const made = cast(array, column);
        const problems: string[] = [];
        for (let row = 0; row < array.length; row++) {
          const present = holdsValue(array, row);
          const cell = present ? parseCell(cellText(array, row), column) : { value: null, code: null };
          assert.deepEqual(made.values[row], cell.value, `row ${row}`);
          if (cell.code !== null) problems.push(`${row}:${cell.code}`);
          if (cell.value === null) assert.ok(holdsNothing(made.column, row), `row ${row} holds something`);
          assert.equal(isPresent(made.column.validity, row), cell.value !== null);
        }
        assert.deepEqual(made.found.sort(), problems.sort());
      },
    ),
    { numRuns: process.env['NIGHTSHIFT_FULL'] ? 20_000 : 2000 },
  );
});

test('puts categories first in a dictionary, in their order, and what else occurs after them', () => {
  const column = readColumn('string', { categories: ['DL', 'AA', 'B6'] });
  const { column: made } = cast(texts(['UA', 'AA', '', 'UA', 'DL'], [false, false, true]), column);
  assert.ok(made.type === 'string' && made.layout === 'dictionary');
  assert.deepEqual(made.dictionary, ['DL', 'AA', 'B6', 'UA']);
  assert.deepEqual([...made.codes], [3, 1, -1, 3, 0]);
});

test('gives a chunk the same dictionary whatever was decoded before it', () => {
  const column = readColumn('string', { categories: ['b'] });
  const used = columnCast(column);
  used(texts(['x', 'y', 'z']), new Problems());
  const after = used(texts(['z', 'b', 'a']), new Problems());
  assert.deepEqual(after, columnCast(column)(texts(['z', 'b', 'a']), new Problems()));
  assert.ok(after.type === 'string' && after.layout === 'dictionary');
  assert.deepEqual(after.dictionary, ['b', 'z', 'a']);
});

test('keeps bytes that are no UTF-8 as U+FFFD and flags their rows', () => {
  const bad = texts(['ok', Uint8Array.of(0x61, 0xff), 'ok', Uint8Array.of(0xe2, 0x82)]);
  for (const layout of ['dictionary', 'text'] as const) {
    const { values, found } = cast(bad, readColumn('string', { layout }));
    assert.deepEqual(values, ['ok', 'a\ufffd', 'ok', '\ufffd']);
    assert.deepEqual(found, ['1:invalid-utf8', '3:invalid-utf8']);
  }
  const split = texts([Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xac)]);
  assert.deepEqual(cast(split, readColumn('string', { layout: 'text' })).values, ['\ufffd', '\ufffd']);
});

test('names what does not fit, and leaves NaN as missing', () => {
  const floats = numbers({ kind: 'float', bits: 64 }, Float64Array.of(1e39, Number.NaN, Infinity, 1.5, 3e9));
  assert.deepEqual(cast(floats, readColumn('float32')).found, ['0:overflow']);
  assert.deepEqual(cast(floats, readColumn('float32')).values, [null, null, Infinity, 1.5, 3e9]);
  assert.deepEqual(cast(floats, readColumn('int32')).found, [
    '0:overflow',
    '2:unreadable',
    '3:unreadable',
    '4:overflow',
  ]);
  assert.deepEqual(cast(floats, readColumn('int64')).values, [null, null, null, null, 3_000_000_000n]);
});

test('reads a dictionary of lists row by row', () => {
  const items = numbers({ kind: 'float', bits: 32 }, Float32Array.of(1, 2, 3));
  const lists: ArrowArray = {
    store: 'list',
    type: { kind: 'list', offsets: 32, size: 0, item: items.type },
    length: 3,
    ...bits(3, [false, false, true], 0),
    starts: Int32Array.of(0, 1, 3),
    ends: Int32Array.of(1, 3, 3),
    items,
  };
  const array = coded(lists, [1, 0, 2, 1, 0], [false, false, false, false, true]);
  const { values, found } = cast(array, readColumn('list<float32>'));
  assert.deepEqual(values, [[2, 3], [1], null, [2, 3], null]);
  assert.deepEqual(found, []);
});

test('reads lists of any numbers, with missing items as NaN', () => {
  const items = numbers({ kind: 'float', bits: 64 }, Float64Array.of(1, 2, 3, 1e300), [false, true]);
  const list: ArrowArray = {
    store: 'list',
    type: { kind: 'list', offsets: 32, size: 0, item: items.type },
    length: 4,
    ...bits(4, [false, false, true, false], 5),
    starts: Int32Array.of(0, 2, 0, 3),
    ends: Int32Array.of(2, 2, 3, 4),
    items,
  };
  const { values, found, column } = cast(list, readColumn('list<float32>'));
  assert.deepEqual(values, [[1, null], [], null, null]);
  assert.deepEqual(found, ['3:overflow']);
  assert.ok(holdsNothing(column, 2) && holdsNothing(column, 3));
});
