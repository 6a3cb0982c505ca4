import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../../src/chunk/column.js';
import type { TensorData, TensorType } from '../../src/chunk/tensor.js';
import { allPresent, markMissing } from '../../src/chunk/validity.js';
import { createFeeds } from '../../src/features/create-feeds.js';
import type { FeaturePart, FeaturePlan } from '../../src/features/feature-plan.js';
import { fromFloat16, toFloat16 } from '../../src/text/float16.js';
import fc from '../seeded.js';

function planOf(
  type: TensorType,
  width: number,
  parts: readonly FeaturePart[],
  tail: readonly number[] = [width],
): FeaturePlan {
  const columns = [...new Set(parts.flatMap((part) => (part.kind === 'fill' ? [] : [part.column])))];
  return {
    tensors: [{ input: 'x', type, tail, width, parts }],
    constants: {},
    columns,
    needs: [],
    fixedRows: null,
    widths: { x: width },
  };
}

function feed(
  plan: FeaturePlan,
  columns: Readonly<Record<string, Column>>,
  from: number,
  to: number,
): TensorData {
  const all = new Map(Object.entries(columns));
  return createFeeds(plan, all, all.values().next().value?.length ?? to)(from, to)['x']!;
}

function strings(cells: readonly (string | null)[], first: readonly string[] = []): Column {
  const dictionary = [...new Set([...first, ...cells.filter((cell) => cell !== null)])];
  const validity = allPresent(cells.length);
  const codes = Int32Array.from(cells, (cell, row) => {
    if (cell === null) markMissing(validity, row);
    return cell === null ? -1 : dictionary.indexOf(cell);
  });
  return { type: 'string', layout: 'dictionary', length: cells.length, codes, dictionary, validity };
}

function texts(cells: readonly (string | null)[]): Column {
  const pieces = cells.map((cell) => Buffer.from(cell ?? ''));
  const validity = allPresent(cells.length);
  const offsets = new Int32Array(cells.length + 1);
  for (const [row, piece] of pieces.entries()) {
    offsets[row + 1] = offsets[row]! + piece.length;
    if (cells[row] === null) markMissing(validity, row);
  }
  return {
    type: 'string',
    layout: 'text',
    length: cells.length,
    offsets,
    bytes: Buffer.concat(pieces),
    validity,
  };
}

const floats: Column = {
  type: 'float32',
  length: 6,
  values: Float32Array.of(1, 2, Number.NaN, 4, 5, 6),
  validity: Uint8Array.of(0b111011),
};
const ints: Column = {
  type: 'int32',
  length: 6,
  values: Int32Array.of(-1, 0, 7, 2 ** 31 - 1, -(2 ** 31), 5),
  validity: Uint8Array.of(0b111101),
};
const longs: Column = {
  type: 'int64',
  length: 6,
  values: BigInt64Array.of(-1n, 0n, 1n << 40n, -(1n << 40n), 9007199254740991n, -9007199254740991n),
  validity: null,
};

test('a column that is already what the tensor wants is fed as a view of its memory', () => {
  for (const [type, column, tail] of [
    ['float32', floats, [1]],
    ['float32', floats, []],
    ['int32', ints, [1]],
    ['int64', longs, [1]],
    ['bool', { type: 'boolean', length: 6, values: new Uint8Array(6), validity: null }, [1]],
  ] as const) {
    const tensor = feed(
      planOf(type, 1, [{ kind: 'value', column: 'c', at: 0 }], tail),
      { c: column as Column },
      2,
      5,
    );
    assert.deepEqual(tensor.dims, [3, ...tail]);
    const values = (column as { values: ArrayBufferView }).values;
    assert.equal((tensor.data as Float32Array).buffer, values.buffer);
    assert.equal(tensor.data.length, 3);
  }
});

test('lists of one length are fed as a view, others as NaN', () => {
  const list: Column = {
    type: 'list<float32>',
    length: 3,
    offsets: Int32Array.of(2, 4, 6, 8),
    items: Float32Array.of(9, 9, 1, 2, 3, 4, 5, 6),
    validity: null,
  };
  const plan = planOf('float32', 2, [{ kind: 'list', column: 'c', at: 0, width: 2 }]);
  const tensor = feed(plan, { c: list }, 1, 3);
  assert.deepEqual(Array.from(tensor.data as Float32Array), [3, 4, 5, 6]);
  assert.equal((tensor.data as Float32Array).buffer, list.items.buffer);
  const ragged: Column = { ...list, offsets: Int32Array.of(2, 4, 5, 8) };
  assert.deepEqual(Array.from(feed(plan, { c: ragged }, 0, 3).data as Float32Array), [
    1,
    2,
    ...Array(4).fill(Number.NaN),
  ]);
});

test('batches of one length come back as the same tensor, so its wrapper can be kept', () => {
  const plan = planOf('float32', 2, [
    { kind: 'value', column: 'a', at: 0 },
    { kind: 'value', column: 'b', at: 1 },
  ]);
  const feeds = createFeeds(
    plan,
    new Map<string, Column>([
      ['a', floats],
      ['b', ints],
    ]),
    6,
  );
  const first = feeds(0, 2)['x']!;
  assert.deepEqual(Array.from(first.data as Float32Array), [1, -1, 2, Number.NaN]);
  const second = feeds(4, 6)['x']!;
  assert.equal(second, first);
  assert.deepEqual(Array.from(second.data as Float32Array), [5, -(2 ** 31), 6, 5]);
  assert.deepEqual(feeds(0, 1)['x']!.dims, [1, 2]);
});

const wanted: Readonly<Record<string, (value: number) => number>> = {
  float32: Math.fround,
  float64: (value) => value,
  float16: (value) => fromFloat16(toFloat16(value)),
  int64: (value) => value,
  int32: (value) => value,
  int16: (value) => value,
  int8: (value) => value,
  uint8: (value) => value,
  uint16: (value) => value,
  uint32: (value) => value,
  uint64: (value) => value,
};

test('every type of column reaches every type of tensor that may hold it, missing rows as NaN', () => {
  const cell = fc.option(fc.integer({ min: 0, max: 100 }), { freq: 4 });
  fc.assert(
    fc.property(
      fc.array(cell, { minLength: 1, maxLength: 40 }),
      fc.constantFrom('int32', 'int64', 'float32', 'float64', 'boolean', 'date' as const),
      fc.constantFrom(...Object.keys(wanted)),
      fc.nat(),
      (cells, columnType, tensorType, cut) => {
        const isFloat = tensorType.startsWith('float');
        if (!isFloat && columnType.startsWith('float')) return;
        const column = made(columnType, cells);
        const from = cut % cells.length;
        const plan = planOf(tensorType as TensorType, 3, [
          { kind: 'fill', at: 0, values: [3] },
          { kind: 'value', column: 'c', at: 1 },
          { kind: 'value', column: 'c', at: 2 },
        ]);
        const { data, dims } = feed(plan, { c: column }, from, cells.length);
        assert.deepEqual(dims, [cells.length - from, 3]);
        for (let row = from; row < cells.length; row++) {
          const value = cells[row] === null ? null : columnType === 'boolean' ? cells[row]! % 2 : cells[row]!;
          const expected = value === null ? (isFloat ? Number.NaN : 0) : wanted[tensorType]!(value);
          for (const place of [1, 2]) {
            const found = data[(row - from) * 3 + place]!;
            assert.equal(tensorType === 'float16' ? fromFloat16(Number(found)) : Number(found), expected);
          }
        }
      },
    ),
  );
});

function made(type: string, cells: readonly (number | null)[]): Column {
  const length = cells.length;
  const validity = allPresent(length);
  cells.forEach((value, row) => {
    if (value === null) markMissing(validity, row);
  });
  const plain = cells.map((value) => value ?? 0);
  const floating = cells.map((value) => value ?? Number.NaN);
  switch (type) {
    case 'int64':
      return { type, length, values: BigInt64Array.from(plain, BigInt), validity };
    case 'float32':
      return { type, length, values: Float32Array.from(floating), validity };
    case 'float64':
      return { type, length, values: Float64Array.from(floating), validity };
    case 'boolean':
      return { type, length, values: Uint8Array.from(plain, (value) => value % 2), validity };
    default:
      return { type: type as 'int32', length, values: Int32Array.from(plain), validity };
  }
}

test('whole numbers of 64 bits stay exact, and become the nearest float', () => {
  const copy = planOf('int64', 2, [
    { kind: 'value', column: 'c', at: 0 },
    { kind: 'value', column: 'c', at: 1 },
  ]);
  const tensor = feed(copy, { c: longs }, 2, 6);
  assert.deepEqual(
    Array.from(tensor.data as BigInt64Array),
    Array.from(longs.values.slice(2)).flatMap((v) => [v, v]),
  );
  const double = planOf('float64', 1, [{ kind: 'value', column: 'c', at: 0 }]);
  assert.deepEqual(
    Array.from(feed(double, { c: longs }, 0, 6).data as Float64Array),
    Array.from(longs.values, Number),
  );
});

test("strings become the model's codes: by text, unknown and missing ones as planned", () => {
  const part: FeaturePart = {
    kind: 'code',
    column: 'c',
    at: 0,
    dictionary: ['AA', 'B6', ''],
    unknown: -1,
    missing: 2,
  };
  const cells = ['B6', 'AA', null, 'ZZ', 'B6'];
  for (const column of [strings(cells, ['AA', 'B6']), strings(cells), texts(cells)]) {
    const tensor = feed(planOf('int64', 1, [part]), { c: column }, 1, 5);
    assert.deepEqual(Array.from(tensor.data as BigInt64Array), [0n, 2n, -1n, 1n]);
  }
});

test('strings become their index in the categories, or one element per category', () => {
  const cells = ['B6', null, 'ZZ', 'AA'];
  const categories = ['AA', 'B6'];
  const place = planOf('float32', 1, [{ kind: 'index', column: 'c', at: 0, categories }]);
  assert.deepEqual(Array.from(feed(place, { c: strings(cells) }, 0, 4).data as Float32Array), [
    1,
    Number.NaN,
    Number.NaN,
    0,
  ]);
  const whole = planOf('int32', 1, [{ kind: 'index', column: 'c', at: 0, categories }]);
  assert.deepEqual(Array.from(feed(whole, { c: strings(cells) }, 0, 4).data as Int32Array), [1, -1, -1, 0]);
  const hot = planOf('int64', 2, [{ kind: 'one-hot', column: 'c', at: 0, categories }]);
  assert.deepEqual(
    Array.from(feed(hot, { c: strings(cells) }, 0, 4).data as BigInt64Array, Number),
    [0, 1, 0, 0, 0, 0, 1, 0],
  );
});

test('strings that the model takes as they are come as texts, missing ones empty', () => {
  const plan = planOf('string', 2, [
    { kind: 'text', column: 'a', at: 0 },
    { kind: 'text', column: 'b', at: 1 },
  ]);
  const columns = { a: strings(['x', null, 'ü']), b: texts(['1', '', '3']) };
  assert.deepEqual(feed(plan, columns, 1, 3).data, ['', '', 'ü', '3']);
});

test('a column of another length than the chunk is a mistake of ours', () => {
  const plan = planOf('float32', 1, [{ kind: 'value', column: 'c', at: 0 }]);
  assert.throws(() => createFeeds(plan, new Map([['c', floats]]), 7), RangeError);
});

test('half precision rounds to the nearest, ties to even, and every half comes back as itself', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = fromFloat16(bits);
    if (Number.isNaN(value)) assert.ok(Number.isNaN(fromFloat16(toFloat16(value))));
    else assert.equal(toFloat16(value), bits);
  }
  assert.equal(toFloat16(65519), 0x7bff);
  assert.equal(toFloat16(65520), 0x7c00);
  assert.equal(toFloat16(1 + 1 / 2048), 0x3c00);
  assert.equal(toFloat16(1 + 3 / 2048), 0x3c02);
  assert.equal(toFloat16(2 ** -25), 0);
  assert.equal(toFloat16(2 ** -25 * 1.01), 1);
  assert.equal(toFloat16(-1e-30), 0x8000);
});
