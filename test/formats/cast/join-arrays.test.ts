import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArrowArray, TextArray } from '../../../src/formats/cast/arrow-array.js';
import { cellFound } from '../../../src/formats/cast/cell-text.js';
import { joinArrays } from '../../../src/formats/cast/join-arrays.js';

// Arrays of every type, from files, are joined in test/formats/every-type.test.ts.

const text = { kind: 'text', offsets: 32, utf8: true } as const;
const rows = (length: number, validity: Uint8Array | null = null, validityStart = 0) => ({
  length,
  validity,
  validityStart,
});

/** Texts whose first begins after `before` bytes that belong to no row, as in a batch that is read in parts. */
function texts(values: readonly string[], before = '', present = rows(values.length)): TextArray {
  const parts = values.map((value) => Buffer.from(value));
  const offsets = new Int32Array(values.length + 1).fill(before.length);
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + part.length;
  return {
    store: 'text',
    type: text,
    ...present,
    offsets,
    bytes: Buffer.concat([Buffer.from(before), ...parts]),
  };
}

function coded(codes: readonly number[], dictionary: ArrowArray, present = rows(codes.length)): ArrowArray {
  return { store: 'codes', type: text, ...present, codes: Int32Array.from(codes), dictionary };
}

const nothing = (length: number): ArrowArray => ({ store: 'nothing', type: text, ...rows(length) });
const cells = (array: ArrowArray) => Array.from({ length: array.length }, (_, row) => cellFound(array, row));

test('codes, texts and missing values of one column are joined as codes', () => {
  const joined = joinArrays([
    texts(['a', 'bc'], 'xyz'),
    coded([1, 0, 1], texts(['d', 'e'])),
    nothing(2),
    coded([0, 7], texts(['f']), rows(2, Uint8Array.of(0b0100), 2)),
  ]);
  assert.equal(joined.store, 'codes');
  assert.deepEqual(cells(joined), ['a', 'bc', 'e', 'd', 'e', null, null, 'f', null]);
});

test('a dictionary that arrays share is not copied', () => {
  const dictionary = texts(['a', 'b']);
  const joined = joinArrays([coded([1], dictionary), coded([0, 1], dictionary)]);
  assert.ok(joined.store === 'codes' && joined.dictionary === dictionary);
  assert.deepEqual(cells(joined), ['b', 'a', 'b']);
});

test('texts stay in their rows beside arrays without values', () => {
  const joined = joinArrays([
    nothing(1),
    texts(['a', 'b'], 'xx'),
    nothing(2),
    texts(['c'], '', rows(1)),
    nothing(1),
  ]);
  assert.deepEqual(cells(joined), [null, 'a', 'b', null, null, 'c', null]);
});

test('nanoseconds that only some arrays have are 0 elsewhere', () => {
  const type = { kind: 'timestamp', unit: 'us', zone: null } as const;
  const plain: ArrowArray = { store: 'numbers', type, ...rows(1), values: BigInt64Array.of(5n) };
  const fine: ArrowArray = { ...plain, values: BigInt64Array.of(6n), nanoseconds: Int16Array.of(7) };
  const joined = joinArrays([plain, fine]);
  assert.ok(joined.store === 'numbers');
  assert.deepEqual([...joined.values], [5n, 6n]);
  assert.deepEqual([...joined.nanoseconds!], [0, 7]);
});

test('all rows of arrays without values are missing', () => {
  assert.deepEqual(cells(joinArrays([nothing(2), nothing(1)])), [null, null, null]);
});
